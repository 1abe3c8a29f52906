//! Random programs over recyc, beside a model that is too simple to be wrong.
//!
//! A program is a list of small steps (`op`) over nodes of all kinds (`node`, `guard`). The
//! interpreter (`heap`, `steps`, `places`, `weaks`, `alone`) runs each step twice, with real
//! handles and in a table (`oracle`), and compares after every step. The property tests and the
//! fuzz targets share all of it.
//!
//! All of it is written against `kind`, a module beside this one, which is one of the two kinds of
//! handles, with the cells that go with it.

// Each test crate that includes this module uses a part of it.
#![allow(dead_code, unused_imports)]

pub mod alone;
pub mod guard;
pub mod heap;
pub mod node;
pub mod op;
pub mod oracle;
pub mod places;
pub mod steps;
pub mod weaks;

pub use heap::{run, run_after};

/// Runs the program that these bytes mean.
///
/// # Panics
///
/// If it sees a promise broken; the message has the program.
pub fn fuzz(bytes: &[u8], diet: &'static op::Diet) {
    let program = op::decode(bytes, diet);
    if let Err(what) = run(&program, diet) {
        panic!("{what}\nin {program:?}");
    }
}
