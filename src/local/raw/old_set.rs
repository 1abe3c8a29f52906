//! The old set: candidates that only a full collection starts from.

use std::cell::Cell;
use std::collections::TryReserveError;

use super::block::BlockPtr;
use super::candidates::Candidates;
use crate::raw::sizes::size;

/// The set of old candidates.
///
/// A block in it has its `IN_OLD` tag set (*old*), also while a collection has captured it and its
/// state is not its index.
pub(crate) struct OldSet {
    list: Candidates,
    /// The part of the room that is reserved for the survivors of a collection.
    held_back: Cell<usize>,
}

impl OldSet {
    pub(crate) const fn new() -> Self {
        Self { list: Candidates::new(), held_back: Cell::new(0) }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.registered()
    }

    /// Adds a block that is at rest and not in the young buffer, if there is room and it is not in
    /// already or frozen.
    #[inline]
    pub(crate) fn push(&self, block: BlockPtr) -> bool {
        let header = block.header();
        let added = !header.is_in_old() && self.held_back.get() == 0 && self.list.push(block);
        if added {
            header.set_in_old(true);
        }
        added
    }

    /// [`push`](Self::push) that makes room for the block. Returns `false` if there is no memory
    /// for that, and the block is not in the set.
    pub(crate) fn insert(&self, block: BlockPtr) -> bool {
        let header = block.header();
        if header.is_in_old() {
            return true;
        }
        let held_back = self.held_back.get();
        let has_room = self.list.room() > held_back
            || self.list.compact()
            || self.list.reserve(held_back + size(32, 2));
        let added = has_room && self.list.push(block);
        header.set_in_old(added);
        added
    }

    /// Keeps `room` of the entries that were [reserved](Self::reserve) from blocks that are added
    /// in the meantime. 0 ends that.
    pub(crate) fn hold_back(&self, room: usize) {
        debug_assert!(room <= self.list.room());
        self.held_back.set(room);
    }

    /// Makes room for `additional` blocks, so that adding them cannot fail.
    pub(crate) fn reserve(&self, additional: usize) -> bool {
        self.list.reserve(additional)
    }

    /// Whether the block, which is not captured, is in the set.
    #[inline]
    pub(crate) fn contains(&self, block: BlockPtr) -> bool {
        block.header().is_in_old() && self.list.contains(block)
    }

    /// Takes out a block that is not captured; false if it was not in.
    pub(crate) fn remove(&self, block: BlockPtr) -> bool {
        let found = self.list.remove(block);
        if found {
            block.header().set_in_old(false);
            block.header().set_idle();
        }
        found
    }

    /// The place of a block that is about to be captured, if it is in the set. Ends with
    /// [`settle`](Self::settle).
    pub(crate) fn note(&self, block: BlockPtr) -> Option<u32> {
        if block.header().is_in_old() { self.list.note(block) } else { None }
    }

    /// Gives the block its noted place back, or if it is dead takes it out.
    pub(crate) fn settle(&self, block: BlockPtr, place: u32) {
        let stay = !block.header().is_dead();
        self.list.settle(block, place, stay);
        if !stay {
            block.header().set_in_old(false);
        }
    }

    /// Whether no place is noted: no collection is running.
    pub(super) fn is_settled(&self) -> bool {
        self.list.is_settled()
    }

    /// Moves all blocks to the end of `list`, which touches none of them. Each still has its tag,
    /// until the caller calls [`leave`](Self::leave). The set keeps its memory, so that the blocks
    /// can be put back.
    #[inline]
    pub(crate) fn drain_into(&self, list: &mut Vec<BlockPtr>) -> Result<(), TryReserveError> {
        self.list.drain_into(list)
    }

    /// Clears the tag of a block that was in the set before [`drain_into`](Self::drain_into).
    #[inline]
    pub(crate) fn leave(block: BlockPtr) {
        block.header().set_in_old(false);
        block.header().set_idle();
    }

    /// Gives memory back that a smaller set does not need.
    pub(crate) fn shrink(&self) {
        self.list.shrink(self.list.len().max(size(512, 4)) * 2);
    }

    /// Gives all memory of an empty set back.
    pub(crate) fn release_memory(&self) {
        self.list.shrink(0);
    }

    /// The members, for inspection.
    pub(crate) fn snapshot(&self) -> Vec<BlockPtr> {
        self.list.snapshot()
    }
}
