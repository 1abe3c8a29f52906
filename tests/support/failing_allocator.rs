//! An allocator that fails when a test wants it to.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr::null_mut;

struct Failing;

thread_local! {
    /// How many more calls of this thread succeed; `None` if all do.
    pub static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    static FAILED: Cell<usize> = const { Cell::new(0) };
    /// Only one call fails, as when another thread gives memory back.
    pub static ONCE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this call is to fail.
fn fails() -> bool {
    let left = LEFT.get();
    let fails = left == Some(0);
    LEFT.set(if fails && ONCE.get() { None } else { left.map(|left| left.saturating_sub(1)) });
    FAILED.set(FAILED.get() + usize::from(fails));
    fails
}

// SAFETY: as `System`, which does everything that does not fail.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        if fails() { null_mut() } else { unsafe { System.alloc(layout) } }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        if fails() { null_mut() } else { unsafe { System.realloc(pointer, layout, size) } }
    }
}

#[global_allocator]
static ALLOCATOR: Failing = Failing;

/// Runs `act` with `calls` calls to the allocator that succeed. Returns the number of calls that
/// failed and the result of `act`.
pub fn with_memory_for<R>(calls: usize, act: impl FnOnce() -> R) -> (usize, R) {
    FAILED.set(0);
    LEFT.set(Some(calls));
    let result = act();
    LEFT.set(None);
    (FAILED.get(), result)
}
