//! Types of the standard library that hold one value, or a list of values, and give access to it by methods.

use std::io::Cursor;
use std::ptr;
use std::sync::PoisonError;
use std::vec;

use super::collections::{dispose_all, is_leaf};
use super::{Depth, Disposer, Promise, Shape, Trace, Tracer};
use crate::collector::bytes::array_bytes;

/// Writes `Trace` for types that own one value, which `get_ref` and `get_mut` lend.
macro_rules! wrapper {
    ($($wrapper:ident),+) => {
        $(
            // SAFETY: the wrapper owns its value alone and it is traced once. What is left of the
            // wrapper needs no drop.
            unsafe impl<T: Trace> Trace for $wrapper<T> {
                #[inline]
                fn trace(&self, tracer: &mut Tracer<'_>) {
                    Trace::trace(self.get_ref(), tracer);
                }

                #[inline]
                unsafe fn dispose(&mut self, disposer: &Disposer) {
                    // SAFETY: the caller gives up the wrapper, and so its value.
                    unsafe { Trace::dispose(self.get_mut(), disposer) }
                }

                #[inline]
                fn owned_bytes(&mut self) -> usize {
                    Trace::owned_bytes(self.get_mut())
                }

                fn shape<D: Depth>() -> Shape<impl Promise> {
                    T::shape::<D>()
                }
            }
        )+
    };
}

wrapper!(Cursor, PoisonError);

// SAFETY: the iterator owns the elements that it has not given out; each is traced once.
unsafe impl<T: Trace> Trace for vec::IntoIter<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.note_array::<T>(self.len());
        if !is_leaf::<T>() {
            // SAFETY: `self` is a part of the value that is being traced, as `Trace` demands.
            unsafe { tracer.nested(self, |elements, tracer| Trace::trace(elements.as_slice(), tracer)) };
        }
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        if is_leaf::<T>() {
            // SAFETY: the caller gives up the iterator; leaves may be dropped.
            unsafe { ptr::drop_in_place(self) }
        } else {
            let dispose = |elements: &mut Self, disposer: &Disposer| {
                // SAFETY: the caller gives up the iterator, so this copy is the only owner.
                let mut this = unsafe { ptr::read(elements) };
                // SAFETY: the caller gives up the elements, which leave the iterator here. It is dropped empty.
                unsafe { dispose_all(this.by_ref(), disposer) }
            };
            // SAFETY: the caller gives up the iterator, and `nested` calls the function once.
            unsafe { disposer.nested(self, dispose) }
        }
    }

    #[inline]
    fn owned_bytes(&mut self) -> usize {
        array_bytes::<T>(self.len())
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>()
    }
}
