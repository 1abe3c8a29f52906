//! Random programs over the handles of one thread; `tests/sync_programs` has the same over those
//! that threads share.

use crate::support::local as kind;
#[path = "../model/mod.rs"]
mod model;
mod properties;
mod rare;
