//! An allocator with a fixed price, so that the figures do not depend on the C library.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::null_mut;

/// Free lists by size, never given back: some ten instructions for an allocation and as many for a release. What is large
/// goes to the system.
pub struct Lists;

/// Sizes are rounded up to this.
const STEP: usize = 16;
/// Up to this size there are lists.
const SMALL: usize = 512;
/// What is fetched from the system at once.
const CHUNK: usize = 1 << 20;

struct State {
    free: [*mut u8; SMALL / STEP],
    next: *mut u8,
    left: usize,
}

struct OneThread(UnsafeCell<State>);

// SAFETY: this program has one thread.
unsafe impl Sync for OneThread {}

static STATE: OneThread =
    OneThread(UnsafeCell::new(State { free: [null_mut(); SMALL / STEP], next: null_mut(), left: 0 }));

/// The list for blocks of this layout, if there is one.
#[inline]
fn list(layout: Layout) -> Option<usize> {
    (layout.size() <= SMALL && layout.align() <= STEP && layout.size() > 0).then(|| (layout.size() - 1) / STEP)
}

// SAFETY: blocks of a list have its size, are aligned to `STEP`, and are either in the list or handed out.
unsafe impl GlobalAlloc for Lists {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let Some(list) = list(layout) else { return unsafe { System.alloc(layout) } };
        // SAFETY: one thread, and nothing in here allocates from the lists.
        let state = unsafe { &mut *STATE.0.get() };
        let first = state.free[list];
        if first.is_null() {
            return state.carve((list + 1) * STEP);
        }
        // SAFETY: a free block starts with the address of the next one.
        state.free[list] = unsafe { first.cast::<*mut u8>().read() };
        first
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        let Some(list) = list(layout) else { return unsafe { System.dealloc(pointer, layout) } };
        // SAFETY: one thread, as above.
        let state = unsafe { &mut *STATE.0.get() };
        // SAFETY: the block is nobody's any more, and large enough for an address.
        unsafe { pointer.cast::<*mut u8>().write(state.free[list]) };
        state.free[list] = pointer;
    }
}

impl State {
    #[cold]
    #[inline(never)]
    fn carve(&mut self, size: usize) -> *mut u8 {
        if self.left < size {
            // SAFETY: the layout is not empty.
            self.next = unsafe { System.alloc(Layout::from_size_align_unchecked(CHUNK, STEP)) };
            if self.next.is_null() {
                return null_mut();
            }
            self.left = CHUNK;
        }
        let block = self.next;
        self.left -= size;
        // SAFETY: there were `size` bytes left.
        self.next = unsafe { block.add(size) };
        block
    }
}
