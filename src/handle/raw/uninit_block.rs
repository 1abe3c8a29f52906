//! A block whose value does not exist yet.
//!
//! Only its `Weak` handles lead to it, and they cannot be upgraded, so no collection ever reads the
//! place where the value will be. If the value fails to come, the block is freed without one.

use std::alloc::Layout;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use super::super::heap::{BlockOf, ErasedOf, HeapOps};
use super::{Counted, Share};
use crate::policy::bytes;
use crate::raw::block::BlockPtr;
use crate::raw::pointer::with_address;
use crate::raw::wide;
use crate::trace::{Of, Promise, Trace};

/// Room for a value. Frees the block when it is dropped.
pub(crate) struct UninitBlock<T: ?Sized, H: HeapOps>(BlockOf<H, T>);

impl<T: Trace, H: HeapOps> UninitBlock<T, H> {
    pub(crate) fn new() -> Self {
        H::count_allocation();
        Self(H::allocate_uninit::<T>().cast())
    }

    /// A share, for the `Weak` handles that exist before the value.
    pub(crate) fn share(&self) -> Share<T, H> {
        // SAFETY: by *share* the heap gives one to the caller.
        unsafe { Share::from_target(H::downgrade_uninit(self.erased()), self.0) }
    }

    /// Gives the block its value.
    pub(crate) fn fill(self, mut value: T) -> Counted<T, H> {
        H::count_bytes(bytes::of_value(&mut value));
        // SAFETY: by *unwritten* the place is inside the block and holds nothing that would have to
        // be dropped.
        unsafe { self.value().write(value) };
        // SAFETY: by *unwritten*: the value was written just now.
        unsafe { self.assume_init() }
    }
}

impl<T: Trace, H: HeapOps> UninitBlock<[T], H> {
    /// # Panics
    ///
    /// If the slice would be larger than the address space.
    pub(crate) fn slice(length: usize) -> Self {
        let Ok(layout) = Layout::array::<T>(length) else { panic!("capacity overflow") };
        // SAFETY: by *viewed*: a slice promises what its elements promise.
        unsafe { Self::wide::<Of<T>>(wide::word_of_length(length), layout) }
    }
}

impl<T: Trace + ?Sized, H: HeapOps> UninitBlock<T, H> {
    /// Room for a value of the type and size of `value`.
    ///
    /// # Safety
    ///
    /// `P` is true of every value of the type.
    pub(super) unsafe fn like<P: Promise>(value: &T) -> Self {
        // SAFETY: by *viewed*, as the caller promises; word and layout are those of a value.
        unsafe { Self::wide::<P>(wide::word_of(value), Layout::for_value(value)) }
    }

    /// # Safety
    ///
    /// `P` is true of every value of the type. The word is the metadata of a value with this
    /// layout.
    unsafe fn wide<P: Promise>(word: wide::Word, value: Layout) -> Self {
        H::count_allocation();
        let uncount = UncountOnDrop::<H>(PhantomData);
        let this = Self(H::allocate_wide::<T, P>(word, value));
        std::mem::forget(uncount);
        H::count_bytes(bytes::of_size(value.size()));
        this
    }
}

/// Takes back that a block was counted which could not be allocated.
struct UncountOnDrop<H: HeapOps>(PhantomData<H>);

impl<H: HeapOps> Drop for UncountOnDrop<H> {
    fn drop(&mut self) {
        H::uncount_allocation();
    }
}

impl<T: ?Sized, H: HeapOps> UninitBlock<T, H> {
    fn erased(&self) -> ErasedOf<H> {
        // SAFETY: by *unwritten* the block is not freed before `drop`; no copy is kept longer than
        // `self`.
        unsafe { BlockPtr::new(self.0) }
    }

    /// Where the value will be.
    pub(super) fn value(&self) -> *mut T {
        // SAFETY: by *pointer* the place is inside the block.
        unsafe { &raw mut (*self.0.as_ptr()).value }
    }

    /// Whether the room is for a value with the metadata of `value`, and so of its size.
    pub(super) fn is_like(&self, value: &T) -> bool {
        let Some(place) = NonNull::new(self.value().cast::<u8>()) else { return false };
        std::ptr::eq(with_address(NonNull::from(value), place).as_ptr(), self.value())
    }

    /// Moves a value in, by its bytes.
    ///
    /// # Safety
    ///
    /// `value` is whole, of the size for which the room was made, and not used again.
    pub(super) unsafe fn fill_from(self, value: *const T) -> Counted<T, H> {
        // SAFETY: by *pointer* the value is not freed, and it is whole, as the caller promises. It
        // may be borrowed, so the reference claims no more than a shared one.
        let size = size_of_val(unsafe { &*value });
        // SAFETY: by *unwritten* the room has that size and is not the place of the value.
        unsafe { self.value().cast::<u8>().copy_from_nonoverlapping(value.cast(), size) };
        // SAFETY: by *unwritten*: the value was written just now.
        unsafe { self.assume_init() }
    }

    /// The first count, now that the value is there.
    ///
    /// # Safety
    ///
    /// The value was written.
    pub(super) unsafe fn assume_init(self) -> Counted<T, H> {
        let this = ManuallyDrop::new(self);
        // SAFETY: by *unwritten* the block had no count, and its value was written, as the caller
        // promises.
        unsafe { H::publish(this.erased()) };
        // SAFETY: by *unwritten* the count that has come to be is the first, and the caller's.
        unsafe { Counted::from_block(this.0) }
    }
}

impl<T: ?Sized, H: HeapOps> Drop for UninitBlock<T, H> {
    fn drop(&mut self) {
        // SAFETY: by *unwritten* no handle was made, and the block is not used again.
        unsafe { H::free_uninit(self.erased()) }
    }
}
