//! Types of the standard library that hold one value, or a list of values, and give access to it by methods.

use std::io::{Chain, Cursor, Take};
use std::sync::PoisonError;
use std::{array, ptr, vec};

use super::collections::{dispose_all, is_leaf};
use super::{Depth, Disposer, Promise, Shape, Trace, Tracer};
use crate::policy::bytes::array_bytes;

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

wrapper!(Cursor, PoisonError, Take);

// SAFETY: the chain owns its two readers alone and each is traced once. The rest of it is a flag.
unsafe impl<T: Trace, U: Trace> Trace for Chain<T, U> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        let (first, second) = self.get_ref();
        Trace::trace(first, tracer);
        Trace::trace(second, tracer);
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        let (first, second) = self.get_mut();
        // SAFETY: the caller gives up the chain, and so its readers. The second guard is
        // dropped also if the first panics.
        let _guards = unsafe { (disposer.part(first), disposer.part(second)) };
    }

    #[inline]
    fn owned_bytes(&mut self) -> usize {
        let (first, second) = self.get_mut();
        first.owned_bytes().saturating_add(second.owned_bytes())
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>().and(U::shape::<D>())
    }
}

// SAFETY: the iterator owns the elements that it has not given out, in place; each is traced once.
// What is left of it is a range.
unsafe impl<T: Trace, const N: usize> Trace for array::IntoIter<T, N> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        Trace::trace(self.as_slice(), tracer);
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: the caller gives up the iterator, which is not dropped, and so its elements.
        unsafe { Trace::dispose(self.as_mut_slice(), disposer) }
    }

    #[inline]
    fn owned_bytes(&mut self) -> usize {
        if std::mem::needs_drop::<T>() {
            self.as_mut_slice().iter_mut().map(Trace::owned_bytes).fold(0, usize::saturating_add)
        } else {
            0
        }
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>()
    }
}

// SAFETY: the iterator owns the elements that it has not given out; each is traced once.
unsafe impl<T: Trace> Trace for vec::IntoIter<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.note_array::<T>(self.len());
        if !is_leaf::<T>() {
            // SAFETY: `self` is a part of the value that is being traced, as `Trace` demands.
            unsafe { tracer.nested::<T, _, _>(self, |elements, tracer| Trace::trace(elements.as_slice(), tracer)) };
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
                // SAFETY: the caller gives up the elements, which leave the iterator here. It is
                // dropped empty.
                unsafe { dispose_all(this.by_ref(), disposer) }
            };
            // SAFETY: the caller gives up the iterator, and `nested` calls the function once.
            unsafe { disposer.nested::<T, _, _>(self, dispose) }
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
