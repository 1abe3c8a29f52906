//! The hazards that the heap that threads share has too.

#[path = "actors.rs"]
mod actors;
#[path = "neighbours.rs"]
mod neighbours;
#[path = "stacks.rs"]
mod stacks;
#[path = "user_panics.rs"]
mod user_panics;

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::panic_of;
use crate::support::{quiet, shared as kind};
use actors::{Actor, End, Glue, Log, place, ring};

/// The number of blocks that there were before the test that runs.
static BEFORE: AtomicUsize = AtomicUsize::new(0);

/// Runs a test while no other test uses the heap.
fn alone(test: impl FnOnce()) {
    prepare();
    let _turn = turn();
    test();
    recyc::sync::inspect::check();
}

/// The turn of a test, while it needs the heap for itself.
fn turn() -> kind::Turn {
    let turn = kind::alone();
    BEFORE.store(recyc::sync::stats().live, Relaxed);
    turn
}

/// Prepares a thread of a test.
fn prepare() {
    quiet::print_no_backtraces();
}

/// The number of blocks that were made in this test.
fn live() -> usize {
    recyc::sync::stats().live - BEFORE.load(Relaxed)
}
