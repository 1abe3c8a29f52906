//! A block: one allocation, a header and the value behind it; the twin of the local block.

use std::alloc::Layout;
use std::ptr::NonNull;

use super::header::Header;
use super::vtable::Vtable;
use super::watch;
use crate::raw::heaps::{Headed, Shared};
use crate::raw::memory::BlockMemory;

/// A block of the shared heap.
pub(crate) type Block<T> = crate::raw::block::Block<Header, T>;

impl Headed for Shared {
    type Header = Header;
}

/// Allocates a block of a type with this layout and vtable, with the given number of handles, one
/// or none. The value is still to be written.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn allocate(layout: Layout, vtable: &'static Vtable, handles: u64) -> NonNull<u8> {
    let block = Shared::allocate(layout);
    // SAFETY: by *layout* the memory was allocated for a block, which begins with its header.
    unsafe { block.as_ptr().cast::<Header>().write(Header::new(vtable, handles)) };
    block
}

/// A block of the shared heap whose type is known to its header only.
pub(crate) type BlockPtr = crate::raw::block::BlockPtr<Shared>;

// SAFETY: the pointer leads to a header of atomics and of cells that are touched in turn (*turn*),
// and owns nothing.
unsafe impl Send for BlockPtr {}
// SAFETY: a shared pointer allows what a copy does, for which see above (*turn*).
unsafe impl Sync for BlockPtr {}

impl BlockPtr {
    #[inline(always)]
    pub(crate) fn header<'a>(self) -> &'a Header {
        // SAFETY: by *pointer* the block is not freed while the pointer is used. The reference
        // covers the header only, which is made of cells, so another thread may free it once no
        // pointer is used.
        let header = unsafe { self.header_ptr().as_ref() };
        header.watch.visit();
        header
    }

    /// Bytes of the whole block.
    #[inline]
    pub(crate) fn size(self) -> usize {
        let vtable = self.header().vtable();
        match vtable.measure {
            // SAFETY: by *vtable*: by *pointer* the block is not freed.
            Some(measure) => unsafe { measure(self) }.size,
            None => vtable.size,
        }
    }

    /// The address of the value, as `Gc::as_ptr` gives it, if a collection may enter the block now.
    pub(crate) fn root_addr(self) -> Option<usize> {
        let header = self.header();
        let word = header.settled_word();
        if !word.is_candidate() || word.count() == 0 || word.is_dead() {
            return None;
        }
        let vtable = header.vtable();
        let offset = match vtable.measure {
            // SAFETY: by *vtable*: by *pointer* the block is not freed.
            Some(measure) => unsafe { measure(self) }.value_offset,
            None => vtable.value.offset,
        };
        Some(self.addr() + offset)
    }

    /// Releases `pins` pins, and frees the memory if no pin is left.
    ///
    /// # Safety
    ///
    /// The caller owns these pins and does not use the block again.
    #[inline]
    pub(crate) unsafe fn unpin(self, pins: u32) {
        // SAFETY: by *pins*, which the caller owns; by *vtable* the value is gone when the last one
        // ends.
        unsafe { self.unpin_and(pins, |block| (block.header().vtable().free)(block)) }
    }

    /// Releases `pins` pins, and frees the memory with `free` if no pin is left. For callers that
    /// know the type of the block.
    ///
    /// # Safety
    ///
    /// As for [`unpin`](Self::unpin), and `free` frees a block of this type whose value is gone.
    #[inline]
    pub(crate) unsafe fn unpin_and(self, pins: u32, free: impl FnOnce(Self)) {
        // The last pin is gone. So by *pins* no thread has a pointer to the block any more, and its
        // value is gone.
        if self.header().unpin(pins) {
            watch::free(self, free);
        }
    }

    /// Releases the pin of the handles, and the other pins in `pins`, after the value is gone.
    /// Memory that stays for an entry in a candidate list is counted, so that the lists are swept
    /// before it grows large.
    ///
    /// # Safety
    ///
    /// As for [`unpin_and`](Self::unpin_and), and the pin of the handles is among `pins`.
    #[inline]
    pub(crate) unsafe fn end_and(self, pins: u32, free: impl FnOnce(Self)) {
        if self.header().is_pinned_by(pins) {
            // By *pins* no other thread uses the block any more, and its value is gone.
            watch::free(self, free);
        } else {
            // SAFETY: by *pins*, as the caller promises.
            unsafe { self.end_pinned(pins) }
        }
    }

    /// [`end_and`](Self::end_and) for a block whose memory has other pins, by a caller that does
    /// not know its type.
    ///
    /// # Safety
    ///
    /// The caller owns the pins, including that of the handles, the value is gone, and the caller
    /// does not use the block again.
    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn end_pinned(self, pins: u32) {
        // The size is read while the pins keep the memory.
        let bytes = if self.header().word().entries() > 0 { self.size() } else { 0 };
        // SAFETY: by *pins*, as the caller promises.
        unsafe { self.unpin(pins) };
        if bytes > 0 {
            super::dead::count(bytes);
        }
    }
}
