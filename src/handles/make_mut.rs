//! What `make_mut` asks of a type.

/// Writes the trait `MakeMut` for `Gc`.
macro_rules! make_mut {
    ([$($also:tt)*]) => {
        /// What [`Gc::make_mut`] needs to know of a type: how to make another block like the one it has.
        ///
        /// Implemented for what can be put into a `Gc` and is `Clone`, and for what the standard library can clone without a size.
        pub trait MakeMut: Trace {
            /// A clone in a block of its own.
            #[doc(hidden)]
            fn copy(value: &Self) -> Gc<Self>;

            /// A block for the same value.
            #[doc(hidden)]
            fn room(value: &Self) -> Unborn<Self>;
        }

        impl<T: Trace $($also)* + Clone> MakeMut for T {
            fn copy(value: &Self) -> Gc<Self> {
                Gc::new(value.clone())
            }

            fn room(_: &Self) -> Unborn<Self> {
                Unborn::new()
            }
        }

        impl<T: Trace $($also)* + Clone> MakeMut for [T] {
            fn copy(value: &Self) -> Gc<Self> {
                value.into()
            }

            fn room(value: &Self) -> Unborn<Self> {
                Unborn::slice(value.len())
            }
        }

        impl MakeMut for str {
            $crate::handles::make_mut::copies_of_bytes!();
        }

        impl MakeMut for std::ffi::CStr {
            $crate::handles::make_mut::copies_of_bytes!();
        }

        impl MakeMut for std::ffi::OsStr {
            $crate::handles::make_mut::copies_of_bytes!();
        }

        impl MakeMut for std::path::Path {
            $crate::handles::make_mut::copies_of_bytes!();
        }
    };
}
pub(crate) use make_mut;

/// Writes the functions of `MakeMut` for a string of some kind.
macro_rules! copies_of_bytes {
    () => {
        fn copy(value: &Self) -> Gc<Self> {
            value.into()
        }

        fn room(value: &Self) -> Unborn<Self> {
            Unborn::like(value, Shape::LEAF)
        }
    };
}
pub(crate) use copies_of_bytes;
