//! Arrays, slices and the collections of the standard library.
//!
//! Trace walks the elements; no comparison and no hash of the user runs. Dispose takes the elements out, so that what
//! is left of the collection is empty and can be dropped: its buffer, its hasher. Every element is disposed even when
//! one panics, and none is ever dropped: its handles may lead to blocks that are gone. A second panic during the unwinding
//! of the first aborts, as it does when the collection itself is dropped.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::mem::ManuallyDrop;
use std::ptr;

use super::{Depth, Disposer, Of, Promise, Shape, Trace, Tracer};
use crate::policy::bytes::array_bytes;

/// Whether the elements need not be traced. Known at compile time.
#[inline]
pub(super) const fn is_leaf<T: Trace>() -> bool {
    const { <Of<T>>::FACTS.leaf }
}

/// Disposes every element that an iterator moves out.
///
/// # Safety
///
/// As for [`Trace::dispose`] on each element.
#[inline]
pub(super) unsafe fn dispose_all<T: Trace>(elements: impl Iterator<Item = T>, disposer: &Disposer) {
    for_all(elements, |element| {
        let mut element = ManuallyDrop::new(element);
        // SAFETY: the caller gives up the element, which was moved here and is not dropped after.
        unsafe { Trace::dispose(&mut *element, disposer) }
    });
}

/// Calls `action` with every element, and goes on with the rest if it panics.
#[inline]
fn for_all<I: Iterator>(elements: I, action: impl FnMut(I::Item)) {
    struct Rest<I: Iterator, F: FnMut(I::Item)>(I, F);

    impl<I: Iterator, F: FnMut(I::Item)> Drop for Rest<I, F> {
        fn drop(&mut self) {
            // Without a panic nothing is left here.
            self.0.by_ref().for_each(&mut self.1);
        }
    }

    let mut rest = Rest(elements, action);
    for element in rest.0.by_ref() {
        (rest.1)(element);
    }
}

// SAFETY: a slice owns its elements alone; each is traced once.
unsafe impl<T: Trace> Trace for [T] {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if !is_leaf::<T>() {
            for element in self {
                Trace::trace(element, tracer);
            }
        }
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        if is_leaf::<T>() {
            // SAFETY: the caller gives up the elements; leaves may be dropped.
            unsafe { ptr::drop_in_place(self) }
        } else {
            // SAFETY: the caller gives up the elements, and each comes once.
            for_all(self.iter_mut(), |element| unsafe { Trace::dispose(element, disposer) });
        }
    }
}

// SAFETY: an array owns its elements alone; each is traced once.
unsafe impl<T: Trace, const N: usize> Trace for [T; N] {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        Trace::trace(self.as_slice(), tracer);
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: the caller gives up the array, which is its elements.
        unsafe { Trace::dispose(self.as_mut_slice(), disposer) }
    }

    #[inline]
    fn owned_bytes(&mut self) -> usize {
        if std::mem::needs_drop::<T>() {
            self.iter_mut().map(Trace::owned_bytes).fold(0, usize::saturating_add)
        } else {
            0
        }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>()
    }
}

/// Disposes the elements of a vector and frees its buffer, also when an element panics.
///
/// # Safety
///
/// As for [`Trace::dispose`] on the vector.
#[inline]
unsafe fn dispose_vector<T: Trace>(vector: &mut Vec<T>, disposer: &Disposer) {
    // SAFETY: the caller gives up the vector, so this copy is the only owner.
    let mut buffer = unsafe { ptr::read(vector) };
    let elements = ptr::from_mut(buffer.as_mut_slice());
    // SAFETY: with none counted the vector frees its buffer only; the elements are destroyed below.
    unsafe { buffer.set_len(0) };
    // SAFETY: the buffer lives to the end of this function, and nothing else refers to the
    // elements.
    let elements = unsafe { &mut *elements };
    // SAFETY: the caller gives up the elements.
    unsafe { Trace::dispose(elements, disposer) }
}

// SAFETY: a vector owns its elements alone; each is traced once.
unsafe impl<T: Trace> Trace for Vec<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.note_array::<T>(self.capacity());
        if !is_leaf::<T>() {
            // SAFETY: `self` is a part of the value that is being traced, as `Trace` demands.
            unsafe { tracer.nested::<T, _, _>(self, |vector, tracer| Trace::trace(vector.as_slice(), tracer)) };
        }
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        if is_leaf::<T>() {
            // SAFETY: the caller gives up the vector; leaves may be dropped.
            unsafe { ptr::drop_in_place(self) }
        } else {
            // SAFETY: the caller gives up the vector, and `nested` calls the function once.
            unsafe { disposer.nested::<T, _, _>(self, |vector, disposer| dispose_vector(vector, disposer)) }
        }
    }

    #[inline]
    fn owned_bytes(&mut self) -> usize {
        array_bytes::<T>(self.capacity())
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>()
    }
}

/// Writes the impl of a collection: type and parameters, the type of an element, what of an element
/// is asked, how all are moved out, and the function that returns for how many elements memory is
/// allocated.
macro_rules! collection {
    (
        $ty:ty, [$($parameters:tt)*], $element:ty: $pattern:pat => [$($part:ident),+],
        $this:ident => $elements:expr, $places:expr
    ) => {
        // SAFETY: the collection owns its elements alone and each is traced once; what else it has
        // is not reported.
        unsafe impl<$($parameters)*> Trace for $ty {
            #[inline]
            fn trace(&self, tracer: &mut Tracer<'_>) {
                tracer.note_array::<$element>($places(self));
                if !is_leaf::<$element>() {
                    let trace = |elements: &Self, tracer: &mut Tracer<'_>| {
                        for $pattern in elements {
                            $(Trace::trace($part, tracer);)+
                        }
                    };
                    // SAFETY: `self` is a part of the value that is being traced, as `Trace` demands.
                    unsafe { tracer.nested::<$element, _, _>(self, trace) };
                }
            }

            #[inline]
            unsafe fn dispose(&mut self, disposer: &Disposer) {
                if is_leaf::<$element>() {
                    // SAFETY: the caller gives up the collection; leaves may be dropped.
                    unsafe { ptr::drop_in_place(self) }
                } else {
                    let dispose = |elements: &mut Self, disposer: &Disposer| {
                        // SAFETY: the caller gives up the collection, so this copy is the only
                        // owner.
                        #[allow(unused_mut, reason = "moved as a whole where the collection has no hasher or buffer to keep")]
                        let mut $this = unsafe { ptr::read(elements) };
                        // SAFETY: the caller gives up the elements, which leave the collection
                        // here.
                        unsafe { dispose_all($elements, disposer) }
                    };
                    // SAFETY: the caller gives up the collection, and `nested` calls the function
                    // once.
                    unsafe { disposer.nested::<$element, _, _>(self, dispose) }
                }
            }

            #[inline]
            fn owned_bytes(&mut self) -> usize {
                array_bytes::<$element>($places(self))
            }

            #[inline]
            fn shape<D: Depth>() -> Shape<impl Promise> {
                <$element>::shape::<D>()
            }
        }
    };
}

collection!(VecDeque<T>, [T: Trace], T: part => [part], this => this.drain(..), Self::capacity);
collection!(LinkedList<T>, [T: Trace], T: part => [part], this => this.into_iter(), Self::len);
collection!(BinaryHeap<T>, [T: Trace], T: part => [part], this => this.drain(), Self::capacity);
collection!(BTreeSet<T>, [T: Trace], T: part => [part], this => this.into_iter(), Self::len);
collection!(BTreeMap<K, V>, [K: Trace, V: Trace], (K, V): (key, value) => [key, value], this => this.into_iter(), Self::len);
// Hashers stay behind in the drained collection: they are not traced, and dropped with it.
collection!(HashSet<T, S>, [T: Trace, S: 'static], T: part => [part], this => this.drain(), Self::capacity);
collection!(
    HashMap<K, V, S>, [K: Trace, V: Trace, S: 'static], (K, V): (key, value) => [key, value], this => this.drain(), Self::capacity
);
