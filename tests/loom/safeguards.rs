//! Every safeguard is needed: with one switched off, some model fails.
//!
//! Each runs in a process of its own, since what a model does after it has failed is not worth
//! counting on.

use std::process::Command;

use recyc::sync::{Mutant, mutants};

const WHAT: &str = "RECYC_MUTANT";
const PREEMPTIONS: &str = "RECYC_PREEMPTIONS";

/// All safeguards, by their names.
const ALL: [Mutant; 38] = [
    Mutant::NoDecision,
    Mutant::NoWindow,
    Mutant::CloseFirst,
    Mutant::NoCommit,
    Mutant::NoVersion,
    Mutant::VersionRound,
    Mutant::WornBelieved,
    Mutant::OneRound,
    Mutant::NoFreeze,
    Mutant::NoHold,
    Mutant::RegisterLate,
    Mutant::ForgetEntry,
    Mutant::UpgradeFrozen,
    Mutant::SealAnyway,
    Mutant::PresentIgnored,
    Mutant::RelaxedDeparture,
    Mutant::SealedIsDead,
    Mutant::NoDeadTest,
    Mutant::ZeroExplained,
    Mutant::RelaxedDrop,
    Mutant::NoWait,
    Mutant::NoFrozenFlag,
    Mutant::CountPins,
    Mutant::RelaxedThaw,
    Mutant::RelaxedWait,
    Mutant::MutOnce,
    Mutant::MutFrozen,
    Mutant::MutCandidate,
    Mutant::MutUpgraded,
    Mutant::UnreadSettled,
    Mutant::NoFinalizerHandle,
    Mutant::FinalizeUnderMut,
    Mutant::LockWhileDestroying,
    Mutant::LeaveSuspended,
    Mutant::SuspendTwice,
    Mutant::NoRevival,
    Mutant::ChooseEarly,
    Mutant::TakenStayYoung,
];

/// In a process that a test here has started: switches off what it wants, and returns its bound.
pub fn switch_off() -> Option<usize> {
    let names = std::env::var(WHAT).ok()?;
    let is_named = |what: &Mutant| names.split(',').any(|name| name == format!("{what:?}"));
    let chosen: Vec<_> = ALL.into_iter().filter(is_named).collect();
    assert_eq!(chosen.len(), names.split(',').count(), "unknown name in {names}");
    mutants(&chosen);
    std::env::var(PREEMPTIONS).ok()?.parse().ok()
}

/// Runs a model in a process of its own; its output if it failed.
fn run(model: &str, off: &[Mutant], preemptions: usize) -> Result<String, String> {
    let names: Vec<_> = off.iter().map(|what| format!("{what:?}")).collect();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([model, "--exact", "--nocapture", "--test-threads=1"])
        .env(WHAT, names.join(","))
        .env(PREEMPTIONS, preemptions.to_string())
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("running 1 test"), "there is no model {model}: {text}");
    if output.status.success() { Err(text) } else { Ok(text) }
}

/// A test that some model fails without these safeguards. With `NoDecision` alone it passes: that
/// is no safeguard but lets the commit show what it can do.
macro_rules! needed {
    ($($name:ident: [$($off:ident),+] fails $model:literal with $preemptions:literal;)+) => {
        $(
            #[test]
            fn $name() {
                let failed = run($model, &[$(Mutant::$off),+], $preemptions);
                let how = failed.unwrap_or_else(|text| panic!("{} did not notice: {text}", $model));
                let why = how.lines().find(|line| WHY.iter().any(|why| line.contains(why)));
                println!("{}: {} says {:?}", stringify!($name), $model, why);
                assert!(why.is_some(), "failed for another reason: {how}");
            }
        )+
    };
}

/// How models fail when they fail for the right reason.
const WHY: [&str; 9] = [
    "Causality violation",
    "values destroyed",
    "not freed",
    "deadlock",
    "after it was freed",
    "freed twice",
    "the only handle",
    "there is a handle",
    "left == right",
];

needed! {
    registering_before_the_decrement: [RegisterLate] fails "handles::three_droppers" with 3;
    entries_for_life: [ForgetEntry] fails "handles::drop_relies_on_entry" with 3;
    versions: [NoWindow, NoDecision, NoVersion] fails "commit::rotate_four_times" with 4;
    versions_do_not_come_round: [VersionRound] fails "commit::rotate_while_versions_come_round" with 3;
    worn_versions_prove_nothing: [WornBelieved] fails "commit::rotate_with_worn_versions" with 2;
    two_rounds: [NoWindow, NoDecision, OneRound] fails "commit::rotate_four_times" with 4;
    locks_kept: [NoWindow, NoDecision, NoFreeze] fails "commit::moves_round" with 4;
    captured_blocks_are_pinned: [NoWindow, NoHold] fails "shares::dies_between_shares" with 3;
    commit: [NoWindow, NoCommit] fails "commit::moves_back" with 3;
    release_when_a_handle_goes: [RelaxedDrop] fails "handles::two_droppers" with 3;
    upgrades_arrive: [UpgradeFrozen] fails "handles::upgrade_against_commit" with 4;
    upgrades_arrive_also_when_walking_on: [UpgradeFrozen] fails "handles::upgrade_then_walk" with 4;
    upgrades_arrive_in_a_commit: [NoWindow, UpgradeFrozen] fails "handles::upgrade_against_commit" with 4;
    seals_fail_after_arrivals: [SealAnyway] fails "handles::upgrade_against_commit" with 3;
    seals_fail_after_arrivals_in_a_commit: [NoWindow, SealAnyway] fails "handles::upgrade_against_commit" with 3;
    no_verification_while_an_upgrade_is_present: [PresentIgnored] fails "handles::upgrade_against_commit" with 3;
    departures_are_released: [RelaxedDeparture] fails "handles::upgrade_against_commit" with 3;
    closed_is_not_dead: [NoWindow, NoDecision, CloseFirst, SealedIsDead] fails "upgrades::upgrade_beside_a_dead_ring" with 2;
    sealed_is_not_dead: [SealedIsDead] fails "upgrades::upgrade_beside_a_dead_ring" with 3;
    frozen_flag: [NoFrozenFlag] fails "handles::last_drop_of_a_candidate" with 3;
    last_drop_waits: [NoWait] fails "handles::last_drop_of_a_candidate" with 3;
    last_drop_waits_in_a_commit: [NoWindow, NoWait] fails "commit::last_drop_of_the_frozen" with 3;
    last_drop_is_the_last_though_a_collection_reads: [NoWindow, CountPins] fails "handles::last_drop_of_a_candidate" with 3;
    only_handle_is_the_only_one_though_a_collection_reads: [NoWindow, CountPins] fails "handles::get_mut_of_a_candidate" with 3;
    end_of_reading_is_released: [NoWindow, RelaxedThaw] fails "handles::last_drop_of_a_candidate" with 3;
    end_of_reading_is_acquired: [NoWindow, RelaxedWait] fails "commit::last_drop_of_the_frozen" with 3;
    mut_waits_and_does_not_refuse: [NoWindow, MutOnce] fails "handles::get_mut_of_a_candidate" with 3;
    mut_waits: [MutFrozen] fails "handles::get_mut_of_a_candidate" with 3;
    mut_withdraws: [MutCandidate] fails "handles::get_mut_of_a_candidate" with 3;
    mut_notices_upgrades: [MutUpgraded] fails "handles::get_mut_against_weak" with 4;
    edges_after_the_verdict: [NoWindow, NoDecision, UnreadSettled] fails "commit::once_is_filled_late" with 4;
    zero_is_not_explained: [NoWindow, NoDecision, ZeroExplained] fails "commit::zero_is_not_explained" with 5;
    versions_in_a_window: [NoVersion] fails "commit::rotate_four_times" with 4;
    two_rounds_in_a_window: [OneRound] fails "commit::rotate_four_times" with 4;
    locks_kept_in_a_window: [NoFreeze] fails "commit::moves_round" with 4;
    dead_are_gone: [NoWindow, NoDeadTest] fails "handles::handed_over" with 3;
    finalizers_have_a_handle: [NoFinalizerHandle] fails "user_code::finalizer_against_upgrade" with 3;
    finalizers_and_mut: [FinalizeUnderMut] fails "user_code::finalizer_against_get_mut" with 2;
    decisions_only: [LockWhileDestroying] fails "user_code::destructor_takes_a_lock" with 3;
    a_suspended_collection_ends_before_the_next_round: [LeaveSuspended] fails "shares::suspended_during_a_finalizer" with 2;
    the_second_decision_revives_what_no_longer_waits: [NoRevival] fails "deferral::program_takes_handles" with 3;
    the_lock_comes_before_the_choice: [ChooseEarly] fails "deferral::full_collection_makes_taken_values_old" with 3;
    values_whose_handles_are_taken_age_on: [TakenStayYoung] fails "deferral::young_collection_makes_taken_values_old" with 3;
    no_handle_is_kept_beside_mut: [FinalizeUnderMut] fails "deferral::get_mut_of_what_waits" with 2;
    one_collection_is_suspended_at_a_time: [SuspendTwice] fails "shares::suspended_while_another_reclaims" with 2;
}

/// A test that some model passes with the optimistic decision switched off, which otherwise keeps
/// most of what a model does from the commit.
macro_rules! enough {
    ($($name:ident: $model:literal with $preemptions:literal;)+) => {
        $(
            #[test]
            fn $name() {
                let how = match run($model, &[Mutant::NoWindow, Mutant::NoDecision], $preemptions) {
                    Err(passed) => passed,
                    Ok(failed) => panic!("{} failed: {failed}", $model),
                };
                println!("{}", how.lines().find(|line| line.contains("executions")).expect("the number of executions"));
            }
        )+
    };
}

enough! {
    commit_alone_in_rotation: "commit::rotate_four_times" with 2;
    commit_alone_in_moves_back: "commit::moves_back" with 4;
    commit_alone_in_moves_round: "commit::moves_round" with 4;
    commit_alone_in_once: "commit::once_is_filled_late" with 4;
    commit_alone_in_zero: "commit::zero_is_not_explained" with 4;
    commit_alone_in_last_drop: "commit::last_drop_of_the_frozen" with 3;
    commit_alone_in_neighbour: "commit::neighbour" with 3;
    commit_alone_in_upgrade: "handles::upgrade_against_commit" with 2;
    commit_alone_in_upgrades_of_two: "upgrades::upgrades_of_two_members" with 2;
    commit_alone_in_upgrade_that_moves: "upgrades::upgrade_moves_a_member_away" with 3;
    commit_alone_in_upgrade_after_a_verification: "upgrades::upgrade_after_a_verification" with 2;
    commit_alone_in_walk: "handles::upgrade_then_walk" with 2;
    commit_alone_in_get_mut: "handles::get_mut_out_of_a_dying_ring" with 3;
    commit_alone_in_handing_over: "handles::handed_over" with 3;
    commit_alone_in_moves_between_shares: "shares::moves_between_shares" with 3;
    commit_alone_in_dies_between_shares: "shares::dies_between_shares" with 3;
    commit_alone_in_upgrade_between_shares: "shares::upgrade_between_shares" with 3;
    commit_alone_in_suspended_during_a_finalizer: "shares::suspended_during_a_finalizer" with 3;
    commit_alone_in_suspended_while_another_reclaims: "shares::suspended_while_another_reclaims" with 3;
    commit_alone_in_finalizer_between_shares: "shares::finalizer_between_shares" with 3;
}

/// The models reach the attempt that is closed to upgrades, which is the second otherwise.
#[test]
fn a_closed_attempt_is_enough_as_well() {
    for model in ["handles::upgrade_against_commit", "upgrades::upgrade_moves_a_member_away"] {
        let off = [Mutant::NoWindow, Mutant::NoDecision, Mutant::CloseFirst];
        let passed = run(model, &off, 2).expect_err("the model passes");
        println!(
            "{}",
            passed
                .lines()
                .find(|line| line.contains("executions"))
                .expect("the number of executions")
        );
    }
}
