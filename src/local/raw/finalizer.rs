//! The finalizer of a block that died by counting.
//!
//! The block gets a count for the time of the call and is like any other. An ordinary drop releases
//! that count, so a block that was resurrected is a candidate like any other.

use super::block::BlockPtr;
use super::death::{DrainOnUnwind, drain};
use super::drop::release_erased;
use super::heap::Heap;
use super::heap::heap;
use crate::raw::depth::DEEPEST;
use crate::raw::erased;

/// The count that keeps a block for its finalizer.
pub(super) struct FinalizerHandle(BlockPtr);

impl Drop for FinalizerHandle {
    fn drop(&mut self) {
        heap(|heap| {
            // A block that dies now is linked. The list is emptied with panics caught, and the
            // panic of the finalizer may be on its way.
            let depth = heap.depth.replace(DEEPEST);
            // SAFETY: by *count*, for `reset` made this count.
            unsafe { release_erased(self.0) }
            heap.depth.set(depth);
        });
    }
}

/// Calls the finalizer of a block that died by counting.
///
/// # Safety
///
/// The block is *detached*, and its finalizer was not called.
#[cold]
#[inline(never)]
pub(super) unsafe fn finalize(block: BlockPtr) -> FinalizerHandle {
    let header = block.header();
    header.reset();
    header.set_finalized();
    if let Some(side) = header.side() {
        // SAFETY: by *side* the record is alive.
        unsafe { &*side }.set_upgradable(true);
    }
    let handle = FinalizerHandle(block);
    // SAFETY: by *count* the value is whole: `handle` keeps it, and it was not destroyed before.
    unsafe { erased::finalize(block) };
    handle
}

/// Finalizes a block that died by counting one level deeper, then destroys its value and the blocks
/// that were linked in the meantime.
///
/// # Safety
///
/// The block is *detached*, and its finalizer was not called.
#[cold]
#[inline(never)]
pub(super) unsafe fn finalize_now(heap: &Heap, block: BlockPtr) {
    let depth = heap.depth.get();
    heap.depth.set(depth + 1);
    let unwinding = DrainOnUnwind(depth);
    // SAFETY: *detached*, as the caller promises.
    let handle = unsafe { finalize(block) };
    std::mem::forget(unwinding);
    heap.depth.set(depth);
    std::mem::forget(handle);
    // If the destructor panics, the outermost `DrainOnUnwind` empties the list.
    // SAFETY: by *count*, for this is the count of the handle, which is not dropped.
    unsafe { release_erased(block) };
    drain(heap);
}

/// Calls the finalizer of a block that has ended. A block that is not resurrected is linked.
///
/// # Safety
///
/// The block comes from [`Deferred::take_ended`](super::deferred::Deferred::take_ended).
#[cold]
pub(crate) unsafe fn finalize_ended(block: BlockPtr) {
    // SAFETY: by *deferred* the block is *detached*, and its finalizer was not called.
    drop(unsafe { finalize(block) });
}
