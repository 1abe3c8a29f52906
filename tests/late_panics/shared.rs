//! The tests for the handles that threads share.

#[path = "cases.rs"]
mod cases;
#[path = "../kind/shared.rs"]
mod kind;
