//! The layout of a block: a header, and the value behind it.

use std::ptr::NonNull;

use super::layout::block_around;

/// One allocation of a heap whose headers are of type `Hd`.
///
/// Handles know the type of the value and point to a `Block`. The collectors know the header only. Both pointers have the
/// same address and the provenance of the whole allocation. No reference covers header and value at once: user code may
/// hold `&mut` to the value at that moment.
#[repr(C)] // the header is at the same place whatever the value is
pub(crate) struct Block<Hd, T: ?Sized> {
    pub(crate) header: Hd,
    pub(crate) value: T,
}

/// The block of a value that is known by its address, as from `Gc::as_ptr`.
///
/// # Safety
///
/// The pointer leads to the value of a block with such a header, has the provenance of the block,
/// and the block is not freed. The value may be gone.
#[inline]
pub(crate) unsafe fn block_of<Hd, T: ?Sized>(value: *const T) -> NonNull<Block<Hd, T>> {
    // SAFETY: by *pointer*, as the caller promises.
    let block = unsafe { block_around::<Hd, T>(value) } as *mut Block<Hd, T>;
    // SAFETY: by *pointer* the address is inside an allocation, so it is not null.
    unsafe { NonNull::new_unchecked(block) }
}
