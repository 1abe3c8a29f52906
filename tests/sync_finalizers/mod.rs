//! The tests of `tests/finalizers`, on shared handles.

mod background;
use crate::support::shared as kind;
#[path = "../finalizers/model.rs"]
mod model;
#[path = "../finalizers/panics.rs"]
mod panics;
mod pending;
#[path = "../finalizers/pending.rs"]
mod pending_of_both;
#[path = "../finalizers/points.rs"]
mod points;
#[path = "../finalizers/rounds.rs"]
mod rounds;
mod shares;
mod steps;
