//! How many instructions a handle, a value and a collection take, counted by callgrind, with `Rc`
//! and `Arc` beside.
//!
//! ```text
//! cargo bench --bench instructions               counts, and fails if a figure grew by more than 3 % over the record
//! cargo bench --bench instructions -- --record   counts, and writes the record and the table of docs/performance.md
//! cargo bench --bench instructions -- --test     does the work once, without callgrind
//! ```
//!
//! Counts do not depend on what else the machine does, so a small growth can be seen that no
//! stopwatch would show. They do depend on the compiler and on the C library, whose allocator is in
//! them; the record names both.
//!
//! [`scenarios`] has the work. Between two calls of [`scenarios::mark`] nothing runs but the work,
//! and callgrind cuts its profile at each of them: so what a process does at its start does not
//! count, whatever its environment. [`count`] runs callgrind on this program, [`record`] compares
//! with what was written down.

mod count;
mod record;
mod scenarios;
#[path = "../shared/mod.rs"]
mod shared;

use std::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    let asked = |option: &str| std::env::args().any(|argument| argument == option);
    // `cargo bench` passes `--bench`. `cargo test` does not, and callgrind is not run there.
    let outcome = if asked("--test") || !asked("--bench") {
        scenarios::all().iter().for_each(|row| println!("{row}"));
        Ok(true)
    } else {
        compare(asked("--record"))
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Counts and compares; whether nothing grew.
fn compare(write: bool) -> Result<bool, Box<dyn Error>> {
    let figures = count::figures()?;
    if write {
        record::write(&figures)?;
    }
    record::compare(&figures)
}
