//! Memory for blocks: from the free lists of this thread, or from the allocator.
//!
//! Both heaps use the free lists of the thread. They are kept here because this heap notices the
//! end of the thread, and because one thread-local is reached by fewer instructions than two.
//!
//! - **layout**: a block is freed with the layout that it was allocated with.

#![expect(clippy::disallowed_methods, reason = "blocks are allocated here")]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use super::exit;
use super::header::Header;
use super::heap::{Exit, Heap, heap};
use crate::raw::free_lists::STEP;
use crate::raw::heaps::Shared;
use crate::raw::memory::BlockMemory;

const _: () = assert!(align_of::<Header>() == STEP);

/// Memory for a block of this layout. Aborts if there is none, as `Box` does.
#[inline(always)]
pub(crate) fn allocate(layout: Layout) -> NonNull<u8> {
    heap(|heap| heap.free_lists.take(layout)).unwrap_or_else(|| allocate_new(layout))
}

#[inline(never)]
fn allocate_new(layout: Layout) -> NonNull<u8> {
    // SAFETY: a block has a header, so its *layout* is not empty.
    let memory = unsafe { alloc(layout) };
    NonNull::new(memory).unwrap_or_else(|| handle_alloc_error(layout))
}

/// Frees the memory of a block, or keeps it for another.
///
/// # Safety
///
/// It came from [`allocate`] with the same layout and is not used again.
#[inline(always)]
pub(crate) unsafe fn free(heap: &Heap, memory: NonNull<u8>, layout: Layout) {
    // SAFETY: by *layout*, and the caller does not use the memory again. A block has a header,
    // which has room for a pointer.
    if unsafe { heap.free_lists.put(memory, layout) } {
        return;
    }
    if heap.free_lists.is_open() {
        // SAFETY: by *layout*; equal layouts are freed alike.
        unsafe { dealloc(memory.as_ptr(), layout) }
    } else {
        // SAFETY: by *layout*, as above.
        unsafe { free_first(heap, memory, layout) }
    }
}

/// [`free`], by this thread's heap.
///
/// # Safety
///
/// As for [`free`].
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) unsafe fn free_block(memory: NonNull<u8>, layout: Layout) {
    // SAFETY: by *layout*, as the caller promises.
    heap(|heap| unsafe { free(heap, memory, layout) });
}

/// The blocks of both heaps come from the same lists.
// SAFETY: by *layout*: `allocate` returns memory that was allocated with the layout, or with an
// equal one, and that no block uses.
unsafe impl BlockMemory for Shared {
    #[inline(always)]
    fn allocate(layout: Layout) -> NonNull<u8> {
        allocate(layout)
    }

    #[cfg_attr(debug_assertions, inline)]
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn free(memory: NonNull<u8>, layout: Layout) {
        // SAFETY: by *layout*, as the caller promises.
        unsafe { free_block(memory, layout) }
    }
}

/// Frees memory when the lists are closed, and opens them if that is possible.
///
/// # Safety
///
/// As for [`free`].
#[cold]
#[inline(never)]
unsafe fn free_first(heap: &Heap, memory: NonNull<u8>, layout: Layout) {
    // SAFETY: by *layout*, as in `free`.
    if !(open(heap) && unsafe { heap.free_lists.put(memory, layout) }) {
        // SAFETY: by *layout*, as in `free`.
        unsafe { dealloc(memory.as_ptr(), layout) }
    }
}

/// Opens the lists, if the configuration allows it and the end of the thread can be noticed. What
/// is kept after the end of the thread would be freed by nothing.
#[inline(never)]
fn open(heap: &Heap) -> bool {
    let bytes = heap.pacing.config.get().free_list_limit;
    let opens = bytes > 0 && heap.exit.get() != Exit::Over && exit::prepare(heap);
    if opens {
        heap.free_lists.open(bytes);
    }
    opens
}
