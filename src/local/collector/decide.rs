//! The third step: the decision which captured blocks are live.
//!
//! A captured block with an external count is live, and so is all that it reaches. This is plain
//! marking, not a subtraction of counts: where most candidates are live it touches less. It is
//! skipped if no block has an external count, for then all are dead.
//!
//! A live block goes on to count its retained handles: those that were not found, and those that
//! live blocks own. The dead own the others, so the dead need not be traced again to find them.
//!
//! If most blocks have an external count, the others are traced instead: the handles that they own
//! among themselves are counted, and one with a handle beyond those is reached from a block with an
//! external count.
//!
//! Not `forbid(unsafe_code)` because the values of captured blocks are traced here (*captured*).

use super::capture::{Capture, Captured};
use super::outward::Edge;
use super::{GivenUp, guard};
use crate::local::raw::BlockPtr;
use crate::local::raw::audit;
use crate::local::raw::header::ALL_RETAINED;
use crate::raw::fallible::has_room;
use crate::raw::prefetch::{AHEAD, prefetch, prefetch_value};
use crate::raw::tracer::{Pass, Ring, Tracer};

/// Captured blocks of which it is decided which are live.
pub(super) struct Decided<'a> {
    captured: Captured<'a>,
    pub(super) live: Live,
    /// Whether the live blocks know how many of their handles the dead own.
    pub(super) are_owners_known: bool,
}

/// Which captured blocks are live.
pub(super) enum Live {
    None,
    /// All are, and no header says so.
    All,
    /// Those at these indices in the list of captured blocks, in the order in which they were
    /// marked.
    Some(Vec<u32>),
}

impl<'a> Decided<'a> {
    pub(super) fn captured(&self) -> &Captured<'a> {
        &self.captured
    }

    /// The number of live blocks.
    pub(super) fn live_count(&self) -> usize {
        match &self.live {
            Live::None => 0,
            Live::All => self.captured.blocks().len(),
            Live::Some(live) => live.len(),
        }
    }

    /// Whether some dead block waits for its finalizer.
    pub(super) fn has_finalizers_to_call(&self) -> bool {
        let waits = |block: &BlockPtr| block.header().is_dead() && !block.header().is_finalized();
        self.captured.found.facts.finalizes()
            && !matches!(self.live, Live::All)
            && self.captured.blocks().iter().any(waits)
    }

    /// Takes the edges that lead out of the captured blocks, if these and the counts of the live
    /// blocks are all that the dead own.
    pub(super) fn take_outward(&mut self) -> Option<Vec<Edge>> {
        let knows_owners = match self.live {
            // A block that is dropped by glue gives up its handles itself.
            Live::None => {
                self.captured.found.outward.is_complete && !self.captured.found.facts.drops()
            }
            _ => self.are_owners_known,
        };
        knows_owners.then(|| self.captured.take_outward())
    }

    /// Gives up the decision.
    pub(super) fn into_capture(self) -> &'a mut Capture {
        self.captured.into_inner()
    }
}

/// Decides which of the captured blocks are live.
#[inline(never)]
pub(super) fn decide(captured: Captured<'_>) -> Result<Decided<'_>, GivenUp> {
    if captured.are_all_dead() {
        return Ok(Decided { captured, live: Live::None, are_owners_known: false });
    }
    // The count of a block with more edges than handles is not believed: all its handles count as
    // external.
    captured.found.overreported.iter().for_each(|block| block.header().capture(ALL_RETAINED));
    // Often a candidate lost a handle and nothing died. The first block without an external count
    // ends this loop.
    if captured.blocks().iter().all(|block| !block.header().is_internal()) {
        return Ok(Decided { captured, live: Live::All, are_owners_known: false });
    }
    let mut mark = Mark::new(captured.blocks(), Vec::new(), captured.knows_owners());
    guard(|| mark.all())?;
    let Mark { live, are_owners_known, .. } = mark;
    Ok(Decided { captured, live: Live::Some(live), are_owners_known })
}

impl Decided<'_> {
    /// Marks the dead blocks to which `is_kept` applies as live, each with one retained handle more
    /// than it has now, and all that they reach.
    pub(super) fn mark_kept(&mut self, is_kept: impl Fn(&BlockPtr) -> bool) -> Result<(), GivenUp> {
        let blocks = self.captured.blocks();
        let live = match std::mem::replace(&mut self.live, Live::None) {
            Live::Some(live) => live,
            Live::None => {
                // The decision has examined no block, so none has its index.
                for (index, block) in blocks.iter().enumerate() {
                    block.header().set_captured_index(index as u32);
                }
                self.are_owners_known = self.captured.knows_owners();
                Vec::new()
            }
            Live::All => unreachable!("no block is dead"),
        };
        let first = live.len();
        let mut mark = Mark::new(blocks, live, self.are_owners_known);
        for (index, block) in blocks.iter().enumerate().filter(|(_, block)| is_kept(block)) {
            mark.push(*block, index as u32, 1);
        }
        guard(|| mark.reached_from(first))?;
        self.live = Live::Some(mark.live);
        Ok(())
    }
}

/// The marking of live blocks.
struct Mark<'a> {
    blocks: &'a [BlockPtr],
    /// The indices of live blocks in `blocks`, queue and result at once. Indices take half the
    /// memory of pointers, and the header of a block that is not marked has room for its own.
    live: Vec<u32>,
    /// Whether the live blocks count their retained handles.
    are_owners_known: bool,
    no_memory: bool,
}

impl<'a> Mark<'a> {
    fn new(blocks: &'a [BlockPtr], live: Vec<u32>, are_owners_known: bool) -> Self {
        Self { blocks, live, are_owners_known, no_memory: false }
    }

    /// Marks the blocks with an external count, and all that they reach.
    fn all(&mut self) -> Result<(), GivenUp> {
        self.external();
        let mut first = 0;
        let (external, others) = (self.live.len(), self.blocks.len() - self.live.len());
        if others > 0 && external / 2 > others && !self.no_memory {
            if let Some(others) = self.others() {
                first = external;
                self.are_owners_known = false;
                self.owned_by_external(&others);
            }
        }
        self.reached_from(first)
    }

    /// Marks the blocks with an external count. The others note their indices.
    fn external(&mut self) {
        for (index, block) in self.blocks.iter().enumerate() {
            if let Some(ahead) = self.blocks.get(index + AHEAD) {
                prefetch(ahead.as_ptr());
            }
            let header = block.header();
            if header.is_internal() {
                header.set_captured_index(index as u32);
            } else {
                self.push(*block, index as u32, header.external());
            }
        }
    }

    /// The indices of the blocks that are not marked, if there is memory to list them.
    fn others(&self) -> Option<Vec<u32>> {
        let mut others = Vec::new();
        others.try_reserve_exact(self.blocks.len() - self.live.len()).ok()?;
        let mut next = 0;
        for &marked in &self.live {
            others.extend(next..marked);
            next = marked + 1;
        }
        others.extend(next..self.blocks.len() as u32);
        Some(others)
    }

    /// Marks those of the others to which a block with an external count owns a handle.
    fn owned_by_external(&mut self, others: &[u32]) {
        for &index in others {
            let header = self.blocks[index as usize].header();
            header.capture(header.count());
        }
        let mut ring = Ring::new();
        audit::start(false);
        for (at, &index) in others.iter().enumerate() {
            if let Some(&ahead) = others.get(at + AHEAD) {
                prefetch_value(self.blocks[ahead as usize].as_ptr());
            }
            let block = self.blocks[index as usize];
            let mut pass = Recount;
            // SAFETY: by *captured* the block is not freed and its value is whole; by *unreached*
            // it is not under `&mut`.
            unsafe {
                audit::trace(block, block.header().vtable(), &mut Tracer::new(&mut ring, &mut pass))
            };
            let lead = Ring::lead(others.len());
            while let Some(target) = ring.pop_beyond(lead) {
                pass.edge(target);
            }
        }
        Recount.drain(&mut ring);
        audit::end_pass();
        for &index in others {
            let block = self.blocks[index as usize];
            if block.header().is_internal() {
                block.header().set_captured_index(index);
            } else {
                self.push(block, index, 1);
            }
        }
    }

    /// Marks all that the live blocks from the one at `first` on reach.
    fn reached_from(&mut self, first: usize) -> Result<(), GivenUp> {
        if self.no_memory {
            // A block that could not be pushed has noted no index, so no trace may meet it.
            return Err(GivenUp::NoMemory);
        }
        audit::start(false);
        let mut ring = Ring::new();
        let mut next = first;
        // Once all blocks are marked, nothing is traced again.
        while self.live.len() < self.blocks.len() {
            if next == self.live.len() {
                self.drain(&mut ring);
                if next == self.live.len() {
                    break;
                }
            }
            let block = self.blocks[self.live[next] as usize];
            next += 1;
            if let Some(&ahead) = self.live.get(next + AHEAD) {
                prefetch_value(self.blocks[ahead as usize].as_ptr());
            }
            // SAFETY: by *captured* the block is not freed and its value is whole; by *unreached*
            // it is not under `&mut`.
            unsafe {
                audit::trace(block, block.header().vtable(), &mut Tracer::new(&mut ring, self))
            };
            let lead = Ring::lead(self.live.len());
            while let Some(target) = ring.pop_beyond(lead) {
                self.edge(target);
            }
        }
        audit::end_pass();
        if self.no_memory { Err(GivenUp::NoMemory) } else { Ok(()) }
    }

    /// Marks a block as live. The dead are known not to own `retained` of its handles.
    #[inline]
    fn push(&mut self, block: BlockPtr, index: u32, retained: u32) {
        if !has_room(&mut self.live, || self.blocks.len()) {
            self.no_memory = true;
            return;
        }
        block.header().mark_live(retained);
        self.live.push(index);
    }
}

impl Pass for Mark<'_> {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        let header = target.header();
        if header.is_dead() {
            self.push(target, header.captured_index(), 1);
        } else if self.are_owners_known && header.is_live() {
            header.retain_one();
        }
    }
}

/// Counts the handles that blocks which are not marked own to each other.
struct Recount;

impl Pass for Recount {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        let header = target.header();
        if header.is_dead() && !header.is_internal() {
            header.subtract_one();
        }
    }
}
