//! A borrowed handle as a borrowed key.

use std::ptr;

/// A key that is made of a handle of the type `Handle` alone.
///
/// # Safety
///
/// *transparent*: the key has the layout of the handle, and no other condition than the handle has.
pub(crate) unsafe trait KeyOf<Handle>: Sized {
    /// Sees a handle as a key.
    #[inline(always)]
    fn from_handle(handle: &Handle) -> &Self {
        // SAFETY: by *transparent* a key is where the handle is. It is borrowed for as long.
        unsafe { &*ptr::from_ref(handle).cast::<Self>() }
    }
}
