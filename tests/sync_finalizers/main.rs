//! The tests of `tests/finalizers`, on shared handles.

#[path = "../kind/shared.rs"]
mod kind;
#[path = "../finalizers/model.rs"]
mod model;
#[path = "../finalizers/panics.rs"]
mod panics;
