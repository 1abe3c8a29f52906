//! A block: one allocation, a header and the value behind it.
//!
//! Handles know the type of the value and hold a pointer to a [`Block`]; everything else holds a [`BlockPtr`], which
//! only knows the header. Both are the same address with the provenance of the whole allocation, and neither is ever
//! turned into a reference that covers header and value: user code may hold `&mut` to the value at that moment.

use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use super::header::Header;
use super::vtable::Vtable;
use crate::local::raw::memory;
use crate::raw::layout::layout_of_place;
use crate::trace::Trace;

/// A block of the local heap.
pub(crate) type Block<T> = crate::raw::block::Block<Header, T>;

impl<T: Trace> Block<T> {
    /// Allocates a block with one handle, which the caller owns from here on.
    #[inline]
    pub(crate) fn allocate(value: T) -> NonNull<Self> {
        let memory = allocate_header(const { Layout::new::<Self>() }, Vtable::of::<T>());
        let block = memory.as_ptr() as *mut Self;
        // SAFETY: by *pointer* the place is inside the block, and no other pointer leads there yet.
        unsafe { (&raw mut (*block).value).write(value) };
        memory.cast()
    }

    /// Allocates the block of a value that is still to be written.
    #[inline]
    pub(crate) fn allocate_unborn() -> NonNull<Block<MaybeUninit<T>>> {
        allocate_header(const { Layout::new::<Self>() }, Vtable::of::<T>()).cast()
    }
}

/// Allocates a block with this layout, and writes the header of a type. Contains what needs no type
/// in the functions above, so that a debug build compiles it once.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
fn allocate_header(layout: Layout, vtable: &'static Vtable) -> NonNull<u8> {
    let block = memory::allocate(layout);
    // SAFETY: by *layout* the memory was allocated for a block, which begins with its header.
    unsafe { block.as_ptr().cast::<Header>().write(Header::new(vtable)) };
    block
}

impl<T: ?Sized> Block<T> {
    /// The layout of a block that is not wide. Its value may be gone.
    ///
    /// # Safety
    ///
    /// The block is not freed (*pointer*).
    #[inline]
    pub(super) unsafe fn layout(block: *mut Self) -> Layout {
        // SAFETY: by *pointer* the place is inside the block, and the memory is there.
        layout_around(unsafe { layout_of_place(&raw const (*block).value) })
    }
}

/// The layout of the block of a value that has the given layout.
#[inline]
fn layout_around(value: Layout) -> Layout {
    match Layout::new::<Header>().extend(value) {
        Ok((layout, _)) => layout.pad_to_align(),
        Err(_) => unreachable!("the block was allocated"),
    }
}

/// A block of the local heap whose type is known to its header only.
pub(crate) type BlockPtr = crate::raw::block::BlockPtr<Header>;

impl BlockPtr {
    #[inline(always)]
    pub(crate) fn header<'a>(self) -> &'a Header {
        // SAFETY: by *pointer* the block is not freed; the reference covers the header only, which
        // is made of cells.
        unsafe { self.header_ptr().as_ref() }
    }

    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *const u8 {
        self.start().as_ptr().cast_const()
    }

    /// The address of the value, as `Gc::as_ptr` gives it.
    pub(crate) fn value_addr(self) -> usize {
        self.addr() + self.value_offset()
    }

    /// Bytes from the header to the value.
    pub(crate) fn value_offset(self) -> usize {
        let vtable = self.header().vtable();
        match vtable.measure {
            // SAFETY: by *vtable*: by *pointer* the block is not freed.
            Some(measure) => unsafe { measure(self) }.value_offset,
            None => vtable.value_offset,
        }
    }

    /// Bytes of the whole block.
    pub(crate) fn size(self) -> usize {
        let vtable = self.header().vtable();
        match vtable.measure {
            // SAFETY: by *vtable*: by *pointer* the block is not freed.
            Some(measure) => unsafe { measure(self) }.size,
            None => vtable.size,
        }
    }

    /// Keeps `next` in the first word of a dead block.
    ///
    /// # Safety
    ///
    /// The block is *detached*, and its header is not read before [`take_link`](Self::take_link),
    /// except for the vtable.
    #[inline]
    pub(crate) unsafe fn set_link(self, next: Option<BlockPtr>) {
        // SAFETY: by *pointer* the header may be written; by *detached* no code reads its first
        // word.
        unsafe { self.start().as_ptr().cast::<Option<BlockPtr>>().write(next) }
    }

    /// The link that was set last.
    ///
    /// # Safety
    ///
    /// [`set_link`](Self::set_link) was called and nothing else has written the header since.
    #[inline]
    pub(crate) unsafe fn take_link(self) -> Option<BlockPtr> {
        // SAFETY: by *detached* nothing else has written the first word, so it is the link.
        unsafe { self.start().as_ptr().cast::<Option<BlockPtr>>().read() }
    }
}
