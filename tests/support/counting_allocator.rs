//! The system's allocator, with counters of the allocated bytes: of this thread, and of the
//! process.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};

struct Counting;

thread_local! {
    static REQUESTED: Cell<usize> = const { Cell::new(0) };
    static RETURNED: Cell<usize> = const { Cell::new(0) };
}

static ALLOCATED: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);
static WATCHED_SIZE: AtomicUsize = AtomicUsize::new(usize::MAX);
static WATCHED: AtomicIsize = AtomicIsize::new(0);

/// The bytes that this thread has allocated since it started.
pub fn requested() -> usize {
    REQUESTED.get()
}

/// The bytes that this thread has freed since it started.
pub fn returned() -> usize {
    RETURNED.get()
}

/// The bytes that this thread has allocated, less those that it has freed.
pub fn balance() -> isize {
    requested() as isize - returned() as isize
}

/// The allocated bytes of the process.
pub fn allocated() -> isize {
    ALLOCATED.load(Relaxed)
}

/// The most allocated bytes of the process since the last [`reset_peak`].
pub fn peak() -> isize {
    PEAK.load(Relaxed)
}

/// Sets the peak to the bytes that are allocated now, and returns them.
pub fn reset_peak() -> isize {
    let now = allocated();
    PEAK.store(now, Relaxed);
    now
}

/// From now on, [`watched`] counts the pieces of the given size.
pub fn watch(size: usize) {
    WATCHED_SIZE.store(size, Relaxed);
}

/// The number of pieces of the watched size that all threads have allocated, less those freed.
pub fn watched() -> isize {
    WATCHED.load(Relaxed)
}

fn count(size: usize, sign: isize) {
    let of_thread = if sign > 0 { &REQUESTED } else { &RETURNED };
    of_thread.set(of_thread.get() + size);
    let bytes = sign * size as isize;
    let now = ALLOCATED.fetch_add(bytes, Relaxed) + bytes;
    if sign > 0 {
        PEAK.fetch_max(now, Relaxed);
    }
    if size == WATCHED_SIZE.load(Relaxed) {
        WATCHED.fetch_add(sign, Relaxed);
    }
}

// SAFETY: passes every request on to the system's allocator unchanged; counting neither allocates
// nor panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: the caller keeps the contract of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    // The pages of a large piece are not touched, which makes the tests fast.
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: the caller keeps the contract of the system's allocator.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: the place came from `alloc` with this layout.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
