//! The tests of `tests/finalizers`, on shared handles.

mod background;
#[path = "../support/shared.rs"]
mod kind;
#[path = "../finalizers/model.rs"]
mod model;
#[path = "../finalizers/panics.rs"]
mod panics;
#[path = "../finalizers/points.rs"]
mod points;
mod shares;
mod steps;
