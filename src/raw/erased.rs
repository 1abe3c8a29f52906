//! The functions that the vtables of both heaps share: those that use only the value.
//!
//! Where the value stands behind the header, and what becomes of the memory of a dead one, is each
//! heap's own affair.
//!
//! They are `#[inline]` so that each is compiled beside the vtable that names it, and the drop glue
//! of the value into it.

use super::block::BlockPtr;
use super::heaps::Headed;
use super::tracer::Tracer;
use crate::policy::bytes::MANY_BYTES;
use crate::trace::Trace;

/// # Safety
///
/// `block` was allocated for a `T` whose value is whole and not under `&mut`.
#[inline]
pub(crate) unsafe fn trace<H: Headed, T: Trace>(block: BlockPtr<H>, tracer: &mut Tracer<'_>) {
    if const { size_of::<T>() >= MANY_BYTES } {
        tracer.note_bytes(size_of::<T>());
    }
    // SAFETY: by *vtable* the value is whole and not under `&mut`; only the value is borrowed, not
    // the header.
    unsafe { &*block.place::<T>() }.trace(tracer);
}

/// # Safety
///
/// `block` was allocated for a `T`, its value is whole and not used again.
#[inline]
pub(crate) unsafe fn drop<H: Headed, T: Trace>(block: BlockPtr<H>) {
    // SAFETY: by *vtable* the value is whole and not used again.
    unsafe { std::ptr::drop_in_place(block.place::<T>()) }
}

/// # Safety
///
/// `block` was allocated for a `T` whose value is whole and kept so by a handle for the whole call.
#[inline]
pub(crate) unsafe fn finalize<H: Headed, T: Trace>(block: BlockPtr<H>) {
    if let Some(finalize) = T::finalizer() {
        // SAFETY: by *vtable* a handle keeps the value whole; only the value is borrowed, not the
        // header.
        finalize(unsafe { &*block.place::<T>() });
    }
}
