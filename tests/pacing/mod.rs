//! When collections run, what they cost, and what the controls of that do.
//!
//! Costs are counted in blocks that collections look at, and memory in blocks that exist: neither
//! depends on the machine.

mod config;
mod controls;
mod cost;
mod external;
mod floating;
mod stats;

use std::panic::resume_unwind;
use std::thread;

use recyc::{Gc, GcCell, Trace};

/// The first number, or under Miri the second.
pub const fn times(native: usize, under_miri: usize) -> usize {
    if cfg!(miri) { under_miri } else { native }
}

/// Runs a test on a thread of its own, with a heap of its own in its default configuration.
pub fn alone(test: impl FnOnce() + Send + 'static) {
    thread::spawn(test).join().unwrap_or_else(|payload| resume_unwind(payload));
}

#[derive(Trace)]
pub struct Knot {
    pub next: GcCell<Option<Gc<Knot>>>,
    pub other: GcCell<Option<Gc<Knot>>>,
}

pub fn loose() -> Gc<Knot> {
    Gc::new(Knot { next: GcCell::default(), other: GcCell::default() })
}

/// A value that holds itself.
pub fn knot() -> Gc<Knot> {
    let one = loose();
    one.next.set(Some(one.clone()));
    one
}

/// Makes dead values that hold themselves, and returns the most blocks that there were at once.
pub fn garbage(count: usize) -> usize {
    let mut most = 0;
    for _ in 0..count {
        drop(knot());
        most = most.max(recyc::stats().live);
    }
    most
}

/// Values that hold each other, and are as old as can be.
pub fn old(count: usize) -> Vec<Gc<Knot>> {
    let all: Vec<_> = (0..count).map(|_| loose()).collect();
    for at in 0..count {
        all[at].next.set(Some(all[(at + 1) % count].clone()));
        all[at].other.set(Some(all[(at * 7 + 3) % count].clone()));
    }
    for _ in 0..4 {
        all.iter().take(10).for_each(|one| drop(one.clone()));
        recyc::collect();
    }
    all
}
