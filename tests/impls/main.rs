//! The `Trace` impls for `core`, `alloc`, `std` and other crates: each reports each handle once,
//! and destroys the rest once.

mod battery;
#[macro_use]
mod kinds;
mod foreign;
mod leaves;
mod model;
mod persistent;
#[path = "../support/quiet.rs"]
mod quiet;
mod std_types;
mod unreadable;
