//! Values, the ledger of their births and drops, the programs, and the walk that checks them.
//!
//! Both heaps compile these files; `heap` has the names of the one and of the other.

use super::heap;

mod actions;
pub mod canary;
mod changes;
pub mod ledger;
pub mod links;
mod makes;
pub mod player;
mod random;
pub mod run;
pub mod values;
pub mod walk;
