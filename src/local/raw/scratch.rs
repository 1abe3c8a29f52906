//! The list of captured blocks, kept between collections, so that small ones need no allocation.

use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;

use super::block::BlockPtr;
use crate::raw::fallible::shrink;
use crate::raw::sizes::size;

/// It is empty, but for one case: candidates for which there was no memory in any other list when a
/// collection was given up. Those have their `IN_OLD` tag set, and are roots of the next
/// collection.
pub(crate) struct Scratch(UnsafeCell<ManuallyDrop<Vec<BlockPtr>>>);

impl Scratch {
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new(ManuallyDrop::new(Vec::new())))
    }

    /// Takes the list; what is in it is registered nowhere any more.
    pub(crate) fn take(&self) -> Vec<BlockPtr> {
        // SAFETY: by *thread*: replacing the list calls no other code.
        let list = ManuallyDrop::into_inner(std::mem::take(unsafe { &mut *self.0.get() }));
        list.iter().for_each(|block| block.header().set_in_old(false));
        list
    }

    /// Puts a list back, without the memory that is more than a usual collection needs.
    pub(crate) fn put(&self, mut list: Vec<BlockPtr>) {
        list.iter().for_each(|block| block.header().set_in_old(true));
        shrink(&mut list, size(1 << 14, 16));
        // SAFETY: by *thread*: the list that was here is empty, and dropped after the borrow.
        drop(ManuallyDrop::into_inner(std::mem::replace(
            unsafe { &mut *self.0.get() },
            ManuallyDrop::new(list),
        )));
    }

    /// Takes a block out. Searches the whole list, which is empty unless a collection was abandoned
    /// and its blocks found no memory in the lists of candidates.
    pub(crate) fn remove(&self, block: BlockPtr) -> bool {
        // SAFETY: by *thread*: nothing here calls other code.
        let list = unsafe { &mut *self.0.get() };
        let found = list.iter().position(|known| *known == block);
        if let Some(at) = found {
            list.swap_remove(at);
            block.header().set_in_old(false);
        }
        found.is_some()
    }

    /// The blocks that wait here, for inspection.
    pub(crate) fn snapshot(&self) -> Vec<BlockPtr> {
        // SAFETY: by *thread*: copying pointers calls no other code.
        unsafe { &*self.0.get() }.to_vec()
    }
}
