//! Runs one set of workloads on each counted or collected pointer type that the table of peers
//! lists.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml              all of it, five times
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- --quick   smaller and less often: under five minutes
//! ```
//!
//! With `--features mimalloc` all memory comes from mimalloc, and only the aims of this crate are
//! checked.
//!
//! Each measurement is a process of its own: this program calls itself with the names of a peer and
//! a workload, so no peer inherits a heap that another has shuffled, and a peer that crashes or
//! hangs affects only its own measurement.
//!
//! [`peer`] defines what a peer must be able to do, [`peers`] has one file for each peer,
//! [`workloads`] has what they run. [`runner`] starts the processes, [`report`] writes the tables
//! and draws the plots.
#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]
#![warn(rust_2018_idioms)]

mod allocator;
mod clock;
mod outcome;
mod peer;
mod peers;
mod report;
mod results;
mod runner;
mod threads;
mod workloads;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

use runner::Plan;

#[global_allocator]
static ALLOCATOR: allocator::Counting = allocator::Counting;

/// Compares recyc with its peers; writes tables into docs/performance.md and plots into docs/plots.
#[derive(Parser)]
struct Options {
    /// Smaller sizes, shorter time-outs, and one repetition for most peers
    #[arg(long)]
    quick: bool,

    /// Only workloads whose name contains one of these; prints the tables and writes nothing
    #[arg(long, value_name = "TEXT", value_delimiter = ',')]
    only: Vec<String>,

    /// Only peers whose name contains one of these; prints the tables and writes nothing
    #[arg(long, value_name = "TEXT", value_delimiter = ',')]
    peer: Vec<String>,

    /// How often each measurement is repeated
    #[arg(long, value_name = "N")]
    repetitions: Option<usize>,

    /// Write tables and plots from the results of the last run
    #[arg(long)]
    redraw: bool,

    /// Run one workload of one size on one peer in this process, and print the outcome
    #[arg(long, num_args = 3, value_names = ["PEER", "WORKLOAD", "SIZE"])]
    one: Option<Vec<String>>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    if let Some([peer, workload, size]) = options.one.as_deref() {
        runner::limit_memory();
        // Every peer gets the same graphs and the same operations.
        fastrand::seed(7);
        let size = size.parse()?;
        let outcome =
            peers::run(peer, workload, size).or_else(|| threads::run(peer, workload, size));
        let outcome = outcome.ok_or("no such peer or workload")?;
        println!("{outcome}");
        return Ok(());
    }
    if options.redraw {
        return report::write(&results::Results::load()?);
    }
    let plan = Plan::new(options.quick, &options.only, &options.peer, options.repetitions);
    let results = plan.run()?;
    if options.only.is_empty() && options.peer.is_empty() {
        results.save()?;
        report::write(&results)?;
    }
    println!("{}", report::tables(&results));
    Ok(())
}
