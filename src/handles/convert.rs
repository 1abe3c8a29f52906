//! From values, from and to raw pointers, and from `dyn Any` back to a type.

/// Writes the conversions of `Gc`.
macro_rules! conversions {
    ($heap:literal, [$($also:tt)*]) => {
        impl<T: Trace $($also)*> From<T> for Gc<T> {
            fn from(value: T) -> Self {
                Self::new(value)
            }
        }

        impl<T: ?Sized> Gc<T> {
            /// Whether there is one handle and no `Weak`. If so, [`get_mut`](Gc::get_mut) succeeds now.
            #[inline]
            #[must_use]
            pub fn is_unique(this: &Self) -> bool {
                Self::strong_count(this) == 1 && Self::weak_count(this) == 0
            }

            /// Gives up the handle but not its count: a pointer to the value, to be turned back by [`Gc::from_raw`].
            ///
            /// Until then the count stands for a holder outside: nothing that the value reaches is collected.
            #[must_use = "losing the pointer leaks the value"]
            pub fn into_raw(this: Self) -> *const T {
                Self::as_ptr(&ManuallyDrop::new(this))
            }

            /// Turns a pointer from [`Gc::into_raw`] back into a handle.
            ///
            /// # Safety
            ///
            /// The pointer came from `into_raw` of a `Gc<T>`, or of a `Gc` that `T` is an unsized view of, and each such count is
            /// taken back once.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use ", $heap, "::Gc;")]
            ///
            /// let pointer = Gc::into_raw(Gc::new(String::from("held by C")));
            /// // SAFETY: the pointer came from `into_raw` and is turned back once.
            /// let back = unsafe { Gc::from_raw(pointer) };
            /// assert_eq!(*back, "held by C");
            /// ```
            #[must_use]
            pub unsafe fn from_raw(pointer: *const T) -> Self {
                // SAFETY: the count that `into_raw` left keeps the block.
                Self::from_block(unsafe { block_of(pointer) })
            }

            /// Adds a count to a value that is known by a raw pointer.
            ///
            /// # Safety
            ///
            /// The pointer came from [`Gc::into_raw`], and its count has not been taken back yet.
            pub unsafe fn increment_strong_count(pointer: *const T) {
                // SAFETY: as the caller promises; the handle made here is not dropped.
                let this = ManuallyDrop::new(unsafe { Self::from_raw(pointer) });
                std::mem::forget(Self::clone(&this));
            }

            /// Takes a count off a value that is known by a raw pointer; the value is destroyed if it was the last.
            ///
            /// # Safety
            ///
            /// The pointer came from [`Gc::into_raw`], and the count that is taken off here is not taken back otherwise.
            pub unsafe fn decrement_strong_count(pointer: *const T) {
                // SAFETY: as the caller promises.
                drop(unsafe { Self::from_raw(pointer) });
            }
        }

        impl<T> Gc<T> {
            /// Moves the value out if this is the last handle, and clones it otherwise.
            #[inline]
            #[must_use]
            pub fn unwrap_or_clone(this: Self) -> T
            where
                T: Clone,
            {
                Self::try_unwrap(this).unwrap_or_else(|this| (*this).clone())
            }
        }

        impl Gc<dyn Any $($also)*> {
            /// The handle by the type of the value, if that is `T`.
            ///
            /// # Errors
            ///
            /// The handle itself, if the value is of another type.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use ", $heap, "::Gc;")]
            /// use recyc::unsize;
            /// use std::any::Any;
            ///
            #[doc = concat!("let any = unsize!(Gc::new(String::from(\"text\")) => dyn Any", $(" ", stringify!($also),)* ");")]
            /// let any = any.downcast::<u32>().unwrap_err();
            /// assert_eq!(*any.downcast::<String>().unwrap(), "text");
            /// ```
            pub fn downcast<T: Any $($also)*>(self) -> Result<Gc<T>, Self> {
                match self.is::<T>() {
                    true => Ok(Gc::from_block(ManuallyDrop::new(self).block.cast())),
                    false => Err(self),
                }
            }
        }
    };
}
pub(crate) use conversions;
