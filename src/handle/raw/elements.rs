//! A slice whose elements are made in their block one after the other, by code that may panic. The
//! elements that are there are then dropped, as no handle exists.

use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr;

use super::super::heap::HeapOps;
use super::{Counted, UninitBlock};
use crate::trace::Trace;

/// A slice of which the first `filled` elements are there.
pub(crate) struct Elements<T: Trace, H: HeapOps> {
    room: ManuallyDrop<UninitBlock<[T], H>>,
    filled: usize,
    length: usize,
}

impl<T: Trace, H: HeapOps> Elements<T, H> {
    /// # Panics
    ///
    /// If the slice would be larger than the address space.
    pub(crate) fn new(length: usize) -> Self {
        Self { room: ManuallyDrop::new(UninitBlock::slice(length)), filled: 0, length }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.filled == self.length
    }

    fn first(&self) -> *mut T {
        self.room.value().cast()
    }

    /// Adds an element.
    ///
    /// # Panics
    ///
    /// If all elements are there.
    pub(crate) fn push(&mut self, element: T) {
        assert!(!self.is_full());
        // SAFETY: by *filled* the place is inside the slice, and nothing is there yet.
        unsafe { self.first().add(self.filled).write(element) };
        self.filled += 1;
    }

    /// The first count of the slice.
    ///
    /// # Panics
    ///
    /// If not all elements are there.
    pub(crate) fn into_counted(self) -> Counted<[T], H> {
        assert!(self.is_full());
        let mut this = ManuallyDrop::new(self);
        // SAFETY: by *unwritten* this is the only owner of the block: `this` is not dropped.
        let room = unsafe { ManuallyDrop::take(&mut this.room) };
        // SAFETY: by *filled* all elements were written.
        unsafe { room.assume_init() }
    }

    /// Moves the elements that are there to a vector.
    pub(crate) fn into_vec(mut self) -> Vec<T> {
        let mut vec = Vec::with_capacity(self.filled + 1);
        let filled = std::mem::take(&mut self.filled);
        // SAFETY: by *filled* these elements are there. They are counted here no more, and the
        // vector has room for them.
        unsafe { self.first().copy_to_nonoverlapping(vec.as_mut_ptr(), filled) };
        // SAFETY: by *filled* the first `filled` elements were moved in just now.
        unsafe { vec.set_len(filled) };
        vec
    }
}

impl<T: Trace, H: HeapOps> Drop for Elements<T, H> {
    fn drop(&mut self) {
        let filled = ptr::slice_from_raw_parts_mut(self.first(), self.filled);
        // SAFETY: by *unwritten* the room is freed at the end, also if an element panics. It is not
        // used again.
        let _room = unsafe { ManuallyDrop::take(&mut self.room) };
        // SAFETY: by *filled* these elements were written, and no handle leads to them.
        unsafe { filled.drop_in_place() };
    }
}

impl<T: Trace, H: HeapOps> Counted<[T], H> {
    /// Moves the elements of a vector to a block, and frees the vector.
    pub(crate) fn of_vec(mut vec: Vec<T>) -> Self {
        let room = UninitBlock::<[T], H>::slice(vec.len());
        // SAFETY: by *unwritten* the room is not the vector, and it has the size of its elements.
        unsafe { room.value().cast::<T>().copy_from_nonoverlapping(vec.as_ptr(), vec.len()) };
        // SAFETY: by *filled* the elements were moved: the vector owns its buffer only.
        unsafe { vec.set_len(0) };
        // SAFETY: by *filled* all elements were written.
        unsafe { room.assume_init() }
    }
}

impl<T: Trace, H: HeapOps> Counted<[MaybeUninit<T>], H> {
    /// A slice whose elements are not written yet.
    ///
    /// # Panics
    ///
    /// If the slice would be larger than the address space.
    pub(crate) fn uninit_slice(length: usize) -> Self {
        // SAFETY: by *filled* there is nothing to write: any bytes are a `MaybeUninit`.
        unsafe { UninitBlock::slice(length).assume_init() }
    }

    /// A slice whose elements are bytes of zero.
    ///
    /// # Panics
    ///
    /// If the slice would be larger than the address space.
    pub(crate) fn zeroed_slice(length: usize) -> Self {
        let room = UninitBlock::<[MaybeUninit<T>], H>::slice(length);
        // SAFETY: by *unwritten* the room has `length` elements, and no other owner.
        unsafe { room.value().cast::<MaybeUninit<T>>().write_bytes(0, length) };
        // SAFETY: by *filled*: any bytes are a `MaybeUninit`.
        unsafe { room.assume_init() }
    }
}
