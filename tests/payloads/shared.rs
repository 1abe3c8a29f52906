//! The tests for the handles that threads share.

#[path = "cases.rs"]
mod cases;
#[path = "counts.rs"]
mod counts;
#[path = "growing.rs"]
mod growing;
#[path = "kept.rs"]
mod kept;
#[path = "../support/shared.rs"]
mod kind;
#[path = "samples.rs"]
mod samples;
