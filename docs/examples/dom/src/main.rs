//! The program `dom`. See the library [`dom`] for what it does.

use std::io;
use std::process::ExitCode;

use indicatif::ProgressDrawTarget;

fn main() -> ExitCode {
    // Without a terminal this target shows nothing.
    let bar = ProgressDrawTarget::stderr();
    ExitCode::from(dom::run(std::env::args_os(), &mut io::stdout().lock(), &mut io::stderr(), bar))
}
