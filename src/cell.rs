//! `GcCell`: a place for a handle that needs no borrow flag.
//!
//! Not `forbid(unsafe_code)` because the handle in a cell is cloned in its place. That rests on an
//! invariant that holds in this file alone, which is why it is here and not in `raw`.
//!
//! - **inert**: `clone` and `trace` of a [`Handle`] run no code that could reach the cell. So the
//!   cell does not change while a reference to the handle in it lives.

use std::cell::Cell;
use std::fmt;

use crate::local::gc::{Gc, Weak};
use crate::trace::{Disposer, Shape, Trace, Tracer};

/// The types that a [`GcCell`] can hold: [`Gc`], [`Weak`], and `Option` of either.
///
/// # Safety
///
/// The type is *inert*: `clone` and `trace` run no code that could reach the cell.
#[doc(hidden)]
pub unsafe trait Handle: Trace + Clone + sealed::Sealed {}

mod sealed {
    pub trait Sealed {}
}

impl<T: ?Sized> sealed::Sealed for Gc<T> {}
impl<T: ?Sized> sealed::Sealed for Weak<T> {}
impl<H: Handle> sealed::Sealed for Option<H> {}

// SAFETY: *inert*, as cloning adds to a count, and tracing puts the pointer into a ring.
unsafe impl<T: ?Sized + 'static> Handle for Gc<T> {}
// SAFETY: *inert*, as cloning adds to a count, and tracing does nothing.
unsafe impl<T: ?Sized + 'static> Handle for Weak<T> {}
// SAFETY: *inert*, as the handle inside is.
unsafe impl<H: Handle> Handle for Option<H> {}

/// A mutable place for a handle, without the borrow flag of a `RefCell`.
///
/// Everything takes `&self` and constant time, nothing panics. For fields like "next" and "parent"
/// it is both smaller and quicker than `RefCell<Option<Gc<T>>>`.
///
/// # Examples
///
/// ```
/// use recyc::{Gc, GcCell, Trace};
///
/// #[derive(Trace)]
/// struct Node {
///     next: GcCell<Option<Gc<Node>>>,
/// }
///
/// let a = Gc::new(Node { next: GcCell::new(None) });
/// a.next.set(Some(a.clone()));
/// assert!(Gc::ptr_eq(&a.next.get().unwrap(), &a));
/// assert!(a.next.take().is_some());
/// assert!(a.next.get().is_none());
/// ```
#[derive(Default)]
#[repr(transparent)]
pub struct GcCell<H: Handle>(Cell<H>);

impl<H: Handle> GcCell<H> {
    /// A cell with a handle in it.
    #[inline]
    pub const fn new(handle: H) -> Self {
        Self(Cell::new(handle))
    }

    /// A clone of what is in the cell.
    #[inline]
    #[must_use]
    pub fn get(&self) -> H {
        // SAFETY: by *inert*, the cell does not change while the reference lives, which is the
        // clone.
        unsafe { &*self.0.as_ptr() }.clone()
    }

    /// Puts another handle in and drops the one that was there.
    #[inline]
    pub fn set(&self, handle: H) {
        drop(self.replace(handle));
    }

    /// Puts another handle in and returns the one that was there.
    #[inline]
    pub fn replace(&self, handle: H) -> H {
        self.0.replace(handle)
    }

    /// Takes out what is in the cell and leaves the default, `None`.
    #[inline]
    pub fn take(&self) -> H
    where
        H: Default,
    {
        self.replace(H::default())
    }

    /// Exchanges what is in two cells.
    #[inline]
    pub fn swap(&self, other: &Self) {
        self.0.swap(&other.0);
    }

    /// The handle by `&mut`.
    #[inline]
    pub fn get_mut(&mut self) -> &mut H {
        self.0.get_mut()
    }

    /// Takes the cell apart.
    #[inline]
    pub fn into_inner(self) -> H {
        self.0.into_inner()
    }
}

impl<H: Handle> Clone for GcCell<H> {
    fn clone(&self) -> Self {
        Self::new(self.get())
    }
}

impl<H: Handle> From<H> for GcCell<H> {
    fn from(handle: H) -> Self {
        Self::new(handle)
    }
}

impl<H: Handle> fmt::Debug for GcCell<H> {
    /// Does not show what is inside: that may lead back here.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GcCell(..)")
    }
}

// SAFETY: the cell owns its handle, which is reported once.
unsafe impl<H: Handle> Trace for GcCell<H> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: by *given up*, as the caller promises for the cell, and so for its handle.
        unsafe { self.0.dispose(disposer) }
    }

    #[inline]
    fn shape<D: crate::trace::Depth>() -> Shape<impl crate::trace::Promise> {
        H::shape::<D>()
    }
}
