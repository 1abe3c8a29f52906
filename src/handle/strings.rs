//! Strings of every kind, and boxes.

use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

use super::Gc;
use super::heap::{Heap, LivesIn};
use super::uninit_block::UninitBlock;
use crate::trace::{LeafPromise, Of, Promise, Trace};

/// Implements the conversions from each kind of string, borrowed, boxed and owned.
macro_rules! strings {
    ($($borrowed:ty, $owned:ty;)+) => {
        $(
            impl<H: Heap> From<&$borrowed> for Gc<$borrowed, H> {
                fn from(text: &$borrowed) -> Self {
                    copy_of_bytes(text)
                }
            }

            impl<H: Heap> From<&mut $borrowed> for Gc<$borrowed, H> {
                fn from(text: &mut $borrowed) -> Self {
                    copy_of_bytes(text)
                }
            }

            impl<H: Heap> From<$owned> for Gc<$borrowed, H> {
                fn from(text: $owned) -> Self {
                    copy_of_bytes(&text)
                }
            }

            impl<H: Heap> From<Box<$borrowed>> for Gc<$borrowed, H> {
                fn from(text: Box<$borrowed>) -> Self {
                    copy_of_bytes(&text)
                }
            }

            impl Bytes for $borrowed {}
        )+
    };
}
strings! {
    str, String;
    CStr, CString;
    OsStr, OsString;
    Path, PathBuf;
}

/// A type whose values consist of bytes, so that a copy of the bytes is another value.
pub(super) trait Bytes: Trace {}

/// Copies the bytes to a new block.
pub(super) fn copy_of_bytes<T: Bytes + ?Sized, H: Heap>(bytes: &T) -> Gc<T, H> {
    let room = UninitBlock::like::<LeafPromise>(bytes);
    // SAFETY: a copy of the bytes is another whole value, and the original may be used as before.
    unsafe { room.fill_from(bytes) }
}

impl<H: Heap> From<Gc<str, H>> for Gc<[u8], H> {
    /// The same value as bytes.
    fn from(text: Gc<str, H>) -> Self {
        let block = ManuallyDrop::new(text).block;
        // SAFETY: a pointer that is not null stays so when it is cast.
        Self::from_block(unsafe { NonNull::new_unchecked(block.as_ptr() as *mut _) })
    }
}

impl<H: Heap> Default for Gc<str, H> {
    /// The empty string.
    fn default() -> Self {
        Self::from("")
    }
}

impl<H: Heap> Default for Gc<CStr, H> {
    /// The empty string.
    fn default() -> Self {
        Self::from(c"")
    }
}

impl<'a, B, H: Heap> From<Cow<'a, B>> for Gc<B, H>
where
    B: ToOwned + ?Sized,
    Gc<B, H>: From<&'a B> + From<B::Owned>,
{
    fn from(value: Cow<'a, B>) -> Self {
        match value {
            Cow::Borrowed(value) => Self::from(value),
            Cow::Owned(value) => Self::from(value),
        }
    }
}

impl<T: Trace + LivesIn<H>, H: Heap> From<Box<T>> for Gc<T, H> {
    /// Moves the value out of its box.
    fn from(value: Box<T>) -> Self {
        Self::new(*value)
    }
}

impl<T: Trace + LivesIn<H>, H: Heap> From<Box<[T]>> for Gc<[T], H> {
    /// Moves the elements out of their box.
    fn from(elements: Box<[T]>) -> Self {
        // SAFETY: a slice promises what its elements promise.
        unsafe { from_box::<[T], Of<T>, H>(elements) }
    }
}

/// Moves a value of a type without a size out of its box.
///
/// # Safety
///
/// `P` is true of every value of the type.
pub(crate) unsafe fn from_box<T: Trace + ?Sized, P: Promise, H: Heap>(value: Box<T>) -> Gc<T, H> {
    let room = UninitBlock::like::<P>(&*value);
    let value = Box::into_raw(value);
    // SAFETY: the value is whole, and dropped nowhere else.
    let this = unsafe { room.fill_from(value) };
    // SAFETY: the pointer is from a box just now, and `ManuallyDrop<T>` has the layout of `T`.
    drop(unsafe { Box::from_raw(value as *mut ManuallyDrop<T>) });
    this
}
