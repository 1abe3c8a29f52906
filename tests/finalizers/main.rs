//! When finalizers are called, and what a collection reports about them.

#[path = "../support/local.rs"]
mod kind;
mod local;
mod model;
mod panics;
mod points;
