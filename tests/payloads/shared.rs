//! The tests for the handles that threads share.

#[path = "cases.rs"]
mod cases;
#[path = "counts.rs"]
mod counts;
#[path = "../kind/shared.rs"]
mod kind;
