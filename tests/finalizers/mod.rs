//! When finalizers are called, and what a collection reports about them.

use crate::support::local as kind;
mod local;
mod model;
mod panics;
mod pending;
mod points;
mod rounds;
