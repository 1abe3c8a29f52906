//! Values that own much memory outside of their blocks: how many bytes garbage takes before it is
//! collected.
//!
//! The promise of the default configuration: a program takes at most one and a half times what is
//! alive and 64 MiB.
#![cfg(not(loom))]

#[path = "../support/counting_allocator.rs"]
mod counting_allocator;
mod local;
mod owned;
#[allow(clippy::duplicate_mod, reason = "the tests are the same for either heap")]
mod shared;
mod threads;

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

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
    let before = counting_allocator::reset_peak();
    // Values of 256 KiB stand on the stack several times in a build that is not optimised.
    let end = thread::Builder::new()
        .stack_size(16 << 20)
        .spawn(program)
        .expect("a thread can be started")
        .join();
    let peak = counting_allocator::peak();
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
