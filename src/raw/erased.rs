//! What the vtables of both heaps have in common: the functions that look at the value only.
//!
//! Where the value stands behind the header, and what becomes of the memory of a dead one, is each heap's own affair.

use std::ptr::NonNull;

use super::tracer::Tracer;
use crate::trace::Trace;

/// A block of one of the heaps, whose type is known to its header only.
pub(crate) trait AnyBlock: Copy {
    /// What stands before the value.
    type Header;

    /// Where the header is.
    fn start(self) -> NonNull<u8>;

    /// Where the value is, if it is a `T`.
    ///
    /// # Safety
    ///
    /// The block was allocated for a `T`, or for a type with the layout of `T`.
    unsafe fn place<T>(self) -> *mut T;
}

/// # Safety
///
/// `block` was allocated for a `T` whose value is whole and not under `&mut`.
pub(crate) unsafe fn trace<B: AnyBlock, T: Trace>(block: B, tracer: &mut Tracer<'_>) {
    tracer.note_bytes(size_of::<T>());
    // SAFETY: by *vtable* the value is whole and not under `&mut`; only the value is borrowed, not
    // the header.
    unsafe { &*block.place::<T>() }.trace(tracer);
}

/// # Safety
///
/// `block` was allocated for a `T`, its value is whole and not used again.
pub(crate) unsafe fn drop<B: AnyBlock, T: Trace>(block: B) {
    // SAFETY: by *vtable* the value is whole and not used again.
    unsafe { std::ptr::drop_in_place(block.place::<T>()) }
}

/// # Safety
///
/// `block` was allocated for a `T` whose value is whole and kept so by a handle for the whole call.
pub(crate) unsafe fn finalize<B: AnyBlock, T: Trace>(block: B) {
    if let Some(finalize) = T::finalizer() {
        // SAFETY: by *vtable* a handle keeps the value whole; only the value is borrowed, not the
        // header.
        finalize(unsafe { &*block.place::<T>() });
    }
}
