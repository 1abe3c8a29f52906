//! [`Gc`]: `Rc`, with the cycles collected.
//!
//! A reference-counted pointer frees a value when its last handle is dropped, and leaks every
//! cycle. A `Gc` counts in the same way, at the same cost. It also finds dead cycles, as CPython
//! does: by trial deletion, from the values that lost a handle and stayed alive.
//!
//! ```
//! use recyc::{Gc, Trace};
//! use std::cell::RefCell;
//!
//! #[derive(Trace)]
//! struct Node {
//!     name: String,
//!     edges: RefCell<Vec<Gc<Node>>>,
//! }
//!
//! let a = Gc::new(Node { name: "a".into(), edges: RefCell::default() });
//! let b = Gc::new(Node { name: "b".into(), edges: RefCell::new(vec![a.clone()]) });
//! a.edges.borrow_mut().push(b.clone());
//! drop((a, b));
//!
//! let found = recyc::collect();
//! assert_eq!(found.reclaimed, 2);
//! ```
//!
//! # What to know
//!
//! - Collections run in [`Gc::new`], when enough was allocated, and in [`collect`] and its kind;
//!   never in `clone`, `drop` or a dereference. [`Config`] tunes that.
//! - A type that holds handles implements [`Trace`], by derive. A value that `Trace` cannot read
//!   (an `Rc`, a boxed closure) counts as a holder from outside: a cycle through it leaks.
//! - `Gc<T>` becomes `Gc<dyn Trait>` by [`unsize!`], and [`closure!`] writes closures whose
//!   captures are traced; all else that is stable in `Rc` is here by its
//!   name.
//! - A traced type has no `Drop`; it may have a [`Finalize`], or guard fields with a `Drop` of
//!   their own.
//! - All values belong to one thread, except those of [`sync`].
#![cfg_attr(recyc_nightly, feature(coerce_unsized, unsize))]
#![deny(missing_docs, unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]
#![warn(missing_debug_implementations, rust_2018_idioms)]

mod cell;
#[forbid(unsafe_code)]
mod cleanup;
#[forbid(unsafe_code)]
mod clock;
#[forbid(unsafe_code)]
mod closure;
#[forbid(unsafe_code)]
mod config;
#[forbid(unsafe_code)]
mod event;
#[forbid(unsafe_code)]
mod finalize;
pub mod handle;
#[forbid(unsafe_code)]
mod leaf;
mod local;
mod mutants;
#[forbid(unsafe_code)]
mod policy;
mod raw;
#[forbid(unsafe_code)]
mod report;
#[cfg(feature = "serde")]
#[forbid(unsafe_code)]
mod serde;
pub mod sync;
mod trace;
mod unsize;

pub use cell::GcCell;
pub use closure::{Call, Closure};
pub use config::{Config, InvalidConfig};
pub use event::Event;
pub use finalize::Finalize;
pub use handle::MakeMut;
pub use leaf::Leaf;
pub use local::callback::{CallbackGuard, on_collection};
pub use local::collect::{
    PauseGuard, collect, collect_if_needed, collect_step, collect_young, disable, enable,
    is_enabled, is_pending, pause, run_finalizers,
};
pub use local::collect::{config, configure, stats};
pub use local::external::ExternalMemory;
pub use local::freeze::{freeze, frozen_count, unfreeze};
pub use local::gc::{ByAddress, Gc, Weak};
pub use local::inspect;
pub use local::scope::{Cleaner, CollectGuard, leak_all};
pub use report::{CollectionReport, Generation, Stats};
pub use trace::{Depth, Disposer, Promise, Shape, Trace, TraceWith, Tracer};

#[doc(hidden)]
pub mod private {
    //! The items that the macros of this crate expand to. The names of the standard library are
    //! here because `::std` and `::core` may be other crates where a macro is used.
    pub use std::boxed::Box;
    pub use std::compile_error;
    pub use std::convert::From;
    pub use std::primitive::usize;

    pub use crate::closure::{Kind, OwnsNothing};
    pub use crate::trace::boxed::{Shared, gc_from_box};
    pub use crate::trace::derived::{
        FieldFacts, FieldTypes,
        a_type_with_derive_Trace_must_not_implement_Drop__use_trace_finalize_or_move_the_Drop_to_the_type_of_a_field,
        a_type_with_derive_Trace_that_implements_Finalize_must_say_trace_finalize,
    };
    pub use crate::trace::fields::{
        ByAdapter, Part, can_be_taken_apart, with_parts, with_parts_mut,
    };
    pub use crate::trace::shape::{Facts, facts};
    pub use crate::unsize::{ToUnsize, Unsize};
}

#[cfg(feature = "derive")]
#[doc = include_str!("../docs/derive.md")]
pub use recyc_derive::Trace;

#[cfg(all(doctest, feature = "derive"))]
#[doc = include_str!("../docs/releasing-memory.md")]
mod releasing_memory {}

#[cfg(all(doctest, feature = "derive", feature = "serde", feature = "serde_json"))]
#[doc = include_str!("../docs/serde.md")]
mod serde_graphs {}

#[cfg(all(doctest, feature = "derive"))]
#[doc = include_str!("../README.md")]
mod readme {}
