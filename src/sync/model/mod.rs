//! What models need of the heap. The other files of this folder take the places of modules in a
//! model, by the attribute of the `mod` item.

pub use super::collector::pacing::reports::configure;
use super::collector::turn::{Turn, Wait};
use super::collector::{Job, run_chosen};
use super::raw::watch;
pub use super::raw::watch::{blocks, end, wait_for_others};
use crate::config::Config;
use crate::policy::By;
use crate::policy::Kind;

/// Forgets the blocks and the configuration of the execution before.
pub fn begin() {
    configure(Config::DEFAULT);
    watch::begin();
}

/// A full collection that does not call finalizers if they wait for the program.
pub fn collect_by_allocation() {
    let job = Job { kind: Kind::Full, continues: false, share: usize::MAX };
    run_chosen(Wait::UntilFree, By::Allocation, &|_| Some(job));
}

/// A young collection that does not call finalizers if they wait for the program.
pub fn collect_young_by_allocation() {
    let job = Job { kind: Kind::Young { work_limit: None }, continues: false, share: usize::MAX };
    run_chosen(Wait::UntilFree, By::Allocation, &|_| Some(job));
}

/// A full collection in shares of one block each, between which any other thread may collect.
pub fn collect_in_shares() {
    let job = Job { kind: Kind::Full, continues: true, share: 1 };
    loop {
        run_chosen(Wait::UntilFree, By::Program, &|_| Some(job));
        if Turn::wait().suspended.is_none() {
            break;
        }
    }
}
