//! The tests for the handles of one thread.

#[path = "cases.rs"]
mod cases;
use crate::support::local as kind;
