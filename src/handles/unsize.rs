//! Handles to values without a size, and what other crates ask of handles.

/// Writes the step from one type of target to another for `Gc` and `Weak`.
macro_rules! unsizing {
    () => {
        impl<T: ?Sized> Unsize for Gc<T> {
            type Target = T;
            type To<U: ?Sized> = Gc<U>;

            #[inline]
            fn pointer(&self) -> *mut T {
                Gc::as_ptr(self).cast_mut()
            }

            #[inline]
            unsafe fn put<U: ?Sized>(self, pointer: *mut U) -> Gc<U> {
                let this = ManuallyDrop::new(self);
                // SAFETY: a pointer to a value is not null.
                let like = unsafe { NonNull::new_unchecked(pointer as *mut Block<U>) };
                Gc::from_block(with_address(like, this.block.cast()))
            }
        }

        impl<T: ?Sized> Unsize for Weak<T> {
            type Target = T;
            type To<U: ?Sized> = Weak<U>;

            #[inline]
            fn pointer(&self) -> *mut T {
                self.as_ptr().cast_mut()
            }

            #[inline]
            unsafe fn put<U: ?Sized>(self, pointer: *mut U) -> Weak<U> {
                // SAFETY: a pointer to a value is not null, dead or alive.
                self.with_target(unsafe { NonNull::new_unchecked(pointer as *mut Block<U>) })
            }
        }

        #[cfg(feature = "unsize")]
        // SAFETY: `replace_ptr` makes the same handle with the metadata of the pointer, and leaks or drops nothing.
        unsafe impl<T, U: ?Sized> ::unsize::CoerciblePtr<U> for Gc<T> {
            type Pointee = T;
            type Output = Gc<U>;

            fn as_sized_ptr(&mut self) -> *mut T {
                self.pointer()
            }

            unsafe fn replace_ptr(self, pointer: *mut U) -> Gc<U> {
                // SAFETY: as the caller promises, it is the pointer from `as_sized_ptr` with metadata.
                unsafe { self.put(pointer) }
            }
        }

        #[cfg(feature = "unsize")]
        // SAFETY: as for `Gc`.
        unsafe impl<T, U: ?Sized> ::unsize::CoerciblePtr<U> for Weak<T> {
            type Pointee = T;
            type Output = Weak<U>;

            fn as_sized_ptr(&mut self) -> *mut T {
                self.pointer()
            }

            unsafe fn replace_ptr(self, pointer: *mut U) -> Weak<U> {
                // SAFETY: as the caller promises, it is the pointer from `as_sized_ptr` with metadata.
                unsafe { self.put(pointer) }
            }
        }

        #[cfg(feature = "stable_deref_trait")]
        // SAFETY: the value is in its block, which does not move with the handle.
        unsafe impl<T: ?Sized> stable_deref_trait::StableDeref for Gc<T> {}
        #[cfg(feature = "stable_deref_trait")]
        // SAFETY: a clone leads to the same value.
        unsafe impl<T: ?Sized> stable_deref_trait::CloneStableDeref for Gc<T> {}
    };
}
pub(crate) use unsizing;
