//! Wide blocks: slices, strings, and trait objects that came out of a box.
//!
//! A vtable serves all blocks of a type, so what differs between them, the length or the vtable of
//! a trait object, is in the block: one word in front of the header. `[word][header][value]`,
//! padded in front so that header and value stay where they are in any other block. So a handle
//! cannot see whether its slice was made as one or is an array seen as a slice.
//!
//! It need not: a wide block never has the tag `PLAIN`, so it always ends by its own vtable, whose
//! functions compute the start of the allocation.
//!
//! The heap that threads share has wide blocks of the same shape, with a header of its own.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::mem::transmute_copy;
use std::ptr::NonNull;

use super::block::{Block, BlockPtr};
use super::heaps::Headed;
use super::layout::layout_of_place;
use super::tracer::Tracer;
use crate::trace::Trace;

/// The metadata of a wide pointer.
pub(crate) type Word = *const ();

/// How large one wide block is.
pub(crate) struct Measure {
    /// Bytes of the whole allocation.
    pub(crate) size: usize,
    /// Bytes from the header to the value.
    pub(crate) value_offset: usize,
}

/// The layout of the allocation around a value, and the bytes before the header.
fn around<H>(value: Layout) -> Option<(Layout, usize)> {
    const { assert!(align_of::<H>() >= align_of::<Word>(), "a word fits before the header") };
    let block = Layout::new::<H>().extend(value).ok()?.0.pad_to_align();
    let before = block.align();
    let whole = Layout::from_size_align(block.size().checked_add(before)?, block.align()).ok()?;
    Some((whole, before))
}

/// Allocates a block without a value, and writes `header` to it. Returns a pointer to the header.
///
/// # Panics
///
/// If the value would be larger than the address space.
#[expect(clippy::disallowed_methods, reason = "wide blocks are allocated here")]
pub(crate) fn allocate<H>(word: Word, value: Layout, header: H) -> NonNull<u8> {
    let (whole, before) = around::<H>(value).expect("capacity overflow");
    // SAFETY: by *layout* the allocation has a header, so the size is not zero.
    let Some(start) = NonNull::new(unsafe { alloc(whole) }) else { handle_alloc_error(whole) };
    // SAFETY: by *layout* the block begins `before` bytes inside the allocation.
    let block = unsafe { start.add(before) };
    // SAFETY: by *layout* there is room for a header, aligned.
    unsafe { block.cast::<H>().write(header) };
    // SAFETY: by *layout* there is at least a word before the header.
    unsafe { block.cast::<Word>().sub(1).write(word) };
    block
}

/// The word of a wide pointer.
#[expect(
    clippy::disallowed_methods,
    reason = "stable Rust has no other way to the metadata of a pointer"
)]
pub(crate) fn word_of<T: ?Sized>(pointer: *const T) -> Word {
    const { assert!(size_of::<*const T>() == 2 * size_of::<Word>(), "not a wide pointer") };
    // SAFETY: by *wide pointer*; the second word is a length or a pointer.
    let [address, word] = unsafe { transmute_copy::<*const T, [Word; 2]>(&pointer) };
    debug_assert_eq!(address.addr(), pointer.addr());
    word
}

/// The word of a slice pointer.
pub(crate) fn word_of_length(length: usize) -> Word {
    std::ptr::without_provenance(length)
}

/// A wide pointer, of its address and its word, which came from a pointer to what `P` ends with.
#[expect(
    clippy::disallowed_methods,
    reason = "stable Rust has no other way to a pointer from its metadata"
)]
pub(crate) fn compose<P: ?Sized>(address: NonNull<u8>, word: Word) -> NonNull<P> {
    const { assert!(size_of::<NonNull<P>>() == 2 * size_of::<Word>(), "not a wide pointer") };
    let parts: [Word; 2] = [address.as_ptr().cast_const().cast(), word];
    // SAFETY: by *wide pointer*.
    let pointer: NonNull<P> = unsafe { transmute_copy(&parts) };
    debug_assert_eq!(pointer.cast::<u8>(), address);
    pointer
}

/// Where the value of a wide block is.
///
/// # Safety
///
/// `block` was allocated by [`allocate`] for a `T`.
pub(crate) unsafe fn value<H: Headed, T: ?Sized>(block: BlockPtr<H>) -> *mut T {
    // SAFETY: by *layout* the word is there, and it is not written again.
    let word = unsafe { block.start().cast::<Word>().sub(1).read() };
    let block: NonNull<Block<H::Header, T>> = compose(block.start(), word);
    // SAFETY: by *pointer* the place is inside the block.
    unsafe { &raw mut (*block.as_ptr()).value }
}

/// The layout of a value, which may be gone.
///
/// # Safety
///
/// As for [`value`].
unsafe fn layout<H: Headed, T: ?Sized>(block: BlockPtr<H>) -> Layout {
    // SAFETY: by *pointer* the memory is there; by *layout* the word in the block is the metadata
    // of the value.
    unsafe { layout_of_place(value::<H, T>(block)) }
}

/// # Safety
///
/// As for [`value`], which may be gone.
pub(crate) unsafe fn measure<H: Headed, T: ?Sized>(block: BlockPtr<H>) -> Measure {
    // SAFETY: by *pointer*, as the caller promises.
    let value = unsafe { layout::<H, T>(block) };
    let size = around::<H::Header>(value).map_or(0, |(whole, _)| whole.size());
    Measure { size, value_offset: size_of::<H::Header>().next_multiple_of(value.align()) }
}

/// # Safety
///
/// As for [`value`], which is whole and not under `&mut`.
pub(crate) unsafe fn trace<H: Headed, T: Trace + ?Sized>(
    block: BlockPtr<H>,
    tracer: &mut Tracer<'_>,
) {
    // SAFETY: by *vtable* the value is whole and not under `&mut`; only the value is borrowed, not
    // the header.
    let value = unsafe { &*value::<H, T>(block) };
    tracer.note_bytes(size_of_val(value));
    value.trace(tracer);
}

/// # Safety
///
/// As for [`value`], which is whole and not used again.
pub(crate) unsafe fn drop<H: Headed, T: ?Sized>(block: BlockPtr<H>) {
    // SAFETY: by *vtable* the value is whole and not used again.
    unsafe { value::<H, T>(block).drop_in_place() }
}

/// # Safety
///
/// As for [`value`], which is gone, and the memory is not used again.
#[expect(clippy::disallowed_methods, reason = "wide blocks are freed here")]
pub(crate) unsafe fn free<H: Headed, T: ?Sized>(block: BlockPtr<H>) {
    // SAFETY: by *pointer*: the memory is freed below.
    let value = unsafe { layout::<H, T>(block) };
    let Some((whole, before)) = around::<H::Header>(value) else {
        unreachable!("the block was allocated")
    };
    // SAFETY: by *layout* the allocation starts `before` bytes before the block; by *pointer* the
    // address has its provenance.
    unsafe { dealloc(block.start().sub(before).as_ptr(), whole) }
}
