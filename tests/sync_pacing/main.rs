//! When the shared heap collects by itself, and what its statistics report.
//!
//! All of that is counted in blocks. Each test runs on a thread of its own that has ended before
//! the next one starts, because a thread leaves to the others what it has made.
#![cfg(not(loom))]

mod asked;
mod backlog;
mod bounded;
mod shares;
mod threads;
mod waits;
mod withdrawn;

use std::panic::resume_unwind;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use recyc::sync::{self, Gc};
use recyc::{Config, Trace};

/// The first number, or under Miri the second.
pub const fn times(native: usize, under_miri: usize) -> usize {
    if cfg!(miri) { under_miri } else { native }
}

/// Runs a test on a thread that has made nothing, in a heap without garbage and in its default
/// configuration.
pub fn alone(test: impl FnOnce() + Send + 'static) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let clean = || {
        sync::configure(Config::default()).unwrap();
        while sync::collect().reclaimed > 0 {}
    };
    thread::spawn(clean).join().unwrap();
    thread::spawn(test).join().unwrap_or_else(|payload| resume_unwind(payload));
}

/// Runs something on a thread that has ended, with all that it leaves to others, when this returns.
pub fn elsewhere(what: impl FnOnce() + Send + 'static) {
    thread::spawn(what).join().unwrap();
}

#[derive(Trace)]
pub struct Knot(OnceLock<Gc<Knot>>);

/// Makes dead values that hold themselves.
pub fn garbage(count: usize) {
    for _ in 0..count {
        let knot = Gc::new(Knot(OnceLock::new()));
        _ = knot.0.set(knot.clone());
    }
}

/// Values that wait for a full collection.
pub fn old(count: usize) -> Vec<Gc<Knot>> {
    let old: Vec<_> = (0..count).map(|_| Gc::new(Knot(OnceLock::new()))).collect();
    for _ in 0..4 {
        old.iter().for_each(|one| drop(one.clone()));
        sync::collect();
    }
    assert!(sync::stats().old_candidates > 0);
    old
}

/// How many collections there were so far.
pub fn collections() -> usize {
    let stats = sync::stats();
    stats.young.collections + stats.full.collections
}
