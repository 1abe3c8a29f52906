//! The items of `Rc`, `Arc` and `Weak`, written from their documentation.
//!
//! Each test is compiled for four kinds of handle. `Rc` and `Arc` show that the test states what
//! the standard library does. `recyc::Gc` and `recyc::sync::Gc` must do the same, except where
//! `docs/comparison.md` documents a difference. `table.rs` names the tests of each item.
//!
//! A binary of its own, as it needs a newer standard library than the crate.

#![cfg(not(loom))]
#![allow(clippy::duplicate_mod, reason = "one source is compiled for each kind of handle")]
#![allow(clippy::neg_cmp_op_on_partial_ord, reason = "the operators are what is tested")]

mod arc;
mod gc;
mod model;
mod rc;
mod sync_gc;
mod table;
