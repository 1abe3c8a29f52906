//! Slices: from arrays, vectors, other slices and iterators, and back to arrays.
//!
//! The elements are made in their block one after the other, by code that may panic. What is made so far is then
//! dropped, as no handle exists.

use std::mem::ManuallyDrop;

use super::Gc;
use super::heap::{Heap, LivesIn};
use super::uninit_block::UninitBlock;
use crate::trace::Trace;

/// A slice on its way: the first `filled` elements are there.
struct Elements<T: Trace, H: Heap> {
    room: ManuallyDrop<UninitBlock<[T], H>>,
    filled: usize,
    length: usize,
}

impl<T: Trace, H: Heap> Elements<T, H> {
    fn new(length: usize) -> Self {
        Self { room: ManuallyDrop::new(UninitBlock::slice(length)), filled: 0, length }
    }

    fn is_full(&self) -> bool {
        self.filled == self.length
    }

    fn first(&self) -> *mut T {
        self.room.value().cast()
    }

    fn push(&mut self, element: T) {
        assert!(!self.is_full());
        // SAFETY: the place is inside the slice, and nothing is there yet.
        unsafe { self.first().add(self.filled).write(element) };
        self.filled += 1;
    }

    fn into_gc(self) -> Gc<[T], H> {
        assert!(self.is_full());
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is not dropped and the room not used again.
        let room = unsafe { ManuallyDrop::take(&mut this.room) };
        // SAFETY: all elements were written.
        unsafe { room.assume_init() }
    }

    /// Moves the elements that are there to a vector.
    fn into_vec(mut self) -> Vec<T> {
        let mut vec = Vec::with_capacity(self.filled + 1);
        let filled = std::mem::take(&mut self.filled);
        // SAFETY: the elements are moved: they are counted here no more, and the vector has room for them.
        unsafe { self.first().copy_to_nonoverlapping(vec.as_mut_ptr(), filled) };
        // SAFETY: the first `filled` elements were moved in just now.
        unsafe { vec.set_len(filled) };
        vec
    }
}

impl<T: Trace, H: Heap> Drop for Elements<T, H> {
    fn drop(&mut self) {
        let filled = std::ptr::slice_from_raw_parts_mut(self.first(), self.filled);
        // SAFETY: the room is not used again; it is freed at the end, also if an element panics.
        let _room = unsafe { ManuallyDrop::take(&mut self.room) };
        // SAFETY: these elements were written, and no handle leads to them.
        unsafe { filled.drop_in_place() };
    }
}

impl<T: Trace + Clone, H: Heap> Gc<[T], H> {
    /// Clones the elements to a new block.
    pub(super) fn copy_of_slice(slice: &[T]) -> Self {
        let mut elements = Elements::new(slice.len());
        slice.iter().for_each(|element| elements.push(element.clone()));
        elements.into_gc()
    }
}

impl<T: Trace + LivesIn<H>, H: Heap> From<Vec<T>> for Gc<[T], H> {
    /// Moves the elements to a block and frees the vector.
    fn from(mut vec: Vec<T>) -> Self {
        let room = UninitBlock::<[T], H>::slice(vec.len());
        // SAFETY: the room is not the vector, and has the size of its elements.
        unsafe { room.value().cast::<T>().copy_from_nonoverlapping(vec.as_ptr(), vec.len()) };
        // SAFETY: the elements were moved: the vector owns its buffer only.
        unsafe { vec.set_len(0) };
        // SAFETY: all elements were written.
        unsafe { room.assume_init() }
    }
}

impl<T: Trace + LivesIn<H>, const N: usize, H: Heap> From<[T; N]> for Gc<[T], H> {
    fn from(array: [T; N]) -> Self {
        crate::unsize!(Gc::allocate(array) => [T])
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
            None => elements.into_gc(),
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
        if slice.len() != N {
            return Err(slice);
        }
        // SAFETY: a slice of that length is such an array.
        Ok(unsafe { slice.cast() })
    }
}
