//! Values that are copied or moved by their bytes.

use std::ffi::{CStr, OsStr};
use std::mem::ManuallyDrop;
use std::path::Path;

use super::super::heap::HeapOps;
use super::{Counted, UninitBlock};
use crate::trace::{LeafPromise, Of, OpaquePromise, Promise, Trace};

/// A type whose values consist of bytes.
///
/// # Safety
///
/// A copy of the bytes of a value is another whole value. No value owns a handle.
pub(crate) unsafe trait Bytes: Trace {}

// SAFETY: the type is a slice of bytes, with a condition on their values for some.
unsafe impl Bytes for str {}
// SAFETY: as for `str`.
unsafe impl Bytes for CStr {}
// SAFETY: as for `str`.
unsafe impl Bytes for OsStr {}
// SAFETY: as for `str`.
unsafe impl Bytes for Path {}

impl<T: Bytes + ?Sized, H: HeapOps> Counted<T, H> {
    /// Copies the bytes to a new block.
    pub(crate) fn copy_of_bytes(bytes: &T) -> Self {
        // SAFETY: by *unwritten* the room has the size of the value, a copy of which is another
        // whole value.
        unsafe { UninitBlock::for_bytes(bytes).fill_from(bytes) }
    }
}

impl<T: Bytes + ?Sized, H: HeapOps> UninitBlock<T, H> {
    /// Room for a value of the size of `bytes`.
    pub(crate) fn for_bytes(bytes: &T) -> Self {
        // SAFETY: by *viewed* the promise is true of the type: its values own no handle.
        unsafe { Self::like::<LeafPromise>(bytes) }
    }
}

impl<T: Trace + ?Sized, H: HeapOps> Counted<T, H> {
    /// Moves a value of a type without a size out of its box. Nothing is promised about it.
    pub(crate) fn of_box(value: Box<T>) -> Self {
        // SAFETY: by *viewed*: the empty promise is true of every type.
        unsafe { Self::of_box_with::<OpaquePromise>(value) }
    }

    /// Moves a value of a type without a size out of its box.
    ///
    /// # Safety
    ///
    /// `P` is true of every value of the type.
    unsafe fn of_box_with<P: Promise>(value: Box<T>) -> Self {
        // SAFETY: by *viewed*, as the caller promises.
        let room = unsafe { UninitBlock::like::<P>(&*value) };
        let value = Box::into_raw(value);
        // SAFETY: by *unwritten* the room has the size of the value, which is whole, and dropped
        // nowhere else.
        let this = unsafe { room.fill_from(value) };
        // SAFETY: by *layout*: the pointer is from a box just now, and `ManuallyDrop<T>` has the
        // layout of `T`.
        drop(unsafe { Box::from_raw(value as *mut ManuallyDrop<T>) });
        this
    }
}

impl<T: Trace, H: HeapOps> Counted<[T], H> {
    /// Moves the elements out of their box.
    pub(crate) fn of_boxed_slice(elements: Box<[T]>) -> Self {
        // SAFETY: by *viewed*: a slice promises what its elements promise.
        unsafe { Self::of_box_with::<Of<T>>(elements) }
    }
}
