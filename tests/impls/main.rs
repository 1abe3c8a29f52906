//! The `Trace` impls for `core`, `alloc`, `std` and other crates: each reports each handle once,
//! and destroys the rest once.
//!
//! The modules here test the heap of one thread. [`shared`] has the same promises of the heap that
//! threads share, for the types that can be in it.
#![allow(clippy::duplicate_mod, reason = "one source is compiled for each heap")]

mod battery;
#[path = "../support/local.rs"]
mod kind;
#[macro_use]
mod kinds;
mod cells;
mod foreign;
mod leaves;
mod model;
mod persistent;
#[path = "../support/quiet.rs"]
mod quiet;
mod shared;
mod std_types;
mod unreadable;
