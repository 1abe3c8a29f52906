//! A `trace` that panics at any time of a collection, also after the collection has decided.
#![cfg(not(loom))]

mod local;
#[allow(clippy::duplicate_mod, reason = "the tests are the same for either heap")]
mod shared;
