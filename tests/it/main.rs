//! The suites that need no process of their own. Each has its folder in `tests`, or a file here.
//!
//! A suite keeps a binary of its own if it has a global allocator, if it forks, if it counts what
//! the whole process does, or if a step of `.ci` builds it with other flags.
//!
//! `cargo test --test it -- hazards::` runs one suite. Tests of the shared heap, which is one for
//! the process, hold the turn of `support::shared::alone`.
#![cfg(not(loom))]
#![allow(clippy::duplicate_mod, reason = "one source is compiled for each heap")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../arc/mod.rs"]
mod arc;
#[path = "../derive/mod.rs"]
mod derive;
#[path = "../finalizers/mod.rs"]
mod finalizers;
#[path = "../hazards/mod.rs"]
mod hazards;
mod large_programs;
#[path = "../late_panics/mod.rs"]
mod late_panics;
#[path = "../nesting/mod.rs"]
mod nesting;
#[path = "../pacing/mod.rs"]
mod pacing;
#[path = "../programs/mod.rs"]
mod programs;
#[path = "../rc/mod.rs"]
mod rc;
mod scopes;
mod shapes;
#[path = "../sync/mod.rs"]
mod sync;
#[path = "../sync_finalizers/mod.rs"]
mod sync_finalizers;
