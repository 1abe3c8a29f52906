//! Arrays, slices and the collections of the standard library.
//!
//! Trace walks the elements; no comparison and no hash of the user runs. Dispose takes the elements
//! out, so that what is left of the collection is empty and can be dropped: its buffer, its hasher.
//! Every element is disposed even when one panics, and none is ever dropped: its handles may lead
//! to blocks that are gone. A second panic during the unwinding of the first aborts, as it does
//! when the collection itself is dropped.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::{array, vec};

use super::{Depth, Disposer, Promise, Shape, Trace, Tracer, is_leaf};
use crate::policy::bytes::array_bytes;

// SAFETY: a slice owns its elements alone; each is traced once.
unsafe impl<T: Trace> Trace for [T] {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if const { !is_leaf::<T>() } {
            for element in self {
                Trace::trace(element, tracer);
            }
        }
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: by *given up*, as the caller promises for the slice, which is its elements.
        unsafe { disposer.slice(self) }
    }
}

/// Writes the impl of a type that owns elements in its place, and lends them as slices.
macro_rules! in_place {
    ($([$($parameters:tt)*] $ty:ty: $element:ty;)+) => {
        $(
            // SAFETY: the value owns these elements alone; each is traced once. What else it has
            // needs no drop.
            unsafe impl<$($parameters)*> Trace for $ty {
                #[inline]
                fn trace(&self, tracer: &mut Tracer<'_>) {
                    Trace::trace(self.as_slice(), tracer);
                }

                #[inline]
                unsafe fn dispose(&mut self, disposer: &Disposer) {
                    // SAFETY: by *given up*, as the caller promises for the value, and so for its
                    // elements.
                    unsafe { disposer.slice(self.as_mut_slice()) }
                }

                #[inline]
                fn owned_bytes(&mut self) -> usize {
                    if std::mem::needs_drop::<$element>() {
                        self.as_mut_slice().iter_mut().map(Trace::owned_bytes).fold(0, usize::saturating_add)
                    } else {
                        0
                    }
                }

                #[inline]
                fn shape<D: Depth>() -> Shape<impl Promise> {
                    <$element>::shape::<D>()
                }
            }
        )+
    };
}

in_place! {
    [T: Trace, const N: usize] [T; N]: T;
    [T: Trace, const N: usize] array::IntoIter<T, N>: T;
}

/// Writes the impl of a type that owns elements outside of its place: the type and its parameters,
/// the type of an element, whether the elements are traced, the functions that trace and dispose
/// them, and the function that returns for how many elements memory is allocated.
///
/// The functions are called as `Tracer::nested` and `Disposer::container` say.
macro_rules! container {
    (
        $ty:ty, [$($parameters:tt)*], $element:ty, traced if $traced:expr,
        $trace:expr, $dispose:expr, $places:expr
    ) => {
        // SAFETY: the container owns its elements alone and each is traced once; what else it has
        // is not reported.
        unsafe impl<$($parameters)*> Trace for $ty {
            #[inline]
            fn trace(&self, tracer: &mut Tracer<'_>) {
                tracer.note_array::<$element>($places(self));
                if $traced {
                    // SAFETY: by *in place*: `self` is a part of the value that is being traced, as
                    // `Trace` demands.
                    unsafe { tracer.nested::<$element, _, _>(self, $trace) };
                }
            }

            #[inline]
            unsafe fn dispose(&mut self, disposer: &Disposer) {
                // SAFETY: by *given up*, as the caller promises for the container, and so for its
                // elements. Its shape is that of an element.
                unsafe { disposer.container::<$element, _, _>(self, $dispose) }
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

container! {
    Vec<T>, [T: Trace], T, traced if const { !is_leaf::<T>() },
    |vector, tracer| Trace::trace(vector.as_slice(), tracer),
    |vector, disposer| disposer.vector(vector), Self::capacity
}
container! {
    vec::IntoIter<T>, [T: Trace], T, traced if const { !is_leaf::<T>() },
    |elements, tracer| Trace::trace(elements.as_slice(), tracer),
    |elements, disposer| disposer.elements(elements), |elements: &Self| elements.len()
}
// A box is traced also if its target owns no handle: the target may report its bytes.
container! {
    Box<T>, [T: Trace], T, traced if true,
    |owner, tracer| Trace::trace(&**owner, tracer),
    |owner, disposer| disposer.boxed(owner), |_: &Self| 1
}
container! {
    Box<[T]>, [T: Trace], T, traced if true,
    |owner, tracer| Trace::trace(&**owner, tracer),
    |owner, disposer| disposer.boxed(owner), |owner: &Self| owner.len()
}

/// Writes the impl of a collection: type and parameters, the type of an element and which of its
/// parts are traced, how all are moved out, and the function that returns for how many elements
/// memory is allocated.
macro_rules! collection {
    (
        $ty:ty, [$($parameters:tt)*], $element:ty: $pattern:pat => [$($part:ident),+],
        $this:ident => $elements:expr, $places:expr
    ) => {
        container! {
            $ty, [$($parameters)*], $element, traced if const { !$crate::trace::is_leaf::<$element>() },
            |elements: &Self, tracer: &mut Tracer<'_>| for $pattern in elements {
                $(Trace::trace($part, tracer);)+
            },
            |collection: Self, disposer: &Disposer| {
                #[allow(unused_mut, reason = "moved as a whole where the collection has no hasher or buffer to keep")]
                let mut $this = collection;
                disposer.elements($elements)
            },
            $places
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
