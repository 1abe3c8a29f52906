//! The tests for the handles of one thread.

#[path = "cases.rs"]
mod cases;
#[path = "counts.rs"]
mod counts;
#[path = "growing.rs"]
mod growing;
#[path = "kept.rs"]
mod kept;
#[path = "../support/local.rs"]
mod kind;
#[path = "samples.rs"]
mod samples;

use recyc::Gc;

use cases::{mebibyte, window};

/// The collector of the shared heap does not look at leaves.
#[test]
fn leaves_that_hang_on_cycles_that_die_old_are_counted() {
    window(|| Gc::new(mebibyte()));
    window(|| Gc::<[u8]>::from(mebibyte()));
}
