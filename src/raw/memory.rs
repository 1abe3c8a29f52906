//! Where the memory of blocks comes from.

use std::alloc::Layout;
use std::ptr::NonNull;

/// The memory of the blocks of a heap.
///
/// # Safety
///
/// [`allocate`](Self::allocate) returns memory with this layout that nothing else uses until it is
/// freed.
pub(crate) unsafe trait BlockMemory {
    /// Memory for a block of this layout. Aborts if there is none, as `Box` does.
    fn allocate(layout: Layout) -> NonNull<u8>;

    /// Frees the memory of a block.
    ///
    /// # Safety
    ///
    /// It came from [`allocate`](Self::allocate) with the same layout and is not used again.
    unsafe fn free(memory: NonNull<u8>, layout: Layout);
}
