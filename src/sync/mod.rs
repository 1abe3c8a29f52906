//! [`Gc`] for values that threads share: `Arc`, with the cycles collected.
//!
//! This module has the names of the top of the crate, for one heap that all threads share. Handles
//! are `Send` and `Sync`, `clone` and `drop` change one atomic word once, dereferencing is a load.
//! A value is destroyed by the thread that drops its last handle, before that drop returns. Dead
//! cycles are found while other threads run on: no thread is stopped, and there are no safe points
//! and nothing to register.
//!
//! ```
//! use recyc::{Trace, sync};
//! use std::sync::Mutex;
//!
//! #[derive(Trace)]
//! struct Node {
//!     name: String,
//!     edges: Mutex<Vec<sync::Gc<Node>>>,
//! }
//!
//! let a = sync::Gc::new(Node { name: "a".into(), edges: Mutex::default() });
//! let b = sync::Gc::new(Node { name: "b".into(), edges: Mutex::new(vec![a.clone()]) });
//! a.edges.lock().unwrap().push(b.clone());
//!
//! let theirs = b.clone();
//! std::thread::spawn(move || assert_eq!(theirs.edges.lock().unwrap().len(), 1)).join().unwrap();
//!
//! drop((a, b));
//! let found = sync::collect();
//! assert_eq!(found.reclaimed, 2);
//! ```
//!
//! # What to know
//!
//! - The type of a value in a [`Gc`] is [`Trace`], `Send` and `Sync`. So the parts of the value
//!   that change are behind a lock, or atomic. A collection reads what it can lock without waiting:
//!   `Mutex`, `RwLock`, `OnceLock` of the standard library, and the locks of `lock_api`. A lock
//!   that is held is passed over, and what it guards counts as held from outside in this
//!   collection. Channels, lock-free cells, async locks and what is behind an `Arc` are never
//!   traced. A cycle through them leaks.
//! - So a collection holds locks of the program for short times. `lock` waits for it. `try_lock`
//!   may fail though no thread of the program has the lock.
//! - A thread that holds locks may collect. No lock of the collector is held while a destructor or
//!   finalizer runs, so these may take locks too. But they must not take a lock that the collecting
//!   thread holds, and [`Gc::new`] may collect on any thread that calls it. A [`Background`] avoids
//!   this.
//! - A local [`Gc`](crate::Gc) may hold shared handles, never the other way: it is not `Send`. A
//!   cycle cannot pass through both heaps, for the same reason.
//! - Items that serve both heaps are exported here too, under their names, so that a program
//!   changes from one heap to the other by its imports. Only the [`GcCell`](crate::GcCell) has no
//!   counterpart: a value that two threads may change needs a lock, and then it is a
//!   `Mutex<Option<Gc<T>>>`, or a `OnceLock<Gc<T>>` if it is set once.
//! - A collection waits for no other thread to change a value. While it reads a value, these
//!   operations on the value wait: the last drop, `get_mut` and its kind. [`Weak::upgrade`] waits
//!   in rare cases only, and for a bounded number of blocks.
//! - A child process after `fork` may use this module, also if the parent has several threads.
//!   Values that were owned by threads which the child does not have are leaked there. A
//!   [`Background`] starts its thread again when it is needed next.

#[forbid(unsafe_code)]
mod callback;
#[forbid(unsafe_code)]
mod collect;
pub(crate) mod collector;
#[forbid(unsafe_code)]
mod external;
mod fork;
#[forbid(unsafe_code)]
mod freeze;
#[forbid(unsafe_code)]
mod gc;
pub(crate) mod heap;
#[forbid(unsafe_code)]
pub mod inspect;
#[cfg(loom)]
#[doc(hidden)]
pub mod model;
pub(crate) mod raw;
#[forbid(unsafe_code)]
mod scope;

pub use callback::{CallbackGuard, on_collection};
pub use collect::{
    PauseGuard, collect, collect_if_needed, collect_step, collect_young, config, configure,
    disable, enable, is_enabled, is_pending, pause, run_finalizers, stats,
};
pub use collector::background::Background;
pub use external::ExternalMemory;
pub use freeze::{freeze, frozen_count, unfreeze};
pub use gc::{ByAddress, Gc, Weak};
pub use scope::{Cleaner, CollectGuard, leak_all};

// Items that serve both heaps.
pub use crate::{
    Call, Closure, CollectionReport, Config, Depth, Disposer, Event, Finalize, Generation,
    InvalidConfig, Leaf, MakeMut, Promise, Shape, Stats, Trace, TraceWith, Tracer, closure, unsize,
};

#[cfg(recyc_mutants)]
#[doc(hidden)]
pub use crate::mutants::{Mutant, mutants};
