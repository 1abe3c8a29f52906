//! The random programs of `tests/programs`, over the handles that threads share. Each is run by one
//! thread, beside the same model; what several threads do is for `tests/sync_stress.rs` and
//! `tests/loom`.
//!
//! A binary of its own, as nothing else may use the heap while all blocks are checked.
#![cfg(not(loom))]

#[path = "../support/shared.rs"]
mod kind;
#[path = "../model/mod.rs"]
mod model;
#[path = "../programs/properties.rs"]
mod properties;
