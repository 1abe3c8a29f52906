//! A module that re-exports the crate has the facts of the crate.

#![forbid(unsafe_code)]

use recyc::{Gc, GcCell, Trace};

mod facts {
    pub use recyc::*;
}

#[derive(Trace)]
#[trace(crate = "facts")]
struct Listed(GcCell<Option<Gc<Listed>>>);

fn main() {
    drop(Gc::new(Listed(GcCell::new(None))));
}
