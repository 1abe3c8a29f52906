//! `GcCell`: a place for a handle that needs no borrow flag.
//!
//! The `unsafe` code of this file rests on two invariants that hold in this file alone, which is why
//! it is here and not in `raw`.
//!
//! - **inert**: `clone` and `trace` of a [`Handle`] run no code that could reach the cell.
//! - **unborrowed**: no reference into the cell leaves this file, and none exists while the cell
//!   changes: a handle is replaced as a whole, and a reference lives for an *inert* call only.

use std::cell::UnsafeCell;
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
/// Everything takes `&self` and constant time, nothing panics. For fields like "next" and "parent" it is both smaller and
/// quicker than `RefCell<Option<Gc<T>>>`.
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
pub struct GcCell<H: Handle>(UnsafeCell<H>);

impl<H: Handle> GcCell<H> {
    /// A cell with a handle in it.
    #[inline]
    pub const fn new(handle: H) -> Self {
        Self(UnsafeCell::new(handle))
    }

    /// A clone of what is in the cell.
    #[inline]
    #[must_use]
    pub fn get(&self) -> H {
        // SAFETY: by *inert*, the cell does not change while the reference lives, which is the clone.
        unsafe { &*self.0.get() }.clone()
    }

    /// Puts another handle in and drops the one that was there.
    #[inline]
    pub fn set(&self, handle: H) {
        drop(self.replace(handle));
    }

    /// Puts another handle in and returns the one that was there.
    #[inline]
    pub fn replace(&self, handle: H) -> H {
        // SAFETY: by *unborrowed*, no other reference into the cell exists.
        std::mem::replace(unsafe { &mut *self.0.get() }, handle)
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
        if !std::ptr::eq(self, other) {
            // SAFETY: two cells do not overlap, and by *unborrowed* no reference into either exists.
            unsafe { std::ptr::swap(self.0.get(), other.0.get()) };
        }
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

// SAFETY: the cell owns its handle, which is reported once. By *inert*, the cell does not change while
// the reference lives, which is the trace.
unsafe impl<H: Handle> Trace for GcCell<H> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // SAFETY: by *inert*, as said above.
        unsafe { &*self.0.get() }.trace(tracer);
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: the caller gives up the cell, and so its handle.
        unsafe { self.0.get_mut().dispose(disposer) }
    }

    #[inline]
    fn shape<D: crate::trace::Depth>() -> Shape<impl crate::trace::Promise> {
        H::shape::<D>()
    }
}
