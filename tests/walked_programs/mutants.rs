//! The programs notice when a safeguard of the collector is missing.
//!
//! As `tests/mutations.rs` does for the programs with a model; that file says how to build this.

use std::env;
use std::fmt::Debug;
use std::process::Command;

/// The variable that names the safeguard that is switched off.
const MUTANT: &str = "RECYC_WALK_MUTANT";

/// How many programs may miss a missing safeguard.
const PROGRAMS: &str = "100000";

/// The safeguard that the environment names.
pub fn wanted<T: Debug + Copy>(all: &[T]) -> Option<T> {
    let name = env::var(MUTANT).ok()?;
    all.iter().find(|each| format!("{each:?}") == name).copied()
}

/// Runs programs without a safeguard in a process of its own, and asserts that it does not end
/// well.
fn is_noticed(safeguard: &str) {
    let mut mutant = Command::new(env::current_exe().expect("the path of the tests"));
    mutant.args(["--exact", "local_programs_lose_nothing_and_leave_nothing"]);
    let ended = mutant.env(MUTANT, safeguard).env("RECYC_PROGRAMS", PROGRAMS).output();
    assert!(
        !ended.expect("a process can be started").status.success(),
        "{PROGRAMS} programs did not miss {safeguard}"
    );
}

/// Writes a test for each safeguard.
macro_rules! mutants {
    ($($name:ident: $safeguard:literal;)*) => {
        $(#[test]
        fn $name() {
            is_noticed($safeguard);
        })*
    };
}

mutants! {
    surviving_roots_that_are_not_kept: "NoRetainedRoots";
    survivors_that_lost_a_handle_and_are_not_kept: "NoRetainedTargets";
    roots_of_the_second_decision_that_are_not_kept: "NoRetainedRevived";
    a_mutably_borrowed_block_that_can_be_captured: "KeepCandidateOnGetMut";
    weak_handles_that_are_cleared_late: "WeaksClearedLate";
    the_dead_that_are_not_pinned_for_their_finalizers: "NoPin";
}
