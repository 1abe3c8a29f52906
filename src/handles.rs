//! What the handles of both heaps have in common.
//!
//! A handle of this thread and one that threads share are two types, and most of what they can do is said in terms of a
//! few functions that each has. So it is written once, as macros: each writes one part for the module that calls it, with the
//! `Gc`, `Weak`, `UninitBlock`, `Block`, `block_of` and `retype` of that module. What a value has to be besides `Trace` is an
//! argument, and so is the path by which examples find the handles.

pub(crate) mod address;
pub(crate) mod convert;
pub(crate) mod make_mut;
#[cfg(feature = "serde")]
pub(crate) mod serde;
pub(crate) mod slices;
pub(crate) mod strings;
pub(crate) mod traits;
pub(crate) mod uninit;
pub(crate) mod unsize;

/// Writes all that the handles of a heap have in common.
macro_rules! handles {
    ($heap:literal, [$($also:tt)*]) => {
        use std::any::Any;
        use std::borrow::{Borrow, Cow};
        use std::cmp::Ordering;
        use std::ffi::{CStr, CString, OsStr, OsString};
        use std::fmt;
        use std::fs::File;
        use std::hash::{Hash, Hasher};
        use std::io;
        use std::mem::{ManuallyDrop, MaybeUninit};
        use std::ops::Deref;
        use std::panic::{RefUnwindSafe, UnwindSafe};
        use std::path::{Path, PathBuf};
        use std::pin::Pin;
        use std::ptr::NonNull;

        use $crate::raw::pointer::with_address;
        use $crate::trace::{Depth, Disposer, LeafPromise, Of, Promise, Shape, Trace, Tracer};
        use $crate::unsize::Unsize;

        $crate::handles::traits::traits!([$($also)*]);
        $crate::handles::convert::conversions!($heap, [$($also)*]);
        $crate::handles::address::by_address!($heap);
        $crate::handles::slices::slices!($heap, [$($also)*]);
        $crate::handles::strings::strings!([$($also)*]);
        $crate::handles::uninit::uninit!($heap, [$($also)*]);
        $crate::handles::make_mut::make_mut!([$($also)*]);
        $crate::handles::unsize::unsizing!();
        #[cfg(feature = "serde")]
        $crate::handles::serde::serde!();
    };
}
pub(crate) use handles;
