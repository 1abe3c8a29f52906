//! Values that own much memory outside of their blocks: how many bytes garbage takes before it is
//! collected.
//!
//! The promise of the default configuration: a program takes at most one and a half times what is
//! alive and 64 MiB.
#![cfg(not(loom))]

mod local;
mod owned;
#[allow(clippy::duplicate_mod, reason = "the tests are the same for either heap")]
mod shared;
mod threads;

use std::alloc::{GlobalAlloc, Layout, System};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// The system's allocator, how many bytes are allocated, and the most that were since the last
/// reset.
struct Counting;

static ALLOCATED: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);

fn count(bytes: isize) {
    let now = ALLOCATED.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: passes every request on to the system's allocator unchanged; counting neither allocates
// nor panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    // The pages of a large piece are not touched, which makes the tests fast.
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of the system's allocator.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the place came from `alloc` with this layout.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MIB: usize = 1 << 20;

/// Runs a program alone in this process and on a new thread, with the default configuration, and
/// returns the most bytes that were allocated beyond those at the start.
fn peak(program: impl FnOnce() + Send + 'static) -> usize {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let reset = || {
        recyc::sync::configure(recyc::Config::default()).unwrap();
        while recyc::sync::collect().reclaimed > 0 {}
    };
    reset();
    let before = ALLOCATED.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    // Values of 256 KiB stand on the stack several times in a build that is not optimised.
    let end = thread::Builder::new().stack_size(16 << 20).spawn(program).expect("a thread can be started").join();
    let peak = PEAK.load(Ordering::Relaxed);
    reset();
    end.unwrap_or_else(|payload| resume_unwind(payload));
    usize::try_from(peak - before).unwrap()
}

/// Runs a program that keeps at most `live` bytes alive, and checks how much memory it takes.
#[track_caller]
fn assert_bounded(live: usize, program: impl FnOnce() + Send + 'static) {
    let (peak, most) = (peak(program), live / 2 * 3 + 64 * MIB);
    assert!(peak <= most, "{} MiB at the peak, allowed are {}", peak / MIB, most / MIB);
}
