//! The crate `unsize`.

use ::unsize::CoerciblePtr;

use super::Gc;
use crate::unsize::Unsize;
use crate::weak::Weak;

// SAFETY: `replace_ptr` makes the same handle with the metadata of the pointer, and leaks or drops nothing.
unsafe impl<T, U: ?Sized> CoerciblePtr<U> for Gc<T> {
    type Pointee = T;
    type Output = Gc<U>;

    fn as_sized_ptr(&mut self) -> *mut T {
        self.pointer().cast_mut()
    }

    unsafe fn replace_ptr(self, pointer: *mut U) -> Gc<U> {
        // SAFETY: as the caller promises, it is the pointer from `as_sized_ptr` with metadata.
        unsafe { self.put(pointer.cast_const()) }
    }
}

// SAFETY: as for `Gc`.
unsafe impl<T, U: ?Sized> CoerciblePtr<U> for Weak<T> {
    type Pointee = T;
    type Output = Weak<U>;

    fn as_sized_ptr(&mut self) -> *mut T {
        self.pointer().cast_mut()
    }

    unsafe fn replace_ptr(self, pointer: *mut U) -> Weak<U> {
        // SAFETY: as the caller promises, it is the pointer from `as_sized_ptr` with metadata.
        unsafe { self.put(pointer.cast_const()) }
    }
}
