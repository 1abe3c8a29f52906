//! The heap of one thread: its handles, its collector and its controls.
//!
//! [`sync`](crate::sync) has the rooms of this folder under the same names. `raw` is the unsafe
//! floor, `collector` finds the dead cycles, the other files are what a program uses.

#[forbid(unsafe_code)]
pub(crate) mod callback;
#[forbid(unsafe_code)]
pub(crate) mod collect;
pub(crate) mod collector;
#[forbid(unsafe_code)]
pub(crate) mod external;
#[forbid(unsafe_code)]
pub(crate) mod freeze;
#[forbid(unsafe_code)]
pub(crate) mod gc;
pub(crate) mod heap;
#[forbid(unsafe_code)]
pub mod inspect;
pub(crate) mod raw;
#[forbid(unsafe_code)]
pub(crate) mod rules;
#[forbid(unsafe_code)]
pub(crate) mod scope;
