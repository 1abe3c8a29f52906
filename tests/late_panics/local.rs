//! The tests for the handles of one thread.

#[path = "cases.rs"]
mod cases;
#[path = "../kind/local.rs"]
mod kind;
