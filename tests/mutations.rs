//! The random programs notice when a safeguard of the collector is missing.
//!
//! A test that cannot fail proves nothing, and a lost candidate or a late `Weak` shows only in a
//! rare program. So each safeguard is switched off here in turn, and a bounded number of programs
//! must find it out. That needs a build with the switches in it, `RUSTFLAGS="--cfg recyc_mutants"
//! cargo test --test mutations`; without them this file has no test.

#![cfg(recyc_mutants)]

#[path = "support/local.rs"]
mod kind;
mod model;

use std::env;
use std::process::{self, Command};

use model::op::{self, Diet};
use recyc::inspect::{self, Mutant};

/// How many programs may miss a missing safeguard. The rarest needs some hundred.
const PROGRAMS: u64 = 20_000;

/// The variable with the name of the test for which a process runs the mutant.
const MUTANT: &str = "RECYC_MUTANT";

/// Runs programs without a safeguard in a process of its own, which may well be killed by that, and
/// asserts that it does not end well.
fn is_noticed(name: &str, mutants: Mutant, diet: &'static Diet) {
    if env::var(MUTANT).is_ok_and(|mutant| mutant == name) {
        for seed in 0..PROGRAMS {
            let program = op::random(seed, diet);
            if let Err(what) = model::run_after(&program, diet, || inspect::mutants(&[mutants])) {
                eprintln!("program {seed}: {what}");
                process::exit(1);
            }
        }
        process::exit(0);
    }
    let this = env::current_exe().expect("the path of the tests");
    let mut mutant = Command::new(this);
    let ended = mutant
        .args(["--exact", name])
        .env(MUTANT, name)
        .output()
        .expect("a process can be started");
    assert!(!ended.status.success(), "{PROGRAMS} programs did not miss it");
}

/// Writes a test for each safeguard, and the diet that needs it most.
macro_rules! mutants {
    ($($name:ident: $mutants:ident, $diet:ident;)*) => {
        $(#[test]
        fn $name() {
            is_noticed(stringify!($name), Mutant::$mutants, &op::$diet);
        })*
    };
}

mutants! {
    surviving_roots_that_are_not_kept: NoRetainedRoots, MINORS;
    survivors_that_lost_a_handle_and_are_not_kept: NoRetainedTargets, MOVES;
    roots_of_the_second_decision_that_are_not_kept: NoRetainedRevived, FINALIZERS;
    a_mutably_borrowed_block_that_can_be_captured: KeepCandidateOnGetMut, CALM;
    weak_handles_that_outlive_the_dead: WeaksClearedLate, REENTRANT;
    the_dead_that_are_not_pinned_for_their_finalizers: NoPin, REENTRANT;
}
