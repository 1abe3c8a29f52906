//! The unsafe floor under both heaps: memory, layouts, and how a traversal gets from value to value.
//!
//! The invariants by the names that SAFETY comments use; the floor of each heap lists its own.
//!
//! - **length**, **spare**: what the lists of freed memory rely on; `free_lists` says it.

pub(crate) mod block;
pub(crate) mod depth;
pub(crate) mod erased;
pub(crate) mod facts;
pub(crate) mod free_lists;
pub(crate) mod guards;
pub(crate) mod layout;
pub(crate) mod memory;
pub(crate) mod nesting;
pub(crate) mod pointer;
pub(crate) mod prefetch;
pub(crate) mod tracer;
pub(crate) mod unwind;
pub(crate) mod wide;
