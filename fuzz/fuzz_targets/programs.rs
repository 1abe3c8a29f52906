//! Handles go round in every way; a full collection leaves exactly the reachable.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/support/local.rs"]
mod kind;
#[path = "../../tests/model/mod.rs"]
mod model;

fuzz_target!(|bytes: &[u8]| model::fuzz(bytes, &model::op::CALM));
