//! The types that threads can share, in the heap that threads share.

#[path = "battery.rs"]
mod battery;
#[path = "../support/shared.rs"]
mod kind;
#[macro_use]
#[path = "kinds.rs"]
mod kinds;
#[path = "foreign.rs"]
mod foreign;
#[path = "model.rs"]
mod model;
