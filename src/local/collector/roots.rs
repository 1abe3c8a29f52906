//! The first step: candidates become the roots of the collection.
//!
//! In a later round the roots are the dead of the last one, and the candidates that were registered
//! since.

use super::GivenUp;
use super::capture::Capture;
use crate::local::raw::BlockPtr;
use crate::local::raw::Heap;
use crate::local::raw::old_set::OldSet;
use crate::raw::prefetch::{AHEAD, prefetch};

/// The roots, which are the first of the captured blocks.
#[derive(Default)]
pub(super) struct Roots {
    /// The number of roots.
    pub(super) all: usize,
    /// The number of roots that came from the young buffer. They are the first.
    pub(super) young: usize,
    /// The number of blocks that were in the list before candidates were taken: in a later round,
    /// the roots that were dead before their finalizers ran.
    pub(super) taken_over: usize,
}

/// The list while the roots are captured. The entries that stay move up.
struct Sieve<'a> {
    blocks: &'a mut [BlockPtr],
    kept: usize,
    /// The number of handles of the kept blocks.
    handles: usize,
}

impl Sieve<'_> {
    #[inline(always)]
    fn at(&self, at: usize) -> BlockPtr {
        if let Some(ahead) = self.blocks.get(at + AHEAD) {
            prefetch(ahead.as_ptr());
        }
        self.blocks[at]
    }

    /// Captures a block. The list has been read up to here, so it has room.
    #[inline(always)]
    fn keep(&mut self, block: BlockPtr) {
        let count = block.header().count();
        block.header().capture(count);
        self.handles += count as usize;
        self.blocks[self.kept] = block;
        self.kept += 1;
    }
}

impl Capture {
    /// Captures the roots.
    pub(super) fn take_roots(&mut self, heap: &Heap) -> Result<(), GivenUp> {
        self.roots.all = 0;
        self.roots.taken_over = self.list.len();
        self.take_young(heap)?;
        self.roots.young = self.list.len();
        if self.limits.is_full && self.is_first_round {
            // Without memory the young candidates that were taken are put back by `abandon`.
            heap.old.drain_into(&mut self.list).map_err(|_| {
                self.roots.all = self.roots.young;
                GivenUp::NoMemory
            })?;
        }
        let mut sieve = Sieve { blocks: &mut self.list, kept: 0, handles: 0 };
        for at in 0..self.roots.young {
            let block = sieve.at(at);
            let header = block.header();
            // A block may be dead and registered. It is kept once.
            if !header.is_captured() {
                if header.is_in_old() {
                    // The block was dead in the last round, and a finalizer has registered it.
                    heap.old.remove(block);
                }
                sieve.keep(block);
            }
        }
        let young_kept = sieve.kept;
        for at in self.roots.young..sieve.blocks.len() {
            let block = sieve.at(at);
            // A block may be frozen and registered as well.
            if !block.header().is_captured() {
                OldSet::leave(block);
                sieve.keep(block);
            }
        }
        (self.roots.all, self.roots.young, self.external) = (sieve.kept, young_kept, sieve.handles);
        self.list.truncate(self.roots.all);
        Ok(())
    }

    /// Takes all young candidates if the work limit allows, otherwise some.
    #[inline(never)]
    fn take_young(&mut self, heap: &Heap) -> Result<(), GivenUp> {
        let takes_all = self.list.is_empty() && heap.young.len() <= self.limits.work_limit / 2;
        if takes_all || self.limits.work_limit == usize::MAX {
            heap.young.take_into(&mut self.list).map_err(|_| GivenUp::NoMemory)
        } else {
            self.take_some_young(heap)
        }
    }

    /// Takes young candidates up to half of the work limit. The other half is for the blocks that
    /// they reach.
    #[cold]
    #[inline(never)]
    fn take_some_young(&mut self, heap: &Heap) -> Result<(), GivenUp> {
        let work_limit = self.limits.work_limit;
        if self.list.len() > work_limit {
            // The candidates of a collection that had no memory. Those beyond the limit wait in the
            // young buffer.
            if !heap.young.reserve(self.list.len() - work_limit) {
                self.roots.all = self.list.len();
                return Err(GivenUp::NoMemory);
            }
            for block in self.list.drain(work_limit..) {
                if !heap.young.contains(block) {
                    let is_registered = heap.young.push(block);
                    debug_assert!(is_registered, "there is room for all");
                }
            }
            self.roots.taken_over = self.list.len();
        }
        for &block in &self.list {
            // A finalizer may have registered the block. It is a root already.
            heap.young.remove(block);
        }
        let limit = (work_limit - self.list.len()).div_ceil(2);
        heap.young.drain_some_into(&mut self.list, limit).map_err(|_| GivenUp::NoMemory)?;
        self.displaced.young_waits = heap.young.registered() > 0;
        Ok(())
    }
}
