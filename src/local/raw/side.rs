//! The side record: what `Weak` handles hold on to.
//!
//! The first `downgrade` makes it. Because the record and not the block counts the `Weak` handles,
//! the block is freed the moment its value dies, and an upgrade never touches freed memory.
//!
//! A `Weak` that is a raw pointer for the time being has only the address of the value. So while
//! there are such, the memory of the block stays after its value is gone: its header is what leads
//! from the address to the record. It stays as well while a `Weak` exists of which the address was
//! read: no other value may get that address.

use std::cell::Cell;
use std::ptr::NonNull;

use super::audit;
use super::block::BlockPtr;
use super::heap::heap;
use super::vtable::Vtable;
use crate::raw::erased;

/// - **share**: `weak` is the number of `Weak` handles, plus one while the block is alive: all its
///   strong handles together own that share. At zero the record is freed.
/// - **upgradable**: while it is true, `block` is not freed and its value is whole.
/// - **kept**: while `raw` is not zero the block is not freed, unless it already was when that
///   began: then `raw` stays zero. Its vtable is the one that keeps the memory from `raw` being one
///   to its being zero or the block's end.
/// - **observed**: while `observed` is set, `raw` counts it and there is a `Weak`. So the block is
///   not freed (*kept*), and its share of the record is counted.
#[repr(align(32))] // five tag bits of the header ride on its address
pub(crate) struct Side {
    vtable: Cell<&'static Vtable>,
    block: BlockPtr,
    weak: Cell<u32>,
    /// How many of the `Weak` handles are raw pointers, plus one while `observed` is set.
    raw: Cell<u32>,
    /// Bytes from the block to its value.
    value_offset: u32,
    upgradable: Cell<bool>,
    /// The address of the value was read from a `Weak`.
    observed: Cell<bool>,
    stage: Cell<Stage>,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Side>() == 32);

/// How far a block is on its way out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// Not at all.
    Attached,
    /// Its value is about to be destroyed. If `raw` was zero then, the block does not lead to the
    /// record any more.
    Detached,
    /// Its value is gone; the memory is kept.
    Ended,
}

impl Side {
    /// The record of `block`, made if there is none; the result counts one more `Weak`.
    pub(crate) fn downgrade(block: BlockPtr) -> NonNull<Self> {
        let header = block.header();
        if let Some(side) = header.side() {
            // SAFETY: by *side* the record is alive.
            unsafe { &*side }.increment();
            // SAFETY: by *side* the pointer leads to a record, so it is not null.
            return unsafe { NonNull::new_unchecked(side.cast_mut()) };
        }
        let vtable = header.vtable();
        let side = Box::new(Self {
            vtable: Cell::new(vtable),
            block,
            weak: Cell::new(2),
            raw: Cell::new(0),
            value_offset: block.value_offset() as u32, // no alignment is larger
            upgradable: Cell::new(true),
            observed: Cell::new(false),
            stage: Cell::new(Stage::Attached),
        });
        // SAFETY: the pointer of a `Box` is not null.
        let side = unsafe { NonNull::new_unchecked(Box::into_raw(side)) };
        header.set_side(side.as_ptr());
        side
    }

    /// A record for a block whose value is still being made: no handle, one `Weak`, and the block's
    /// share.
    pub(crate) fn uninit_block(block: BlockPtr) -> NonNull<Self> {
        let side = Self::downgrade(block);
        // SAFETY: by *share* the record is alive: `downgrade` counted a `Weak`.
        unsafe { side.as_ref() }.upgradable.set(false);
        side
    }

    /// Lets the `Weak` handles of a block become handles, now that its value exists.
    #[inline]
    pub(crate) fn publish(block: BlockPtr) {
        if let Some(side) = block.header().side() {
            // SAFETY: by *side* the record is alive.
            unsafe { &*side }.set_upgradable(true);
        }
    }

    /// How many `Weak` handles a block that is alive has.
    #[inline(always)]
    pub(crate) fn weak_count_of(block: BlockPtr) -> usize {
        // SAFETY: by *side* the record is alive while the block is.
        block.header().side().map_or(0, |side| unsafe { &*side }.weak_count(true))
    }

    #[inline]
    pub(crate) fn vtable(&self) -> &'static Vtable {
        self.vtable.get()
    }

    pub(crate) fn set_vtable(&self, vtable: &'static Vtable) {
        self.vtable.set(if self.raw.get() == 0 { vtable } else { vtable.keeping_memory() });
    }

    /// Where the value is or was.
    #[inline]
    pub(crate) fn value(&self) -> NonNull<u8> {
        let value = self.block.as_ptr().wrapping_add(self.value_offset as usize);
        // SAFETY: by *pointer* the place is or was inside an allocation, so it is not null.
        unsafe { NonNull::new_unchecked(value.cast_mut()) }
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

    /// Asserts the invariants of the record of a block that has handles.
    pub(super) fn check(&self, block: BlockPtr) {
        assert!(
            self.block == block,
            "a block leads to the record of another: {:?}",
            block.header()
        );
        assert!(
            self.weak.get() > self.raw.get() - u32::from(self.observed.get()),
            "the share of a block is not counted: {:?}",
            block.header()
        );
        assert_eq!(
            self.stage.get(),
            Stage::Attached,
            "a block with handles is on its way out: {:?}",
            block.header()
        );
        assert!(
            self.upgradable.get(),
            "a block with handles cannot be upgraded to: {:?}",
            block.header()
        );
        assert_eq!(self.value_offset as usize, block.value_offset(), "{:?}", block.header());
        assert_eq!(self.raw.get() > 0, self.vtable().original.is_some(), "{:?}", block.header());
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
        if weak == 1 && side.observed.get() {
            side.observed.set(false);
            // SAFETY: by *observed*, the share that is left is the block's, so the record is alive,
            // and `raw` counts one more than there are raw pointers.
            unsafe { Self::take_back(this) };
        } else if weak == 0 {
            // SAFETY: by *share* this was the last one of the record, which came from a `Box`.
            drop(unsafe { Box::from_raw(this.as_ptr()) });
        }
    }

    /// Takes the record off a block that dies: no upgrade succeeds from here on.
    #[inline]
    pub(crate) fn detach(block: BlockPtr) {
        let header = block.header();
        if let Some(side) = header.side() {
            // SAFETY: by *side* the record is alive, and a tagged pointer to a record is not null.
            let side = unsafe { NonNull::new_unchecked(side.cast_mut()) };
            // SAFETY: by *side* the record is alive.
            let record = unsafe { side.as_ref() };
            record.set_upgradable(false);
            record.stage.set(Stage::Detached);
            if record.raw.get() == 0 {
                header.set_vtable(header.vtable());
                // SAFETY: by *share* the block owns one, which it gives up here: its header does
                // not lead to the record any more.
                unsafe { Self::decrement(side) };
            }
        }
    }

    /// One of the `Weak` handles becomes a raw pointer. Returns false if the memory behind it is or
    /// will be freed.
    pub(crate) fn keep(&self) -> bool {
        let raw = self.raw.get();
        if raw == 0 {
            if self.stage.get() != Stage::Attached {
                return false;
            }
            self.vtable.set(self.vtable().keeping_memory());
        }
        self.raw.set(raw + 1); // no more than `weak`, which does not overflow
        true
    }

    /// The address of the value is read from a `Weak`: the memory is kept until the last `Weak` is
    /// gone, unless the value is gone already.
    ///
    /// Does nothing during a collection, which has recorded the facts of the vtables that it has
    /// seen.
    pub(crate) fn observe(&self) {
        let is_settled =
            || self.stage.get() == Stage::Attached && !heap(|heap| heap.collecting.get());
        if !self.observed.get() && is_settled() {
            self.observed.set(self.keep());
        }
    }

    /// The raw pointer is a `Weak` again. Frees the memory if only that was still needed.
    ///
    /// # Safety
    ///
    /// `this` is the record of a raw pointer for which [`keep`](Self::keep) returned true, and that
    /// is taken back once.
    pub(crate) unsafe fn take_back(this: NonNull<Self>) {
        // SAFETY: alive by *share*: the caller's share is counted.
        let side = unsafe { this.as_ref() };
        side.raw.set(side.raw.get() - 1);
        if side.raw.get() == 0 {
            match (side.stage.get(), side.vtable().original) {
                (Stage::Attached, Some(original)) => side.vtable.set(original),
                // SAFETY: by *kept* no raw pointer needs the memory any more, and the value is
                // gone.
                (Stage::Ended, _) => unsafe { Self::free_kept(this) },
                // `end_kept` will see to it.
                (Stage::Detached, _) | (Stage::Attached, None) => {}
            }
        }
    }

    /// A raw pointer to the value of the block is a `Weak` again: see
    /// [`take_back`](Self::take_back). Returns the record.
    ///
    /// # Safety
    ///
    /// [`keep`](Self::keep) returned true for the record of the block, and that is taken back once.
    pub(crate) unsafe fn take_back_of(block: BlockPtr) -> NonNull<Self> {
        let Some(side) = block.header().side() else {
            unreachable!("the block of a raw `Weak` leads to its record")
        };
        // SAFETY: by *side* the pointer leads to a record, so it is not null.
        let side = unsafe { NonNull::new_unchecked(side.cast_mut()) };
        // SAFETY: by *kept*, as the caller promises.
        unsafe { Self::take_back(side) };
        side
    }

    /// Drops the value of a block whose memory may be kept, then frees the memory unless it is
    /// kept.
    ///
    /// # Safety
    ///
    /// The block leads to a record, its value is whole, and it is detached.
    pub(super) unsafe fn end_value_of_kept(block: BlockPtr) {
        // SAFETY: by *vtable*: the value is whole, as the caller promises, and dropped here only.
        unsafe { erased::drop(block) };
        if !audit::AUDITED {
            // SAFETY: *detached*, as the caller promises; the value is gone by now.
            unsafe { Self::end_kept(block) }
        }
    }

    /// Frees the memory of a block unless it is kept.
    ///
    /// # Safety
    ///
    /// The block leads to a record, its value is gone, and it is detached.
    pub(super) unsafe fn end_kept(block: BlockPtr) {
        let Some(side) = block.header().side() else {
            unreachable!("a block without a record keeps no memory")
        };
        // SAFETY: by *side* the pointer leads to a record, so it is not null.
        let side = unsafe { NonNull::new_unchecked(side.cast_mut()) };
        // SAFETY: by *side* the record is alive.
        let record = unsafe { side.as_ref() };
        match record.raw.get() {
            // SAFETY: the value is gone, and by *kept* no raw pointer leads to the block.
            0 => unsafe { Self::free_kept(side) },
            _ => record.stage.set(Stage::Ended),
        }
    }

    /// # Safety
    ///
    /// The block of this record leads to it, is detached, its value is gone, and the memory is not
    /// used again.
    unsafe fn free_kept(this: NonNull<Self>) {
        // SAFETY: by *side* the record is alive.
        let side = unsafe { this.as_ref() };
        let Some(original) = side.vtable().original else {
            unreachable!("the vtable keeps the memory")
        };
        // SAFETY: by *vtable*: the value is gone, and the memory is not used again, as the caller
        // promises.
        unsafe { (original.free)(side.block) };
        // SAFETY: by *share* the block owns one, which ends with the block.
        unsafe { Self::decrement(this) };
    }
}
