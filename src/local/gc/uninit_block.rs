//! A block whose value does not exist yet.
//!
//! Nobody but its `Weak` handles knows it, and they cannot be upgraded, so no collection ever looks at the place where
//! the value will be. If the value fails to come, the block is freed without one.

use std::alloc::Layout;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use super::{Gc, count_allocation, count_bytes};
use crate::local::raw::Block;
use crate::local::raw::BlockPtr;
use crate::local::raw::heap;
use crate::local::raw::side::Side;
use crate::local::raw::vtable::Vtable;
use crate::local::raw::wide::allocate_block;
use crate::local::weak::Weak;
use crate::policy::bytes;
use crate::raw::wide;
use crate::trace::{Of, Promise, Trace};

/// Room for a value. Frees the block when it is dropped.
#[allow(missing_debug_implementations)] // public in name only, see `MakeMut`
pub struct UninitBlock<T: ?Sized>(NonNull<Block<T>>);

impl<T: Trace> UninitBlock<T> {
    pub(super) fn new() -> Self {
        count_allocation();
        Self(Block::<T>::allocate_unborn().cast())
    }

    pub(super) fn weak(&self) -> Weak<T> {
        Weak::from_side(Side::uninit_block(self.erased()), self.0)
    }

    /// Gives the block its value.
    pub(super) fn fill(self, mut value: T) -> Gc<T> {
        count_bytes(bytes::of_value(&mut value));
        // SAFETY: the place is inside the block and holds nothing that would have to be dropped.
        unsafe { self.value().write(value) };
        // SAFETY: it was written just now.
        unsafe { self.born() }
    }
}

impl<T: Trace> UninitBlock<[T]> {
    /// # Panics
    ///
    /// If the slice would be larger than the address space.
    pub(super) fn slice(length: usize) -> Self {
        let Ok(layout) = Layout::array::<T>(length) else { panic!("capacity overflow") };
        Self::wide(wide::word_of_length(length), layout, Vtable::wide::<[T], Of<T>>())
    }
}

impl<T: Trace + ?Sized> UninitBlock<T> {
    /// Room for a value of the type and size of `value`, of which `P` is true.
    pub(super) fn like<P: Promise>(value: &T) -> Self {
        Self::wide(wide::word_of(value), Layout::for_value(value), Vtable::wide::<T, P>())
    }

    fn wide(word: wide::Word, value: Layout, vtable: &'static Vtable) -> Self {
        count_allocation();
        let uncounted = Uncount;
        let this = Self(allocate_block(word, value, vtable));
        std::mem::forget(uncounted);
        count_bytes(bytes::of_size(value.size()));
        this
    }
}

/// Takes back that a block was counted which could not be allocated.
struct Uncount;

impl Drop for Uncount {
    fn drop(&mut self) {
        heap(|heap| heap.balance.not_allocated());
    }
}

impl<T: ?Sized> UninitBlock<T> {
    fn erased(&self) -> BlockPtr {
        // SAFETY: the block is freed by `drop` only, and no copy is kept longer than `self`.
        unsafe { BlockPtr::new(self.0) }
    }

    /// Where the value will be.
    pub(super) fn value(&self) -> *mut T {
        // SAFETY: the place is inside the block.
        unsafe { &raw mut (*self.0.as_ptr()).value }
    }

    /// Moves a value in, by its bytes.
    ///
    /// # Safety
    ///
    /// `value` is whole, of the size for which the room was made, and not used again.
    pub(super) unsafe fn fill_from(self, value: *const T) -> Gc<T> {
        // SAFETY: as the caller promises, the value is whole.
        let size = size_of_val(unsafe { &*value });
        // SAFETY: the room has that size and is not the place of the value.
        unsafe { self.value().cast::<u8>().copy_from_nonoverlapping(value.cast(), size) };
        // SAFETY: it was written just now.
        unsafe { self.born() }
    }

    /// The first handle, now that the value is there.
    ///
    /// # Safety
    ///
    /// The value was written.
    pub(super) unsafe fn born(self) -> Gc<T> {
        let this = ManuallyDrop::new(self);
        if let Some(side) = this.erased().header().side() {
            // SAFETY: by *side* the record is alive.
            unsafe { &*side }.set_upgradable(true);
        }
        Gc::from_block(this.0)
    }
}

impl<T: ?Sized> Drop for UninitBlock<T> {
    fn drop(&mut self) {
        let block = self.erased();
        Side::detach(block);
        heap(|heap| heap.balance.freed(1));
        // SAFETY: no handle was made, no `Weak` leads to the block any more, and there is no value.
        unsafe { (block.header().vtable().free)(block) };
    }
}
