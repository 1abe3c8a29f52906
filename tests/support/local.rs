//! The handles of one thread, and the cells that go with them; see `shared.rs` for the other kind.
#![allow(dead_code, unused_imports, reason = "each test uses a part of it")]

pub use std::cell::{Cell, RefCell, RefMut};
pub use std::rc::Rc;

pub use recyc::{
    ByAddress, Call, Closure, CollectionReport, Config, Depth, Disposer, Event, Finalize, Gc,
    GcCell, Leaf, MakeMut, Promise, Shape, Trace, Tracer, Weak, closure, collect,
    collect_if_needed, collect_step, collect_young, config, configure, inspect, is_pending,
    on_collection, run_finalizers, trace_dyn, unsize,
};

/// Whether threads share the handles.
pub const SHARED: bool = false;

/// A value whose type can be read.
pub type Any = dyn std::any::Any;

/// Functions of a value, and of a reference of any lifetime.
pub type ValueCall = dyn Call<(u8,), u8>;
pub type TextCall = dyn for<'a> Call<(&'a str, u8), usize>;

/// The supertraits of a trait whose objects are in a handle of this kind.
pub trait Bound {}
impl<T: ?Sized> Bound for T {}

/// What a closure needs, to be in a value of this heap.
pub trait Sendable {}
impl<T: ?Sized> Sendable for T {}

/// A closure in a value.
pub type Act = Box<dyn FnOnce()>;

/// A closure in a value that takes the value.
pub type Words<T> = Box<dyn FnOnce(&T)>;

/// Checks every block in reach.
pub fn check_reachable(roots: &(impl Trace + ?Sized)) {
    inspect::check_reachable(roots);
}

/// A slice of one element.
pub fn slice_of<T: Trace>(one: T) -> Gc<[T]> {
    Gc::from([one])
}

/// A test that counts blocks or collections needs the heap for itself: here it has one of its own.
pub fn alone() -> Turn {
    Turn
}

/// The turn of such a test.
#[derive(Debug)]
#[must_use]
pub struct Turn;
