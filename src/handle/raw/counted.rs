//! The owner of one count.

use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr::{self, NonNull};

use super::super::heap::{BlockOf, ErasedOf, HeapOps};
use super::{Share, UninitBlock};
use crate::leaf::Leaf;
use crate::raw::block::{Block, BlockPtr, block_of};
use crate::raw::pointer::{Owns, with_address};
use crate::trace::{Trace, Tracer};

/// Owns one count of a block with a `T`: what a [`Gc`](super::super::Gc) is made of, at the same
/// address.
#[repr(transparent)]
pub(crate) struct Counted<T: ?Sized, H: HeapOps> {
    block: BlockOf<H, T>,
    _owns: Owns<T>,
}

impl<T: Trace, H: HeapOps> Counted<T, H> {
    /// Counts a block and allocates it with one count. May run a collection first.
    #[inline(always)]
    pub(crate) fn allocate(mut value: T) -> Self {
        let memory = H::allocate_counted::<T>(value.owned_bytes());
        let block = memory.as_ptr() as *mut Block<H::Header, T>;
        // SAFETY: by *pointer* the place is inside the block, and no other pointer leads there yet.
        unsafe { (&raw mut (*block).value).write(value) };
        // SAFETY: by *count* the block has one count, which the caller of `allocate` owns.
        unsafe { Self::from_block(memory.cast()) }
    }
}

impl<T: 'static, H: HeapOps> Counted<T, H> {
    /// Allocates a block that is a [`Leaf`] for the collector, with one count.
    #[inline(always)]
    pub(crate) fn allocate_leaf(value: T) -> Self {
        // The block is destroyed by the vtable of the `Leaf`, and freed by its layout.
        let memory = H::allocate::<Leaf<T>>();
        let block = memory.as_ptr() as *mut Block<H::Header, T>;
        // SAFETY: by *pointer* the place is inside the block, and no other pointer leads there yet.
        // A `Leaf` has the layout of its value.
        unsafe { (&raw mut (*block).value).write(value) };
        // SAFETY: by *count* the block has one count, which the caller of `allocate` owns.
        unsafe { Self::from_block(memory.cast()) }
    }
}

impl<T: ?Sized, H: HeapOps> Counted<T, H> {
    /// Takes over a count of the block.
    ///
    /// # Safety
    ///
    /// The caller owns one count of the block, which it does not use again.
    #[inline(always)]
    pub(super) unsafe fn from_block(block: BlockOf<H, T>) -> Self {
        Self { block, _owns: PhantomData }
    }

    /// The block, without its count.
    #[inline(always)]
    fn into_block(self) -> BlockOf<H, T> {
        ManuallyDrop::new(self).block
    }

    #[inline(always)]
    fn erased(&self) -> ErasedOf<H> {
        // SAFETY: by *count* the block is not freed while `self` exists; no caller keeps the result
        // longer.
        unsafe { BlockPtr::new(self.block) }
    }

    /// The address of the value.
    #[inline(always)]
    pub(crate) fn as_ptr(&self) -> *const T {
        // SAFETY: by *count* the block is not freed while `self` exists, and the place is inside
        // it.
        unsafe { &raw const (*self.block.as_ptr()).value }
    }

    /// The value.
    #[inline(always)]
    pub(crate) fn value(&self) -> &T {
        // SAFETY: by *count* the value is whole while `self` exists; `&mut` to it needs `self` by
        // `&mut`.
        unsafe { &(*self.block.as_ptr()).value }
    }

    /// Whether both are counts of the same block.
    #[inline]
    pub(crate) fn ptr_eq(&self, other: &Self) -> bool {
        ptr::addr_eq(self.block.as_ptr(), other.block.as_ptr())
    }

    /// The number of counts.
    #[inline]
    pub(crate) fn strong_count(&self) -> usize {
        H::strong_count(self.erased())
    }

    /// The number of shares.
    #[inline]
    pub(crate) fn weak_count(&self) -> usize {
        H::weak_count(self.erased())
    }

    /// Reports the handle that this count is, to a collection.
    #[inline(always)]
    pub(crate) fn report(&self, tracer: &mut Tracer<'_>) {
        H::report(tracer, self.erased(), self as *const Self as *const ());
    }

    /// A share of what the `Weak` handles of the block lead to.
    pub(crate) fn downgrade(&self) -> Share<T, H> {
        // SAFETY: by *share* the heap gives one to the caller.
        unsafe { Share::from_target(H::downgrade(self.erased()), self.block) }
    }

    /// The value by `&mut`, if this is the only count and there is no share.
    #[inline]
    pub(crate) fn claim(&mut self) -> Option<&mut T> {
        // A collection must not read the value while it is under `&mut`. The only handle is
        // borrowed, so it is on a stack, behind a mutable borrow or a lock that is held, or in a
        // value that is withdrawn as well.
        if !H::claim(self.erased()) {
            return None;
        }
        // SAFETY: by *unreached* no collection reads the value for as long as `self` is borrowed,
        // and there is no other handle.
        Some(unsafe { self.value_mut() })
    }

    /// The value by `&mut`.
    ///
    /// # Safety
    ///
    /// There is no other handle of any kind, and no collection reads the value while it is
    /// borrowed.
    #[inline]
    pub(crate) unsafe fn value_mut(&mut self) -> &mut T {
        // SAFETY: by *unreached*, as the caller promises; by *count* the value is whole.
        unsafe { &mut (*self.block.as_ptr()).value }
    }

    /// Moves the value to `room` if this is the last count, and becomes the count of that block.
    /// Otherwise returns the room.
    ///
    /// # Panics
    ///
    /// If the room is not for a value of the size of this one.
    pub(crate) fn move_to(&mut self, room: UninitBlock<T, H>) -> Result<(), UninitBlock<T, H>> {
        assert!(room.is_like(self.value()), "the room is for another value");
        // SAFETY: by *count* this is the caller's, and it is replaced below without being dropped.
        if !unsafe { H::take_last(self.erased()) } {
            return Err(room);
        }
        // SAFETY: by *last* nothing borrows the value. Nothing between the move and the replacement
        // of the count runs foreign code, so the value is not seen twice.
        let moved = unsafe { room.fill_from(self.as_ptr()) };
        H::inherit_finalized(moved.erased(), self.erased());
        let emptied = ManuallyDrop::new(std::mem::replace(self, moved));
        // SAFETY: by *last* the block is given up, from which the value was moved.
        unsafe { H::free_moved_out(emptied.erased()) };
        Ok(())
    }

    /// Gives up the owner but not its count: the address of the value, for
    /// [`from_raw`](Self::from_raw).
    pub(crate) fn into_raw(self) -> *const T {
        ManuallyDrop::new(self).as_ptr()
    }

    /// Takes over a count of the block of a value.
    ///
    /// # Safety
    ///
    /// The pointer came from [`into_raw`](Self::into_raw) of an owner of the same heap by the type
    /// `T`, or by one of which `T` is an unsized view. Each such count is taken over once.
    pub(crate) unsafe fn from_raw(pointer: *const T) -> Self {
        // SAFETY: by *count* the one that `into_raw` left keeps the block.
        let block = unsafe { block_of(pointer) };
        // SAFETY: by *count*: it is the caller's.
        unsafe { Self::from_block(block) }
    }

    /// The same count, for a block that is seen by another type.
    ///
    /// # Safety
    ///
    /// By *viewed*, the value is a `U`.
    #[inline(always)]
    pub(crate) unsafe fn cast<U>(self) -> Counted<U, H> {
        // SAFETY: by *viewed*, as the caller promises; the count moves.
        unsafe { Counted::from_block(self.into_block().cast()) }
    }

    /// The same count, with the metadata of another pointer to the value.
    ///
    /// # Safety
    ///
    /// The pointer is to the value, and by *viewed* the value is a `U`.
    #[inline]
    pub(crate) unsafe fn with_metadata<U: ?Sized>(self, pointer: *const U) -> Counted<U, H> {
        // SAFETY: by *pointer* a pointer to a value is not null.
        let like = unsafe { NonNull::new_unchecked(pointer as *mut _) };
        // SAFETY: by *viewed*, as the caller promises; the count moves.
        unsafe { Counted::from_block(with_address(like, self.into_block().cast())) }
    }
}

impl<T, H: HeapOps> Counted<T, H> {
    /// Moves the value out, if this is the last count.
    #[inline]
    pub(crate) fn try_unwrap(self) -> Result<T, Self> {
        // SAFETY: by *count* this is the caller's, and it is not used as a count again if it is
        // taken.
        if unsafe { H::take_last(self.erased()) } {
            // SAFETY: by *last*, as the count was taken just now.
            Ok(unsafe { self.move_out() })
        } else {
            Err(self)
        }
    }

    /// Moves the value out if this is the last count, and releases the count otherwise.
    #[inline]
    pub(crate) fn into_inner(self) -> Option<T> {
        let this = ManuallyDrop::new(self);
        // SAFETY: by *count* this is the caller's, and it is given up here.
        if unsafe { H::release_or_take(this.block) } {
            // SAFETY: by *last*, as the count was taken just now.
            Some(unsafe { ManuallyDrop::into_inner(this).move_out() })
        } else {
            None
        }
    }

    /// Moves the value out of a block without counts.
    ///
    /// # Safety
    ///
    /// By *last*, this count was the last one and was taken.
    #[inline]
    unsafe fn move_out(self) -> T {
        let this = ManuallyDrop::new(self);
        // SAFETY: by *last* nothing borrows the value. It is read once, and the block is given up
        // below.
        let value = unsafe { this.as_ptr().read() };
        // SAFETY: by *last* the block is given up, from which the value was moved.
        unsafe { H::free_moved_out(this.erased()) };
        value
    }
}

impl<T, H: HeapOps> Counted<[T], H> {
    /// The same count, for the array that the slice is if it has this length.
    pub(crate) fn into_array<const N: usize>(self) -> Result<Counted<[T; N], H>, Self> {
        if self.value().len() != N {
            return Err(self);
        }
        // SAFETY: by *viewed*: a slice of that length is such an array.
        Ok(unsafe { self.cast() })
    }
}

impl<T, const N: usize, H: HeapOps> Counted<[T; N], H> {
    /// The same count, for the array as a slice.
    pub(crate) fn into_slice(self) -> Counted<[T], H> {
        let elements: *const [T] = self.as_ptr();
        // SAFETY: by *viewed*: an array is such a slice.
        unsafe { self.with_metadata(elements) }
    }
}

impl<H: HeapOps> Counted<str, H> {
    /// The same count, for the bytes of the text.
    pub(crate) fn into_bytes(self) -> Counted<[u8], H> {
        let bytes = self.as_ptr() as *const [u8];
        // SAFETY: by *viewed*: a text is its bytes.
        unsafe { self.with_metadata(bytes) }
    }
}

impl<T: Trace, H: HeapOps> Counted<MaybeUninit<T>, H> {
    /// The same count, for the value that was written. Gives the block the type of the value.
    ///
    /// # Safety
    ///
    /// The value is whole, and stays so.
    pub(crate) unsafe fn assume_init(self) -> Counted<T, H> {
        // SAFETY: by *viewed* the value is a `MaybeUninit<T>`, which holds a `T`, as the
        // caller promises.
        unsafe { H::retype::<T>(self.erased()) };
        // SAFETY: by *viewed*, as the caller promises that the value was written.
        unsafe { self.cast() }
    }
}

impl<T: Trace, H: HeapOps> Counted<[MaybeUninit<T>], H> {
    /// The same count, for the elements that were written. Gives the block the type of the
    /// elements.
    ///
    /// # Safety
    ///
    /// Every element is whole, and stays so.
    pub(crate) unsafe fn assume_init(self) -> Counted<[T], H> {
        // SAFETY: by *viewed* the value is a `[MaybeUninit<T>]`, whose elements hold a `T`,
        // as the caller promises.
        unsafe { H::retype_slice::<T>(self.erased()) };
        let elements = self.as_ptr() as *const [T];
        // SAFETY: by *viewed*, as the caller promises that the elements were written.
        unsafe { self.with_metadata(elements) }
    }
}

impl<T: ?Sized, H: HeapOps> Clone for Counted<T, H> {
    #[inline]
    fn clone(&self) -> Self {
        H::increment(self.erased());
        Self { block: self.block, _owns: PhantomData }
    }
}

impl<T: ?Sized, H: HeapOps> Drop for Counted<T, H> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: by *count* this is the caller's, and it ends here.
        unsafe { H::drop_handle(self.block, self as *const Self as *const ()) }
    }
}
