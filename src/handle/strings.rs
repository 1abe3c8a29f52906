//! Strings of every kind, and boxes.

use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::path::{Path, PathBuf};

use super::Gc;
use super::heap::{Heap, LivesIn};
use super::raw::Counted;
use crate::trace::Trace;

/// Implements the conversions from each kind of string, borrowed, boxed and owned.
macro_rules! strings {
    ($($borrowed:ty, $owned:ty;)+) => {
        $(
            impl<H: Heap> From<&$borrowed> for Gc<$borrowed, H> {
                fn from(text: &$borrowed) -> Self {
                    Self { counted: Counted::copy_of_bytes(text) }
                }
            }

            impl<H: Heap> From<&mut $borrowed> for Gc<$borrowed, H> {
                fn from(text: &mut $borrowed) -> Self {
                    Self { counted: Counted::copy_of_bytes(text) }
                }
            }

            impl<H: Heap> From<$owned> for Gc<$borrowed, H> {
                fn from(text: $owned) -> Self {
                    Self { counted: Counted::copy_of_bytes(&text) }
                }
            }

            impl<H: Heap> From<Box<$borrowed>> for Gc<$borrowed, H> {
                fn from(text: Box<$borrowed>) -> Self {
                    Self { counted: Counted::copy_of_bytes(&text) }
                }
            }
        )+
    };
}
strings! {
    str, String;
    CStr, CString;
    OsStr, OsString;
    Path, PathBuf;
}

impl<H: Heap> From<Gc<str, H>> for Gc<[u8], H> {
    /// The same value as bytes.
    fn from(text: Gc<str, H>) -> Self {
        Self { counted: text.counted.into_bytes() }
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
        Self { counted: Counted::of_boxed_slice(elements) }
    }
}

impl<T: Trace + ?Sized, H: Heap> Gc<T, H> {
    /// Moves a value of a type without a size out of its box.
    pub(crate) fn from_unsized_box(value: Box<T>) -> Self {
        const {
            assert!(
                size_of::<*const T>() == 2 * size_of::<usize>(),
                "for types without a size only"
            )
        };
        Self { counted: Counted::of_box(value) }
    }
}
