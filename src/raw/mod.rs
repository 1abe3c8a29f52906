//! The unsafe floor under both heaps: memory, layouts, and how a traversal gets from value to value.
//!
//! The invariants by the names that SAFETY comments use; the floor of each heap lists its own.
//!
//! - **spare**: a piece of spare memory was allocated with the layout that its list stands for, is not used, and is in that
//!   list alone.

pub(crate) mod depth;
pub(crate) mod erased;
pub(crate) mod facts;
pub(crate) mod layout;
pub(crate) mod memory;
pub(crate) mod nesting;
pub(crate) mod pointer;
pub(crate) mod prefetch;
pub(crate) mod spare;
pub(crate) mod tracer;
pub(crate) mod unwind;
pub(crate) mod wide;
