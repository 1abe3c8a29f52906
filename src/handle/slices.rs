//! Slices: from arrays, vectors, other slices and iterators, and back to arrays.

use super::Gc;
use super::heap::{Heap, LivesIn};
use super::raw::{Counted, Elements};
use crate::trace::Trace;

impl<T: Trace + Clone, H: Heap> Gc<[T], H> {
    /// Clones the elements to a new block.
    pub(super) fn copy_of_slice(slice: &[T]) -> Self {
        let mut elements = Elements::new(slice.len());
        slice.iter().for_each(|element| elements.push(element.clone()));
        Self { counted: elements.into_counted() }
    }
}

impl<T: Trace + LivesIn<H>, H: Heap> From<Vec<T>> for Gc<[T], H> {
    /// Moves the elements to a block and frees the vector.
    fn from(vec: Vec<T>) -> Self {
        Self { counted: Counted::of_vec(vec) }
    }
}

impl<T: Trace + LivesIn<H>, const N: usize, H: Heap> From<[T; N]> for Gc<[T], H> {
    fn from(array: [T; N]) -> Self {
        Self { counted: Gc::allocate(array).counted.into_slice() }
    }
}

impl<T: Trace + LivesIn<H> + Clone, H: Heap> From<&[T]> for Gc<[T], H> {
    /// Clones the elements. If that panics, those already cloned are dropped.
    fn from(slice: &[T]) -> Self {
        Self::copy_of_slice(slice)
    }
}

impl<T: Trace + LivesIn<H> + Clone, H: Heap> From<&mut [T]> for Gc<[T], H> {
    fn from(slice: &mut [T]) -> Self {
        Self::from(&*slice)
    }
}

impl<T: Trace + LivesIn<H>, H: Heap> FromIterator<T> for Gc<[T], H> {
    /// Collects the elements of an iterator.
    ///
    /// If the iterator reports its exact length, the elements are made in place. Otherwise they are
    /// collected to a vector first. An iterator that reports a wrong length costs a move. If the
    /// iterator panics, the elements that it has returned are dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::Gc;
    ///
    /// let squares: Gc<[u32]> = (1..4).map(|number| number * number).collect();
    /// assert_eq!(*squares, [1, 4, 9]);
    /// ```
    fn from_iter<I: IntoIterator<Item = T>>(iterator: I) -> Self {
        let mut iterator = iterator.into_iter();
        let (lower, upper) = iterator.size_hint();
        if upper != Some(lower) {
            return iterator.collect::<Vec<_>>().into();
        }
        let mut elements = Elements::new(lower);
        while !elements.is_full() {
            match iterator.next() {
                Some(element) => elements.push(element),
                None => return elements.into_vec().into(),
            }
        }
        match iterator.next() {
            None => Self { counted: elements.into_counted() },
            Some(one_more) => {
                let mut vec = elements.into_vec();
                vec.push(one_more);
                vec.extend(iterator);
                vec.into()
            }
        }
    }
}

impl<T: Trace + LivesIn<H>, H: Heap> Default for Gc<[T], H> {
    /// An empty slice.
    fn default() -> Self {
        Self::from([])
    }
}

impl<T, const N: usize, H: Heap> TryFrom<Gc<[T], H>> for Gc<[T; N], H> {
    type Error = Gc<[T], H>;

    /// The same value as an array, if it has that length.
    fn try_from(slice: Gc<[T], H>) -> Result<Self, Gc<[T], H>> {
        match slice.counted.into_array() {
            Ok(counted) => Ok(Self { counted }),
            Err(counted) => Err(Gc { counted }),
        }
    }
}
