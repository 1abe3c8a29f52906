//! Handles to traits and slices, with destructors that do anything the program can.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/support/local.rs"]
mod kind;
#[path = "../../tests/model/mod.rs"]
mod model;

fuzz_target!(|bytes: &[u8]| model::fuzz(bytes, &model::op::UNSIZED));
