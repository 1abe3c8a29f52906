//! The random programs of `tests/programs`, over the handles that threads share. Each is run by one
//! thread, beside the same model; what several threads do is for `tests/sync_stress.rs` and
//! `tests/loom`.

use crate::support::shared as kind;
#[path = "../model/mod.rs"]
mod model;
#[path = "../programs/properties.rs"]
mod properties;
