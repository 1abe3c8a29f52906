//! Handles to values without a size, and what other crates ask of handles.

use super::heap::Heap;
use super::{Gc, Weak};
use crate::unsize::Unsize;

impl<T: ?Sized, H: Heap> Unsize for Gc<T, H> {
    type Target = T;
    type To<U: ?Sized> = Gc<U, H>;

    #[inline]
    fn pointer(&self) -> *mut T {
        Gc::as_ptr(self).cast_mut()
    }

    #[inline]
    unsafe fn put<U: ?Sized>(self, pointer: *mut U) -> Gc<U, H> {
        // SAFETY: by *viewed*, as the caller promises of the pointer.
        Gc { counted: unsafe { self.counted.with_metadata(pointer) } }
    }
}

impl<T: ?Sized, H: Heap> Unsize for Weak<T, H> {
    type Target = T;
    type To<U: ?Sized> = Weak<U, H>;

    #[inline]
    fn pointer(&self) -> *mut T {
        self.as_ptr().cast_mut()
    }

    #[inline]
    unsafe fn put<U: ?Sized>(self, pointer: *mut U) -> Weak<U, H> {
        // SAFETY: by *viewed*, as the caller promises of the pointer.
        Weak { share: unsafe { self.share.with_metadata(pointer) } }
    }
}

/// The conversions of the compiler. Each is one of the pointer in the handle.
#[cfg(recyc_nightly)]
mod coercions {
    use std::marker::Unsize;
    use std::ops::CoerceUnsized;

    use super::super::raw::{Counted, Share};
    use super::{Gc, Heap, Weak};

    impl<T: ?Sized + Unsize<U>, U: ?Sized, H: Heap> CoerceUnsized<Gc<U, H>> for Gc<T, H> {}
    impl<T: ?Sized + Unsize<U>, U: ?Sized, H: Heap> CoerceUnsized<Weak<U, H>> for Weak<T, H> {}
    impl<T: ?Sized + Unsize<U>, U: ?Sized, H: Heap> CoerceUnsized<Counted<U, H>> for Counted<T, H> {}
    impl<T: ?Sized + Unsize<U>, U: ?Sized, H: Heap> CoerceUnsized<Share<U, H>> for Share<T, H> {}
}

#[cfg(feature = "unsize")]
// SAFETY: `replace_ptr` makes the same handle with the metadata of the pointer, and leaks or drops
// nothing.
unsafe impl<T, U: ?Sized, H: Heap> ::unsize::CoerciblePtr<U> for Gc<T, H> {
    type Pointee = T;
    type Output = Gc<U, H>;

    fn as_sized_ptr(&mut self) -> *mut T {
        self.pointer()
    }

    unsafe fn replace_ptr(self, pointer: *mut U) -> Gc<U, H> {
        // SAFETY: by *viewed*, as the caller promises: it is the pointer from `as_sized_ptr` with
        // metadata.
        unsafe { self.put(pointer) }
    }
}

#[cfg(feature = "unsize")]
// SAFETY: as for `Gc`.
unsafe impl<T, U: ?Sized, H: Heap> ::unsize::CoerciblePtr<U> for Weak<T, H> {
    type Pointee = T;
    type Output = Weak<U, H>;

    fn as_sized_ptr(&mut self) -> *mut T {
        self.pointer()
    }

    unsafe fn replace_ptr(self, pointer: *mut U) -> Weak<U, H> {
        // SAFETY: by *viewed*, as the caller promises: it is the pointer from `as_sized_ptr` with
        // metadata.
        unsafe { self.put(pointer) }
    }
}

#[cfg(feature = "stable_deref_trait")]
// SAFETY: the value is in its block, which does not move with the handle.
unsafe impl<T: ?Sized, H: Heap> stable_deref_trait::StableDeref for Gc<T, H> {}
#[cfg(feature = "stable_deref_trait")]
// SAFETY: a clone leads to the same value.
unsafe impl<T: ?Sized, H: Heap> stable_deref_trait::CloneStableDeref for Gc<T, H> {}
