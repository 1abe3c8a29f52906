//! `GcCell`: a place for a handle that needs no borrow flag.
//!
//! Not `forbid(unsafe_code)` because the handle in a cell is cloned in its place. That rests on an
//! invariant that holds in this file alone, which is why it is here and not in `raw`.
//!
//! - **inert**: `clone` and `trace` of a [`Handle`] run no code that could reach the cell. So the
//!   cell does not change while a reference to the handle in it lives.

use std::cell::Cell;
use std::fmt;

use crate::handle::{self, Heap};
use crate::trace::{Disposer, Shape, Trace, Tracer};

/// The types that a [`GcCell`] can hold: [`Gc`] and [`Weak`] of either heap, numbers and other
/// simple `Copy` types of the language, and `Option`, arrays and tuples of these.
///
/// # Safety
///
/// The type is *inert*: `clone` and `trace` run no code that could reach the cell.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a `GcCell` cannot hold `{Self}`",
    label = "neither a handle nor a simple value",
    note = "a `GcCell` holds `Gc`, `Weak`, numbers, `bool`, `char`, `&'static T`, and `Option`, arrays and tuples of these",
    note = "for any other type of which values are changed in place, such as `Vec` and `HashMap`, use `RefCell<{Self}>`",
    note = "for a type that is `Copy` use `std::cell::Cell<{Self}>`",
    note = "for a struct of handles use a `GcCell` for each of its fields, or a tuple in place of the struct"
)]
pub unsafe trait Handle: Trace + Clone + sealed::Sealed {}

mod sealed {
    pub trait Sealed {}
}

impl<T: ?Sized, H: Heap> sealed::Sealed for handle::Gc<T, H> {}
impl<T: ?Sized, H: Heap> sealed::Sealed for handle::Weak<T, H> {}
impl<H: Handle> sealed::Sealed for Option<H> {}
impl<H: Handle, const N: usize> sealed::Sealed for [H; N] {}
impl<T: ?Sized + Trace> sealed::Sealed for &'static T {}

// SAFETY: *inert*, as cloning adds to a count, and tracing puts the pointer into a ring.
unsafe impl<T: ?Sized + 'static, H: Heap> Handle for handle::Gc<T, H> {}
// SAFETY: *inert*, as cloning adds to a count, and tracing does nothing.
unsafe impl<T: ?Sized + 'static, H: Heap> Handle for handle::Weak<T, H> {}
// SAFETY: *inert*, as the handle inside is.
unsafe impl<H: Handle> Handle for Option<H> {}
// SAFETY: *inert*, as each element is.
unsafe impl<H: Handle, const N: usize> Handle for [H; N] {}
// SAFETY: *inert*, as a reference is copied and not traced.
unsafe impl<T: ?Sized + Trace> Handle for &'static T {}

/// Writes the impls for types of the language whose `clone` copies and whose `trace` does nothing.
macro_rules! copied {
    ($($ty:ty,)+) => {
        $(
            impl sealed::Sealed for $ty {}
            // SAFETY: *inert*, as the value is copied, and owns no handle.
            unsafe impl Handle for $ty {}
        )+
    };
}
copied! {
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, bool, char, (),
}

/// Writes the impls for tuples.
macro_rules! tuples {
    ($([$($part:ident),+])+) => {
        $(
            impl<$($part: Handle),+> sealed::Sealed for ($($part,)+) {}
            // SAFETY: *inert*, as each part is.
            unsafe impl<$($part: Handle),+> Handle for ($($part,)+) {}
        )+
    };
}
tuples! { [A] [A, B] [A, B, C] [A, B, C, D] [A, B, C, D, E] [A, B, C, D, E, F] }

/// A mutable place for a handle, without the borrow flag of a `RefCell`.
///
/// It holds a [`Gc`](crate::Gc), a [`Weak`](crate::Weak), a number or another simple `Copy` type of
/// the language, or an `Option`, an array or a tuple of up to six of these. Other types go into a
/// `RefCell`, and `Copy` types of the program into a [`Cell`].
///
/// Reading and writing take `&self`, and time in proportion to the number of handles that the type
/// has. No borrow can fail. For fields like "next" and "parent" it is both smaller and quicker than
/// `RefCell<Option<Gc<T>>>`.
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

    /// Takes out what is in the cell and leaves the default, which is `None` for an `Option`.
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
