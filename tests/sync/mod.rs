//! The promises of the shared heap, with one thread at a time or two that take turns.

mod controls;
mod cycles;
mod from_trace;
mod handles;
mod in_hand;
mod model;
mod nesting;
mod over_reports;
use crate::support::quiet;
mod threads;
mod upgrades;
mod user_code;
