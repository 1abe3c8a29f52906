//! Takes the place of `collector/pacing/reports.rs` in a model: every lock multiplies the
//! executions, and nothing is automatic.

use std::cell::Cell;

use crate::config::Config;
use crate::policy::Kind;
use crate::policy::bytes::Traced;
use crate::report::CollectionReport;
use crate::sync::raw::watch::set_keeps_handles;

// The model checker runs all threads of a model on one thread of the system.
std::thread_local! { static CONFIG: Cell<Config> = const { Cell::new(Config::DEFAULT) }; }

/// Puts a configuration in force for this execution.
pub fn configure(config: Config) {
    set_keeps_handles(config.finalize_on_demand);
    CONFIG.set(config);
}

pub(crate) fn config() -> Config {
    CONFIG.get()
}

pub(crate) fn begins(_: bool) {}

pub(crate) fn decided(_: Option<(Kind, usize, usize, Traced)>, _: usize) {}

pub(crate) fn set_suspended(_: bool) {}

pub(crate) fn suspended_is_given_up() {}

pub(crate) fn collected(_: Kind, _: &CollectionReport, _: Option<CollectionReport>) {}

pub(crate) fn end_other_collections() {}
