//! `make_mut` relies on a handle that nothing else shares, so no other crate decides how a value is copied.

use recyc::{MakeMut, Trace, sync};

#[derive(Trace)]
struct Shares;

impl MakeMut for Shares {}

#[derive(Trace)]
struct SharesToo;

impl sync::MakeMut for SharesToo {}

fn main() {}
