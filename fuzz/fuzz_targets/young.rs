//! Young collections under small work limits never lose the last candidate of a dead cycle.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/support/local.rs"]
mod kind;
#[path = "../../tests/model/mod.rs"]
mod model;

fuzz_target!(|bytes: &[u8]| model::fuzz(bytes, &model::op::MINORS));
