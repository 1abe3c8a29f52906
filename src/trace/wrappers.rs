//! Types of the standard library that hold one value, or a list of values, and give access to it by methods.

use std::io::Cursor;
use std::ptr;
use std::sync::PoisonError;
use std::vec;

use super::collections::{dispose_all, is_leaf};
use super::{Depth, Disposer, Promise, Shape, Trace, Tracer};

// SAFETY: the cursor owns its value alone and it is traced once; what is left of it is a number.
unsafe impl<T: Trace> Trace for Cursor<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        Trace::trace(self.get_ref(), tracer);
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: the caller gives up the cursor, which is its value and a number.
        unsafe { Trace::dispose(self.get_mut(), disposer) }
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>()
    }
}

// SAFETY: the error owns its value alone and it is traced once.
unsafe impl<T: Trace> Trace for PoisonError<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        Trace::trace(self.get_ref(), tracer);
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: the caller gives up the error, which is its value.
        unsafe { Trace::dispose(self.get_mut(), disposer) }
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>()
    }
}

// SAFETY: the iterator owns the elements that it has not given out; each is traced once.
unsafe impl<T: Trace> Trace for vec::IntoIter<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        Trace::trace(self.as_slice(), tracer);
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: the caller gives up the iterator, so this copy is the only owner.
        let mut this = unsafe { ptr::read(self) };
        if !is_leaf::<T>() {
            // SAFETY: the caller gives up the elements, which leave the iterator here. It is dropped empty.
            unsafe { dispose_all(this.by_ref(), disposer) }
        }
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>()
    }
}
