//! The types that `make_mut` accepts.

/// Writes the trait `MakeMut` for `Gc`.
macro_rules! make_mut {
    ([$($also:tt)*]) => {
        /// A type whose values [`Gc::make_mut`] can move or clone into another block.
        ///
        /// Implemented for every `Trace` type that is `Clone`, for slices of such, and for `str`,
        /// `CStr`, `OsStr` and `Path`. Cannot be implemented elsewhere: `make_mut` relies on a handle
        /// that no other handle shares its value with.
        pub trait MakeMut: Trace + sealed::NewBlock {}

        mod sealed {
            use super::{Gc, UninitBlock};

            /// How to make another block for a value. Private, which seals `MakeMut`.
            pub trait NewBlock {
                /// A clone of the value, with the only handle to it.
                fn copy(value: &Self) -> Gc<Self>;

                /// Room for the value in a new block.
                fn room(value: &Self) -> UninitBlock<Self>;
            }
        }

        impl<T: Trace $($also)* + Clone> MakeMut for T {}

        impl<T: Trace $($also)* + Clone> sealed::NewBlock for T {
            fn copy(value: &Self) -> Gc<Self> {
                Gc::new(value.clone())
            }

            fn room(_: &Self) -> UninitBlock<Self> {
                UninitBlock::new()
            }
        }

        impl<T: Trace $($also)* + Clone> MakeMut for [T] {}

        impl<T: Trace $($also)* + Clone> sealed::NewBlock for [T] {
            fn copy(value: &Self) -> Gc<Self> {
                value.into()
            }

            fn room(value: &Self) -> UninitBlock<Self> {
                UninitBlock::slice(value.len())
            }
        }

        $crate::handles::make_mut::copies_of_bytes!(str, CStr, OsStr, Path);
    };
}
pub(crate) use make_mut;

/// Writes `MakeMut` for strings.
macro_rules! copies_of_bytes {
    ($($string:ty),+) => {
        $(
            impl MakeMut for $string {}

            impl sealed::NewBlock for $string {
                fn copy(value: &Self) -> Gc<Self> {
                    value.into()
                }

                fn room(value: &Self) -> UninitBlock<Self> {
                    UninitBlock::like::<LeafPromise>(value)
                }
            }
        )+
    };
}
pub(crate) use copies_of_bytes;
