//! Known failures of programs of this kind, each with a test that it does not happen here.
//!
//! Each file is one family of hazards; each test is named after the promise that it holds the crate
//! to. The values in them are [`actors`].

#![allow(clippy::type_complexity, reason = "the shapes of values are what the tests are about")]
#![allow(clippy::modulo_one, reason = "alignments are tried from one up")]

mod actors;
#[cfg(recyc_audit)]
mod audit;
#[cfg(recyc_audit)]
mod audit_shape;
mod checker;
mod contracts;
mod exits;
mod leaks;
mod limits;
mod long_buffers;
mod neighbours;
mod nesting;
mod panics;
mod payloads;
mod reentrancy;
mod shared;
mod slices;
mod stacks;
#[cfg(not(recyc_audit))]
mod unsound_traces;
mod user_panics;
mod weak;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::thread;

use recyc::Config;

use crate::support::{local as kind, quiet};
pub use actors::{Actor, End, Glue, Log, place, ring};

/// Runs a test on a thread of its own: a heap belongs to a thread, and this one ends before the
/// test does.
pub fn alone(test: impl FnOnce() + Send + 'static) {
    let run = || {
        prepare();
        test();
        recyc::inspect::check();
    };
    thread::spawn(run).join().unwrap_or_else(|payload| resume_unwind(payload));
}

/// The turn of a test that starts a thread, which needs a heap for itself.
fn turn() -> kind::Turn {
    kind::alone()
}

/// Prepares such a thread.
fn prepare() {
    quiet::print_no_backtraces();
    recyc::configure(Config::manual()).expect("a valid Config");
}

/// Counts, from inside closures.
pub type Count = Rc<Cell<usize>>;

/// The number of blocks in the heap of this test.
pub fn live() -> usize {
    recyc::stats().live
}

/// The text of the panic that `act` ends with.
pub fn panic_of<R>(act: impl FnOnce() -> R) -> String {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(_) => String::from("no panic"),
        Err(payload) => payload
            .downcast_ref::<&str>()
            .map_or_else(|| "no text".into(), |text| String::from(*text)),
    }
}
