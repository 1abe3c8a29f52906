//! Random programs whose oracle walks the real structure.
//!
//! A program owns handles, raw counts, values that it moved out of blocks, and `Weak` handles.
//! Nothing is recorded beside it except a ledger of births and drops. At quiet points a visitor of
//! this test walks all values through their fields, without `Trace`, and compares what it sees with
//! what the crate reports: which values are dropped, the counts of each block, which `Weak` handles
//! upgrade, and the number of blocks.
//!
//! `RECYC_PROGRAMS` sets the number of programs, `RECYC_WALK_SEED` runs one program of a failure
//! again, with `RECYC_WALK_STEPS` for a prefix of it. `RECYC_WALK_OPERATIONS` runs each test for
//! the given number of operations and prints the progress.

#![allow(clippy::duplicate_mod, reason = "both heaps compile the same programs")]

mod budget;
mod local;
#[cfg(all(recyc_mutants, not(recyc_tsan)))]
mod mutants;
mod shared;

/// Programs of each test in a usual run.
const PROGRAMS: u64 = if cfg!(debug_assertions) { 500 } else { 10_000 };

#[test]
fn local_programs_lose_nothing_and_leave_nothing() {
    budget::programs(
        "local_programs_lose_nothing_and_leave_nothing",
        PROGRAMS,
        &local::machine::run::batch,
    );
}

#[test]
fn shared_programs_lose_nothing_and_leave_nothing() {
    budget::programs(
        "shared_programs_lose_nothing_and_leave_nothing",
        PROGRAMS,
        &shared::threads::alone,
    );
}

#[test]
fn programs_of_threads_lose_nothing_and_leave_nothing() {
    let name = "programs_of_threads_lose_nothing_and_leave_nothing";
    budget::programs(name, PROGRAMS / 10, &shared::threads::batch);
}
