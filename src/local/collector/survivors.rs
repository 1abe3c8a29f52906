//! What becomes of survivors: they lose what the dead own of them, go back to rest, and some stay candidates.
//!
//! All of it happens before the first value is destroyed, because destructors may reach survivors.

use std::cell::Cell;

use super::capture::Capture;
use crate::local::raw::BlockPtr;
use crate::local::raw::Heap;
use crate::local::raw::heap::Mutant;
use crate::raw::prefetch::{AHEAD, prefetch};

/// Puts the survivors back to rest and takes them off the list; returns how many of them were dead before. If the dead are
/// about to be destroyed (`some_die`), the survivors lose what handles those own to them.
pub(super) fn rest(heap: &Heap, capture: &mut Capture, some_die: bool) -> usize {
    let marked = std::mem::take(&mut capture.marked);
    let rest = Rest::new(heap, capture, some_die);
    let all_live = capture.all_live;
    let blocks = capture.blocks_mut();
    if all_live {
        blocks.iter().enumerate().for_each(|(at, block)| rest.survivor(at, *block));
        blocks.clear();
    } else if marked.len() <= blocks.len() / 8 {
        // The headers of the dead are not touched.
        marked.iter().for_each(|&place| rest.survivor(place as usize, blocks[place as usize]));
        remove_places(blocks, marked);
    } else {
        let mut dead = 0;
        for at in 0..blocks.len() {
            if let Some(ahead) = blocks.get(at + AHEAD) {
                prefetch(ahead.as_ptr());
            }
            let block = blocks[at];
            if block.header().is_dead() {
                blocks[dead] = block;
                dead += 1;
            } else {
                rest.survivor(at, block);
            }
        }
        blocks.truncate(dead);
    }
    let resurrected = rest.resurrected.get();
    capture.settle_noted(heap);
    resurrected
}

/// What becomes of survivors.
struct Rest<'a> {
    heap: &'a Heap,
    roots: usize,
    keep_roots: bool,
    keep_losers: bool,
    /// Whether nothing is left to do but to let the roots be candidates at their next loss.
    is_plain: bool,
    /// Whether the survivors are still to lose the handles that the dead own.
    takes_back: bool,
    /// Whether they have lost them.
    has_taken: bool,
    promote_after: u8,
    revivable: usize,
    resurrected: Cell<usize>,
}

impl<'a> Rest<'a> {
    fn new(heap: &'a Heap, capture: &Capture, some_die: bool) -> Self {
        let keep_roots = capture.pruned
            && !heap.is_mutant(Mutant::NoRetainedRoots)
            && (capture.is_first_round() || !heap.is_mutant(Mutant::NoRetainedRevived));
        // It may have been kept by what was not entered.
        let keep_losers = capture.pruned && !heap.is_mutant(Mutant::NoRetainedTargets);
        let takes_back = some_die && capture.owners_known;
        let revivable = capture.revivable();
        Self {
            heap,
            roots: capture.roots(),
            keep_roots,
            keep_losers,
            is_plain: !(capture.pruned || takes_back || revivable > 0),
            takes_back,
            has_taken: some_die && !capture.owners_known,
            promote_after: heap.promote_after.get(),
            revivable,
            resurrected: Cell::new(0),
        }
    }

    #[inline]
    fn survivor(&self, at: usize, block: BlockPtr) {
        if self.is_plain {
            block.header().set_idle();
            if at < self.roots {
                block.header().arm();
            }
        } else {
            self.concerned(at, block);
        }
    }

    /// The same, where there is more to do.
    #[inline]
    fn concerned(&self, at: usize, block: BlockPtr) {
        let header = block.header();
        let mut lost = 0;
        if self.takes_back {
            lost = header.owned_by_dead();
            header.decrement_many(lost);
        } else if self.has_taken {
            lost = u32::from(header.has_lost());
        }
        header.set_idle();
        if (self.keep_losers && lost > 0) || (self.keep_roots && at < self.roots) {
            self.heap.old.insert(block);
        }
        // A root was a candidate, and what it was a witness for may be behind a block that was not entered.
        if at < self.roots && !(self.keep_roots && header.age() >= self.promote_after) {
            header.arm();
        }
        if at < self.revivable {
            self.resurrected.set(self.resurrected.get() + 1);
        }
    }
}

/// Takes the entries at these places out of a list; the others keep their order.
fn remove_places(list: &mut Vec<BlockPtr>, mut places: Vec<u32>) {
    places.sort_unstable();
    let mut kept = 0;
    let mut next = 0;
    for place in places.into_iter().map(|place| place as usize).chain([list.len()]) {
        list.copy_within(next..place, kept);
        kept += place - next;
        next = place + 1;
    }
    list.truncate(kept);
}
