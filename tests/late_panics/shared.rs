//! The tests for the handles that threads share.

#[path = "cases.rs"]
mod cases;
#[path = "../support/shared.rs"]
mod kind;
