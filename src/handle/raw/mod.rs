//! The unsafe floor of the handles: owners of a count, of a share, and of a block without a value.
//!
//! A handle is one pointer to a block. The types of this folder own what a handle owns and give it
//! back when they are dropped. So the files above add names, traits and documentation to safe
//! functions.
//!
//! # Invariants
//!
//! By the names that SAFETY comments use. [`crate::raw`] lists *pointer*, *layout* and *wide
//! pointer*.
//!
//! - **count**: a [`Counted`] owns one count of its block. A block with a count is not freed, and
//!   its value is whole.
//! - **share**: a [`Share`] owns one share: of the side record in the local heap, of the block in
//!   the shared heap. What it points to is not freed before the last share is gone.
//! - **unreached**: no collection reads a value that is borrowed by `&mut`.
//! - **last**: when the last count was taken, no handle leads to the value and no collection reads
//!   it. The code that took the count owns the value and gives the block up.
//! - **unwritten**: an [`UninitBlock`] is the only owner of a block that has no value yet. The
//!   `Weak` handles to it cannot be upgraded.
//! - **filled**: the first `filled` elements of an [`Elements`] were written, and no others.
//! - **viewed**: the value of a block is of the type by which an owner names it, or of a type with
//!   the layout of that type whose value is one of that type too.
//! - **transparent**: a key has the layout of its handle, see [`KeyOf`].

mod bytes;
mod counted;
mod elements;
mod key;
mod share;
mod uninit_block;

pub(crate) use self::counted::Counted;
pub(crate) use self::elements::Elements;
pub(crate) use self::key::KeyOf;
pub(crate) use self::share::{Share, ShareRef};
pub(crate) use self::uninit_block::UninitBlock;
