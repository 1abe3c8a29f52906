//! The types that `make_mut` accepts.

use std::ffi::{CStr, OsStr};
use std::path::Path;

use super::Gc;
use super::heap::Heap;
use super::raw::{Counted, UninitBlock};
use crate::trace::Trace;

/// A type whose values [`Gc::make_mut`] can move or clone into another block.
///
/// Implemented for every `Trace` type that is `Clone`, for slices of such, and for `str`,
/// `CStr`, `OsStr` and `Path`. Cannot be implemented elsewhere: `make_mut` relies on a handle
/// that no other handle shares its value with.
#[allow(private_bounds, reason = "seals the trait")]
pub trait MakeMut: Trace + NewBlock {}

impl<T: Trace + Clone> MakeMut for T {}
impl<T: Trace + Clone> MakeMut for [T] {}
impl MakeMut for str {}
impl MakeMut for CStr {}
impl MakeMut for OsStr {}
impl MakeMut for Path {}

/// How to make another block for a value. Private, which seals `MakeMut`.
pub(super) trait NewBlock: Trace {
    /// A clone of the value, with the only handle to it.
    fn copy<H: Heap>(value: &Self) -> Gc<Self, H>;

    /// Room for the value in a new block.
    fn room<H: Heap>(value: &Self) -> UninitBlock<Self, H>;
}

impl<T: Trace + Clone> NewBlock for T {
    fn copy<H: Heap>(value: &Self) -> Gc<Self, H> {
        Gc::allocate(value.clone())
    }

    fn room<H: Heap>(_: &Self) -> UninitBlock<Self, H> {
        UninitBlock::new()
    }
}

impl<T: Trace + Clone> NewBlock for [T] {
    fn copy<H: Heap>(value: &Self) -> Gc<Self, H> {
        Gc::copy_of_slice(value)
    }

    fn room<H: Heap>(value: &Self) -> UninitBlock<Self, H> {
        UninitBlock::slice(value.len())
    }
}

/// Implements `NewBlock` for the types that consist of bytes.
macro_rules! of_bytes {
    ($($bytes:ty),+) => {
        $(impl NewBlock for $bytes {
            fn copy<H: Heap>(value: &Self) -> Gc<Self, H> {
                Gc { counted: Counted::copy_of_bytes(value) }
            }

            fn room<H: Heap>(value: &Self) -> UninitBlock<Self, H> {
                UninitBlock::for_bytes(value)
            }
        })+
    };
}
of_bytes!(str, CStr, OsStr, Path);
