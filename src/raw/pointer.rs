//! Pointers to unsized values, and the variance of handles.

use std::marker::PhantomData;
use std::ptr::NonNull;

/// The marker that a handle has in addition to its pointer: the handle owns a share of the value,
/// and is invariant in the value's type.
///
/// A `T` that outlives everything may still have subtypes: `for<'a> fn(&'a str)` is also a
/// `fn(&'static str)`. A block is traced, finalized and in the end destroyed as the type that it
/// was made as, so no handle may see it as another and put a value of that there. (An `Rc` may: it
/// drops the value as what its last handle sees.)
pub(crate) type Owns<T> = PhantomData<(*mut T, PhantomData<T>)>;

/// A pointer to `address`, with the provenance of `address` and the metadata of `like`.
///
/// There is no stable function for this. Every pointer, thin or fat, begins with its address.
#[inline]
pub(crate) fn with_address<T: ?Sized>(like: NonNull<T>, address: NonNull<u8>) -> NonNull<T> {
    let mut pointer = like;
    // SAFETY: by *wide pointer* the first word of `pointer` is its address, and an address that is
    // not null may be there.
    unsafe { (&raw mut pointer).cast::<NonNull<u8>>().write(address) };
    debug_assert_eq!(pointer.cast::<u8>(), address);
    pointer
}
