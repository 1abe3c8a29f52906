//! The unsafe floor of the heap that threads share.
//!
//! The parts have the names of those of the local floor.
//!
//! # Invariants
//!
//! By the names that SAFETY comments use. [`crate::raw`] lists those of both heaps: *pointer*,
//! *layout*, *vtable*.
//!
//! - **count**: the count of a block is the number of its handles. While it is above zero and
//!   `DEAD` is clear, the value is whole.
//! - **pins**: the memory of a block stays as long as it has a pin. All handles together have one,
//!   which is given up after the value was destroyed; each `Weak` has one, the entry in a candidate
//!   list has one (`BUFFERED`), and the collection that has captured the block has one.
//! - **frozen**: while `FROZEN` is set, which only happens to a value that is whole, it is neither
//!   destroyed nor moved nor put under `&mut`: a thread that is about to do that waits.
//! - **turn**: `aux` is read and written only by the thread that holds the collector's lock.
//! - **membership**: a thread's part of the registry is freed after the thread has given up its
//!   pointer to it; see `Registry` in `candidates`.
//! - **unreached**: a value under `&mut` is not `CANDIDATE`, and no handle that a collection can
//!   read leads to it.
//! - **thread**: what belongs to a thread lives as long as it does. Its list of deaths that are put
//!   off is borrowed only in the file that defines it, by code that calls nothing that leads back.
//! - **waiting**: an entry of that list owns the block without handles, or the handle and the right
//!   to call the finalizer, of the code that has put it off.

pub(crate) mod block;
pub(crate) mod candidates;
pub(crate) mod dead;
pub(crate) mod deferred;
pub(crate) mod header;
pub(crate) mod hooks;
pub(crate) mod primitive;
pub(crate) mod release;
pub(crate) mod rules;
pub(crate) mod thread;
pub(crate) mod upgrades;
pub(crate) mod vtable;
#[cfg_attr(loom, path = "../model/watch.rs")]
pub(crate) mod watch;
pub(crate) mod word;

pub(crate) use block::{Block, BlockPtr};
pub(crate) use header::Header;
