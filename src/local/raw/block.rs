//! A block: one allocation, a header and the value behind it.
//!
//! Handles know the type of the value and hold a pointer to a [`Block`]; everything else holds a
//! [`BlockPtr`], which only knows the header. Both are the same address with the provenance of the
//! whole allocation, and neither is ever turned into a reference that covers header and value: user
//! code may hold `&mut` to the value at that moment.

use std::alloc::Layout;
use std::ptr::NonNull;

use super::header::Header;
use super::vtable::Vtable;
use crate::local::raw::memory;
use crate::raw::heaps::{Headed, Local};

/// A block of the local heap.
pub(crate) type Block<T> = crate::raw::block::Block<Header, T>;

impl Headed for Local {
    type Header = Header;
}

/// Allocates a block of a type with this layout and vtable, with one handle that the caller owns.
/// The value is still to be written.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn allocate(layout: Layout, vtable: &'static Vtable) -> NonNull<u8> {
    let block = memory::allocate(layout);
    // SAFETY: by *layout* the memory was allocated for a block, which begins with its header.
    unsafe { block.as_ptr().cast::<Header>().write(Header::new(vtable)) };
    block
}

/// The layout of the block of a value that has the given layout, unless the block is wide.
#[inline]
pub(super) fn layout_around(value: Layout) -> Layout {
    match Layout::new::<Header>().extend(value) {
        Ok((layout, _)) => layout.pad_to_align(),
        Err(_) => unreachable!("the block was allocated"),
    }
}

/// A block of the local heap whose type is known to its header only.
pub(crate) type BlockPtr = crate::raw::block::BlockPtr<Local>;

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
            None => vtable.value.offset,
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
