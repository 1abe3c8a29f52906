//! The unsafe floor under both heaps: memory, layouts, and how a traversal gets from value to
//! value.
//!
//! # Invariants
//!
//! By the names that SAFETY comments use. The floor of each heap lists its own.
//!
//! - **pointer**: a `BlockPtr` of either heap, and a pointer to a block or its value that is made
//!   from one, has the provenance of the whole allocation. It is not used after the block is freed.
//! - **layout**: a block is allocated and freed with the layout of its type. If it is wide, that
//!   follows from the word before its header, which is the metadata of a pointer to its value and
//!   is written once.
//! - **vtable**: a block leads to a vtable, which is never freed, and the functions of that vtable
//!   are called for blocks of its type alone. The value is whole, but for the functions that free,
//!   and not under `&mut`. A finalizer is called while a handle exists. A value is destroyed once,
//!   with the blocks that it leads to if it is disposed, and the memory is freed once.
//! - **wide pointer**: a pointer to an unsized value is its address and one word more.
//! - **length**, **spare**: the lists of freed memory, see [`free_lists`].
//! - **locked**: a lock of which a tracer keeps the guard belongs to the value that is traced. It
//!   stays where it is, and locked, until the guard is dropped.
//! - **guards**: a guard in a list of guards is in its place, directly or in a box, as the function
//!   of its run demands. It is dropped once.
//! - **ring**: the entries of a [`Ring`](tracer::Ring) from its head to its tail were written.
//! - **in place**: see [`nesting`], the containers whose trace is put off.
//! - **given up**, **moved**: see [`disposer`], the values that are disposed, and the containers
//!   whose dispose is put off.
//! - **room**: a list to which an entry is added without a test is shorter than its capacity.
//! - **hint**: a prefetch is a hint. It reads nothing that the program can observe and never
//!   faults.

pub(crate) mod block;
pub(crate) mod depth;
pub(crate) mod disposer;
pub(crate) mod erased;
pub(crate) mod facts;
pub(crate) mod fallible;
pub(crate) mod free_lists;
pub(crate) mod guards;
pub(crate) mod heaps;
pub(crate) mod layout;
pub(crate) mod memory;
pub(crate) mod nesting;
pub(crate) mod pointer;
pub(crate) mod prefetch;
pub(crate) mod sizes;
pub(crate) mod tracer;
pub(crate) mod unwind;
pub(crate) mod wide;
