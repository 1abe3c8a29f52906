//! Strings of every kind, and boxes.

/// Writes how a `Gc` of a string is made, and how one is made of a box.
macro_rules! strings {
    ([$($also:tt)*]) => {
        $crate::handles::strings::kinds_of_strings! {
            str, String;
            CStr, CString;
            OsStr, OsString;
            Path, PathBuf;
        }

        impl From<Gc<str>> for Gc<[u8]> {
            /// The same value as bytes.
            fn from(text: Gc<str>) -> Self {
                let block = ManuallyDrop::new(text).block;
                // SAFETY: a pointer that is not null stays so when it is cast.
                Self::from_block(unsafe { std::ptr::NonNull::new_unchecked(block.as_ptr() as *mut _) })
            }
        }

        impl Default for Gc<str> {
            /// The empty string.
            fn default() -> Self {
                Self::from("")
            }
        }

        impl Default for Gc<CStr> {
            /// The empty string.
            fn default() -> Self {
                Self::from(c"")
            }
        }

        impl<'a, B> From<Cow<'a, B>> for Gc<B>
        where
            B: ToOwned + ?Sized,
            Gc<B>: From<&'a B> + From<B::Owned>,
        {
            fn from(value: Cow<'a, B>) -> Self {
                match value {
                    Cow::Borrowed(value) => Self::from(value),
                    Cow::Owned(value) => Self::from(value),
                }
            }
        }

        impl<T: Trace $($also)*> From<Box<T>> for Gc<T> {
            /// Moves the value out of its box.
            fn from(value: Box<T>) -> Self {
                Self::new(*value)
            }
        }

        impl<T: Trace $($also)*> From<Box<[T]>> for Gc<[T]> {
            /// Moves the elements out of their box.
            fn from(elements: Box<[T]>) -> Self {
                // SAFETY: a slice promises what its elements promise.
                unsafe { from_box::<[T], Of<T>>(elements) }
            }
        }

        /// Moves a value of a type without a size out of its box.
        ///
        /// # Safety
        ///
        /// `P` is true of every value of the type.
        pub(crate) unsafe fn from_box<T: Trace $($also)* + ?Sized, P: Promise>(value: Box<T>) -> Gc<T> {
            let room = UninitBlock::like::<P>(&*value);
            let value = Box::into_raw(value);
            // SAFETY: the value is whole, and dropped nowhere else.
            let this = unsafe { room.fill_from(value) };
            // SAFETY: the pointer is from a box just now, and `ManuallyDrop<T>` has the layout of `T`.
            drop(unsafe { Box::from_raw(value as *mut ManuallyDrop<T>) });
            this
        }
    };
}
pub(crate) use strings;

/// Writes what the kinds of strings have in common: a copy of a borrowed one.
macro_rules! kinds_of_strings {
    ($($borrowed:ty, $owned:ty;)+) => {
        $(
            impl From<&$borrowed> for Gc<$borrowed> {
                fn from(text: &$borrowed) -> Self {
                    let room = UninitBlock::like::<LeafPromise>(text);
                    // SAFETY: a string is bytes, so its copy is whole, and the original may be used as before.
                    unsafe { room.fill_from(text) }
                }
            }

            impl From<&mut $borrowed> for Gc<$borrowed> {
                fn from(text: &mut $borrowed) -> Self {
                    Self::from(&*text)
                }
            }

            impl From<$owned> for Gc<$borrowed> {
                fn from(text: $owned) -> Self {
                    Self::from(&*text)
                }
            }

            impl From<Box<$borrowed>> for Gc<$borrowed> {
                fn from(text: Box<$borrowed>) -> Self {
                    Self::from(&*text)
                }
            }
        )+
    };
}
pub(crate) use kinds_of_strings;
