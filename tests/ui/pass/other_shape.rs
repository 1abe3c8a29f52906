//! A module that re-exports the crate has the shapes of the crate.

#![forbid(unsafe_code)]

use recyc::{Gc, GcCell, Trace};

mod promises {
    pub use recyc::*;
}

#[derive(Trace)]
#[trace(crate = "promises")]
struct Promised(GcCell<Option<Gc<Promised>>>);

fn main() {
    drop(Gc::new(Promised(GcCell::new(None))));
}
