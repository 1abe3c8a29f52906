//! The fifth step: survivors leave the collection, and only the dead are left.
//!
//! Survivors lose the handles that the dead own, become idle, and some stay candidates. All of it
//! happens before the first value is destroyed or finalized, because user code may reach survivors.

use std::cell::Cell;

use super::GivenUp;
use super::capture::Capture;
use super::decide::{Decided, Live};
use super::losses::Losses;
use crate::local::raw::BlockPtr;
use crate::local::raw::Heap;
use crate::local::rules;
use crate::raw::prefetch::{AHEAD, prefetch};

/// The dead blocks of a collection, which no survivor is left among.
pub(super) struct Dead<'a> {
    capture: &'a mut Capture,
    /// The number of survivors that were dead before their finalizers ran.
    pub(super) resurrected: usize,
}

impl<'a> Dead<'a> {
    pub(super) fn blocks(&self) -> &[BlockPtr] {
        &self.capture.list
    }

    pub(super) fn into_capture(self) -> &'a mut Capture {
        self.capture
    }
}

/// Makes room for the survivors that must be kept as candidates.
#[inline(always)]
pub(super) fn reserve<'a>(heap: &Heap, decided: Decided<'a>) -> Result<Decided<'a>, GivenUp> {
    if heap.old.reserve(most_kept(&decided)) { Ok(decided) } else { Err(GivenUp::NoMemory) }
}

/// The number of survivors that may have to be kept as candidates.
pub(super) fn most_kept(decided: &Decided<'_>) -> usize {
    if decided.captured().found.is_pruned { decided.live_count() } else { 0 }
}

/// Makes the survivors idle and takes them off the list. Their counts are reduced by `losses`.
pub(super) fn part<'a>(heap: &Heap, mut decided: Decided<'a>, losses: Losses) -> Dead<'a> {
    let live = std::mem::replace(&mut decided.live, Live::None);
    let capture = decided.into_capture();
    let parting = Parting::new(heap, capture, losses);
    let blocks = &mut capture.list;
    match live {
        Live::All => {
            blocks.iter().enumerate().for_each(|(index, block)| parting.survivor(index, *block));
            blocks.clear();
        }
        Live::None => {}
        Live::Some(live) if live.len() <= blocks.len() / 8 => {
            // The headers of the dead are not touched.
            live.iter().for_each(|&index| parting.survivor(index as usize, blocks[index as usize]));
            remove_at(blocks, live);
        }
        Live::Some(_) => {
            let dead = parting.sift(blocks);
            blocks.truncate(dead);
        }
    }
    let resurrected = parting.resurrected.get();
    capture.displaced.settle(heap);
    Dead { capture, resurrected }
}

/// What becomes of survivors.
struct Parting<'a> {
    heap: &'a Heap,
    roots: usize,
    keeps_roots: bool,
    keeps_losers: bool,
    losses: Losses,
    /// Whether survivors only become idle, and roots armed.
    is_plain: bool,
    promote_after: u8,
    /// The first blocks, up to this number, were dead before their finalizers ran.
    revivable: usize,
    resurrected: Cell<usize>,
}

impl<'a> Parting<'a> {
    fn new(heap: &'a Heap, capture: &Capture, losses: Losses) -> Self {
        let is_pruned = capture.found.is_pruned;
        let revivable = if capture.is_first_round { 0 } else { capture.roots.taken_over };
        Self {
            heap,
            roots: capture.roots.all,
            keeps_roots: rules::keeps_roots(is_pruned, capture.is_first_round),
            keeps_losers: rules::keeps_losers(is_pruned),
            losses,
            is_plain: !(is_pruned || losses == Losses::Counted || revivable > 0),
            promote_after: heap.promote_after.get(),
            revivable,
            resurrected: Cell::new(0),
        }
    }

    /// Moves the dead to the front of the list. Returns their number.
    fn sift(&self, blocks: &mut [BlockPtr]) -> usize {
        let mut dead = 0;
        for index in 0..blocks.len() {
            if let Some(ahead) = blocks.get(index + AHEAD) {
                prefetch(ahead.as_ptr());
            }
            let block = blocks[index];
            if block.header().is_dead() {
                blocks[dead] = block;
                dead += 1;
            } else {
                self.survivor(index, block);
            }
        }
        dead
    }

    #[inline]
    fn survivor(&self, index: usize, block: BlockPtr) {
        if self.is_plain {
            block.header().set_idle();
            if index < self.roots {
                block.header().arm();
            }
        } else {
            self.affected(index, block);
        }
    }

    /// [`survivor`](Self::survivor), if it may lose handles or stay a candidate.
    #[inline]
    fn affected(&self, index: usize, block: BlockPtr) {
        let header = block.header();
        let lost = match self.losses {
            Losses::None => 0,
            Losses::Counted => {
                let lost = header.owned_by_dead();
                header.decrement_many(lost);
                lost
            }
            Losses::Traced => u32::from(header.has_lost()),
        };
        header.set_idle();
        if (self.keeps_losers && lost > 0) || (self.keeps_roots && index < self.roots) {
            self.heap.old.insert(block);
        }
        // A root was a candidate, and the garbage that is found from it may be behind a block that
        // was not entered.
        if index < self.roots && !(self.keeps_roots && header.age() >= self.promote_after) {
            header.arm();
        }
        if index < self.revivable {
            self.resurrected.set(self.resurrected.get() + 1);
        }
    }
}

/// Takes the entries at these indices out of a list. The others keep their order.
fn remove_at(list: &mut Vec<BlockPtr>, mut indices: Vec<u32>) {
    indices.sort_unstable();
    let mut kept = 0;
    let mut next = 0;
    for index in indices.into_iter().map(|index| index as usize).chain([list.len()]) {
        list.copy_within(next..index, kept);
        kept += index - next;
        next = index + 1;
    }
    list.truncate(kept);
}
