//! What the model checker observes of a block: its memory and its thread's part of the candidates.
//!
//! In a program there is nothing to observe, and each function only does what its name says.
//! `sync/model/watch.rs` takes the place of this file in a model.

use super::{BlockPtr, Header};

/// The record of the memory of one block.
pub(crate) struct Watch;

const _: () = assert!(size_of::<Header>() == 16 + size_of::<usize>().next_multiple_of(8));

impl Watch {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self
    }

    /// Records a use of the block.
    #[inline(always)]
    pub(crate) fn visit(&self) {}
}

/// Frees a block by `free`.
#[inline(always)]
pub(crate) fn free(block: BlockPtr, free: impl FnOnce(BlockPtr)) {
    free(block);
}

/// Records that this thread got a part of the candidates, or has handed it over.
#[inline(always)]
pub(crate) fn count_member(_joins: bool) {}

/// Whether handles may be kept for finalizers that wait.
#[inline(always)]
pub(crate) fn keeps_handles() -> bool {
    true
}

/// Whether the globals of the heap are gone. They are there for as long as a program runs.
#[inline(always)]
pub(crate) fn globals_are_gone() -> bool {
    false
}
