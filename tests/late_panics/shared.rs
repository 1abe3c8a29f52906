//! The tests for the handles that threads share.

#[path = "cases.rs"]
mod cases;
use crate::support::shared as kind;
