//! The side record: what `Weak` handles hold on to.
//!
//! The first `downgrade` makes it. Because the record and not the block counts the `Weak` handles, the block is freed the
//! moment its value dies, and an upgrade never touches freed memory.

use std::cell::Cell;
use std::ptr::NonNull;

use super::block::BlockPtr;
use super::vtable::Vtable;

/// - **share**: `weak` is the number of `Weak` handles, plus one while the block is alive: all its strong handles
///   together own that share. At zero the record is freed.
/// - **upgradable**: while it is true, `block` is not freed and its value is whole.
#[repr(align(32))] // five tag bits of the header ride on its address
pub(crate) struct Side {
    vtable: &'static Vtable,
    block: BlockPtr,
    weak: Cell<u32>,
    upgradable: Cell<bool>,
}

impl Side {
    /// The record of `block`, made if there is none; the result counts one more `Weak`.
    pub(crate) fn downgrade(block: BlockPtr) -> NonNull<Self> {
        let header = block.header();
        if let Some(side) = header.side() {
            // SAFETY: by *side* the record is alive.
            unsafe { &*side }.increment();
            // SAFETY: a tagged pointer to a record is not null.
            return unsafe { NonNull::new_unchecked(side.cast_mut()) };
        }
        let vtable = header.vtable();
        let side = Box::new(Self { vtable, block, weak: Cell::new(2), upgradable: Cell::new(true) });
        // SAFETY: the pointer of a `Box` is not null.
        let side = unsafe { NonNull::new_unchecked(Box::into_raw(side)) };
        header.set_side(side.as_ptr());
        side
    }

    /// A record for a block whose value is still being made: no handle, one `Weak`, and the block's share.
    pub(crate) fn unborn(block: BlockPtr) -> NonNull<Self> {
        let side = Self::downgrade(block);
        // SAFETY: it was made just now.
        unsafe { side.as_ref() }.upgradable.set(false);
        side
    }

    #[inline]
    pub(crate) fn vtable(&self) -> &'static Vtable {
        self.vtable
    }

    /// The block, alive or not.
    #[inline]
    pub(crate) fn block(&self) -> BlockPtr {
        self.block
    }

    /// The block, if a `Weak` may become a handle.
    #[inline]
    pub(crate) fn upgradable(&self) -> Option<BlockPtr> {
        self.upgradable.get().then_some(self.block)
    }

    /// Opens or closes the way from `Weak` to handle.
    pub(crate) fn set_upgradable(&self, upgradable: bool) {
        self.upgradable.set(upgradable);
    }

    /// How many `Weak` handles there are.
    #[inline]
    pub(crate) fn weak_count(&self, block_is_alive: bool) -> usize {
        self.weak.get() as usize - usize::from(block_is_alive)
    }

    /// One `Weak` more. Aborts on overflow, as `Rc` does.
    #[inline]
    pub(crate) fn increment(&self) {
        let Some(weak) = self.weak.get().checked_add(1) else { std::process::abort() };
        self.weak.set(weak);
    }

    /// Gives up one share; frees the record if it was the last.
    ///
    /// # Safety
    ///
    /// `this` is alive and the caller owns one share, which it must not use again.
    #[inline]
    pub(crate) unsafe fn decrement(this: NonNull<Self>) {
        // SAFETY: alive by *share*: the caller's share is counted.
        let side = unsafe { this.as_ref() };
        let weak = side.weak.get() - 1;
        side.weak.set(weak);
        if weak == 0 {
            // SAFETY: by *share* nobody else holds on to the record; it came from a `Box`.
            drop(unsafe { Box::from_raw(this.as_ptr()) });
        }
    }

    /// Takes the record off a block that dies: no upgrade succeeds from here on.
    #[inline]
    pub(crate) fn detach(block: BlockPtr) {
        let header = block.header();
        if let Some(side) = header.side() {
            header.set_vtable(header.vtable());
            // SAFETY: by *side* the record was alive until here, and a tagged pointer to a record is not null.
            let side = unsafe { NonNull::new_unchecked(side.cast_mut()) };
            // SAFETY: the block's share keeps it alive.
            unsafe { side.as_ref() }.set_upgradable(false);
            // SAFETY: the block gives up its share, and the header does not lead to the record any more.
            unsafe { Self::decrement(side) };
        }
    }
}
