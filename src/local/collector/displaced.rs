//! Captured blocks that stay in a list of candidates.
//!
//! The header of a captured block has no room for its index in that list. The collection notes the
//! index here and gives it back at its end.

use smallvec::SmallVec;

use crate::local::raw::BlockPtr;
use crate::local::raw::Heap;

/// The blocks whose indices are noted.
#[derive(Default)]
pub(super) struct Displaced {
    /// Blocks in the old set, with their indices.
    old: SmallVec<[(BlockPtr, u32); 4]>,
    /// Blocks that the work limit has left in the young buffer.
    young: Vec<DisplacedYoung>,
    /// The work limit has left candidates in the young buffer.
    pub(super) young_waits: bool,
}

struct DisplacedYoung {
    block: BlockPtr,
    index: u32,
    /// The block is frozen as well.
    is_frozen: bool,
}

impl Displaced {
    /// Notes the index of a candidate before it is captured. Returns `false` if there is no memory
    /// for that.
    #[cold]
    #[inline(never)]
    pub(super) fn note(&mut self, heap: &Heap, block: BlockPtr) -> bool {
        if self.old.try_reserve(1).is_err() || self.young.try_reserve(1).is_err() {
            return false;
        }
        if self.young_waits {
            if let Some(index) = heap.young.note(block) {
                let is_frozen = block.header().is_in_old();
                self.young.push(DisplacedYoung { block, index, is_frozen });
                return true;
            }
        }
        self.old.extend(heap.old.note(block).map(|index| (block, index)));
        true
    }

    /// Gives live blocks their indices back. The others are candidates no more.
    pub(super) fn settle(&mut self, heap: &Heap) {
        for (block, index) in self.old.drain(..) {
            heap.old.settle(block, index);
        }
        for DisplacedYoung { block, index, is_frozen } in self.young.drain(..) {
            let header = block.header();
            // A survivor may have become an old candidate, and is in one list only.
            let stays = !header.is_dead() && (is_frozen || !header.is_in_old());
            heap.young.settle(block, index, stays);
        }
    }
}
