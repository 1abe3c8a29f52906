//! An allocator that counts bytes when counting is on.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

#[cfg(feature = "mimalloc")]
use mimalloc::MiMalloc as Behind;
#[cfg(not(feature = "mimalloc"))]
use std::alloc::System as Behind;

/// Which allocator the figures are of, if it is not the system's.
pub const NAME: Option<&str> = if cfg!(feature = "mimalloc") { Some("mimalloc") } else { None };

/// The allocator with a switch: off, it costs a load and a branch that is never taken.
pub struct Counting;

static ON: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed on to the allocator behind unchanged.
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if ON.load(Relaxed) {
            grow(layout.size());
        }
        // SAFETY: as the caller promises.
        unsafe { Behind.alloc(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if ON.load(Relaxed) {
            shrink(layout.size());
        }
        // SAFETY: as the caller promises.
        unsafe { Behind.dealloc(pointer, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if ON.load(Relaxed) {
            // A large piece is moved by mapping its pages elsewhere, so the two do not exist at the
            // same time.
            shrink(layout.size());
            grow(size);
        }
        // SAFETY: as the caller promises.
        unsafe { Behind.realloc(pointer, layout, size) }
    }
}

fn grow(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Relaxed).wrapping_add(bytes);
    PEAK.fetch_max(live, Relaxed);
}

fn shrink(bytes: usize) {
    LIVE.fetch_sub(bytes, Relaxed);
}

/// Starts to count, for good; call it before anything that matters is allocated.
pub fn start() {
    ON.store(true, Relaxed);
}

/// The bytes that are allocated now and were not before [`start`].
pub fn live() -> usize {
    LIVE.load(Relaxed)
}

/// By how much the bytes in use exceeded those at the start, at worst, while `work` was done.
pub fn peak_of(work: impl FnOnce()) -> usize {
    let before = live();
    PEAK.store(before, Relaxed);
    work();
    PEAK.load(Relaxed) - before
}
