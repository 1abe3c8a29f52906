//! The tests for the handles of one thread.

#[path = "cases.rs"]
mod cases;
#[path = "../support/local.rs"]
mod kind;
