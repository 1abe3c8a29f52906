//! A block whose value does not exist yet.
//!
//! Only its `Weak` handles lead to it, and they cannot be upgraded, so no collection ever reads the
//! place where the value will be. If the value fails to come, the block is freed without one.

use std::alloc::Layout;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use super::heap::{BlockOf, ErasedOf, Heap};
use super::{Gc, Weak};
use crate::policy::bytes;
use crate::raw::block::BlockPtr;
use crate::raw::wide;
use crate::trace::{Of, Promise, Trace};

/// Room for a value. Frees the block when it is dropped.
pub(super) struct UninitBlock<T: ?Sized, H: Heap>(BlockOf<H, T>);

impl<T: Trace, H: Heap> UninitBlock<T, H> {
    pub(super) fn new() -> Self {
        H::count_allocation();
        Self(H::allocate_uninit::<T>().cast())
    }

    pub(super) fn weak(&self) -> Weak<T, H> {
        Weak::from_target(H::downgrade_uninit(self.erased()), self.0)
    }

    /// Gives the block its value.
    pub(super) fn fill(self, mut value: T) -> Gc<T, H> {
        H::count_bytes(bytes::of_value(&mut value));
        // SAFETY: the place is inside the block and holds nothing that would have to be dropped.
        unsafe { self.value().write(value) };
        // SAFETY: it was written just now.
        unsafe { self.assume_init() }
    }
}

impl<T: Trace, H: Heap> UninitBlock<[T], H> {
    /// # Panics
    ///
    /// If the slice would be larger than the address space.
    pub(super) fn slice(length: usize) -> Self {
        let Ok(layout) = Layout::array::<T>(length) else { panic!("capacity overflow") };
        Self::wide::<Of<T>>(wide::word_of_length(length), layout)
    }
}

impl<T: Trace + ?Sized, H: Heap> UninitBlock<T, H> {
    /// Room for a value of the type and size of `value`, of which `P` is true.
    pub(super) fn like<P: Promise>(value: &T) -> Self {
        Self::wide::<P>(wide::word_of(value), Layout::for_value(value))
    }

    fn wide<P: Promise>(word: wide::Word, value: Layout) -> Self {
        H::count_allocation();
        let uncount = UncountOnDrop::<H>(PhantomData);
        let this = Self(H::allocate_wide::<T, P>(word, value));
        std::mem::forget(uncount);
        H::count_bytes(bytes::of_size(value.size()));
        this
    }
}

/// Takes back that a block was counted which could not be allocated.
struct UncountOnDrop<H: Heap>(PhantomData<H>);

impl<H: Heap> Drop for UncountOnDrop<H> {
    fn drop(&mut self) {
        H::uncount_allocation();
    }
}

impl<T: ?Sized, H: Heap> UninitBlock<T, H> {
    fn erased(&self) -> ErasedOf<H> {
        // SAFETY: the block is not freed before `drop`, and no copy is kept longer than `self`.
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
    pub(super) unsafe fn fill_from(self, value: *const T) -> Gc<T, H> {
        // SAFETY: as the caller promises, the value is whole.
        let size = size_of_val(unsafe { &*value });
        // SAFETY: the room has that size and is not the place of the value.
        unsafe { self.value().cast::<u8>().copy_from_nonoverlapping(value.cast(), size) };
        // SAFETY: it was written just now.
        unsafe { self.assume_init() }
    }

    /// The first handle, now that the value is there.
    ///
    /// # Safety
    ///
    /// The value was written.
    pub(super) unsafe fn assume_init(self) -> Gc<T, H> {
        let this = ManuallyDrop::new(self);
        H::publish(this.erased());
        Gc::from_block(this.0)
    }
}

impl<T: ?Sized, H: Heap> Drop for UninitBlock<T, H> {
    fn drop(&mut self) {
        // SAFETY: no handle was made, and the block is not used again.
        unsafe { H::free_uninit(self.erased()) }
    }
}
