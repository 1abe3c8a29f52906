//! The handles that a value has reported and that wait for their targets' headers to arrive from
//! memory.

use super::capture::LONG;
use crate::raw::fallible::shrink;
use crate::raw::prefetch::prefetch;
use crate::raw::sizes::size;
use crate::sync::raw::BlockPtr;

/// Handles that were reported and whose targets were not visited yet: the targets' headers are
/// being loaded from memory.
#[derive(Default)]
pub(crate) struct Reported {
    targets: Vec<BlockPtr>,
    next: usize,
}

impl Reported {
    /// Adds a handle. Returns `false` if there is no memory.
    #[inline]
    pub(crate) fn push(&mut self, target: BlockPtr) -> bool {
        prefetch(std::ptr::from_ref(target.header()).cast());
        if self.targets.len() == self.targets.capacity() && self.targets.try_reserve(1).is_err() {
            return false;
        }
        self.targets.push(target);
        true
    }

    /// Removes and returns the oldest handle, if more than `lead` are waiting.
    #[inline]
    pub(crate) fn pop_beyond(&mut self, lead: usize) -> Option<BlockPtr> {
        if self.len() <= lead {
            if self.len() == 0 {
                self.clear();
            }
            return None;
        }
        let target = self.targets[self.next];
        self.next += 1;
        if self.next >= size(256, 4) && self.next * 2 >= self.targets.len() {
            self.targets.drain(..self.next);
            self.next = 0;
        }
        Some(target)
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.targets.len() - self.next
    }

    pub(crate) fn clear(&mut self) {
        self.targets.clear();
        self.next = 0;
    }

    /// Empties the list, and gives back its memory if it is long.
    pub(crate) fn clear_and_shrink(&mut self) {
        self.clear();
        shrink(&mut self.targets, LONG);
    }
}
