//! The hazards that the heap that threads share has too.

#[path = "actors.rs"]
mod actors;
#[path = "neighbours.rs"]
mod neighbours;
#[path = "user_panics.rs"]
mod user_panics;

use std::cell::Cell;

use super::panic_of;
use crate::support::{quiet, shared as kind};
use actors::{Actor, End, Glue, Log, place, ring};

thread_local! {
    /// The number of blocks that there were before the test of this thread.
    static BEFORE: Cell<usize> = const { Cell::new(0) };
}

/// Runs a test while no other test uses the heap.
fn alone(test: impl FnOnce()) {
    quiet::print_no_backtraces();
    let _turn = kind::alone();
    BEFORE.set(recyc::sync::stats().live);
    test();
    recyc::sync::inspect::check();
}

/// The number of blocks that were made in this test.
fn live() -> usize {
    recyc::sync::stats().live - BEFORE.get()
}
