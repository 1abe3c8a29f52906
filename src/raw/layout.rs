//! The layout of a place whose value may be gone, under `&mut`, or dropped by another thread.

use std::alloc::Layout;
use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;

/// The layout of the value at `place`, from the metadata of the pointer.
///
/// The stable functions take the layout of an unsized value from a reference only. A reference to
/// an `UnsafeCell` reads nothing, claims nothing about other borrows of the place, and needs no
/// value there. So neither the aliasing rules nor another thread is concerned.
///
/// # Safety
///
/// The memory of the value is not freed. Its metadata is that of the value.
#[inline(always)]
pub(crate) unsafe fn layout_of_place<T: ?Sized>(place: *const T) -> Layout {
    let place = place as *const UnsafeCell<ManuallyDrop<T>>;
    // SAFETY: by *pointer* the memory is there, as the caller promises. A dropped value is a valid
    // `ManuallyDrop`, and any other borrow or access is allowed beside a shared `UnsafeCell`.
    let place = unsafe { &*place };
    // SAFETY: by *layout* these are the size and the alignment of a value.
    unsafe { Layout::from_size_align_unchecked(size_of_val(place), align_of_val(place)) }
}

/// The start of the block with a header of type `H` in which `value` stands.
///
/// # Safety
///
/// The pointer has the provenance of a block with such a header, and leads to the value of that
/// block. The block is not freed. The value may be gone.
#[inline]
pub(crate) unsafe fn block_around<H, T: ?Sized>(value: *const T) -> *const T {
    // SAFETY: by *pointer* the block is not freed, as the caller promises.
    let align = unsafe { layout_of_place(value) }.align();
    let offset = size_of::<H>().next_multiple_of(align);
    // SAFETY: by *layout* the value is `offset` bytes behind the start of its block, whose
    // provenance the pointer has by *pointer*.
    unsafe { value.byte_sub(offset) }
}
