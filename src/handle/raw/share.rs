//! The owner of one share.
//!
//! Where it points is the affair of the heap: to a side record in the local heap, so that the block
//! is freed when its value dies, and to the block in the shared heap, where a record beside the
//! block would need a lock to keep an upgrade from a block that is being freed. The pointer is
//! typed as if it led to the block, because it carries the metadata of an unsized value.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};

use super::super::heap::{BlockOf, HeapOps};
use super::Counted;
use crate::raw::block::{BlockPtr, block_of};
use crate::raw::pointer::{Owns, with_address};

/// Owns one share of what the `Weak` handles of a block lead to, or leads nowhere.
pub(crate) struct Share<T: ?Sized, H: HeapOps> {
    /// Where the heap keeps the shares, or [`NOTHING`], with the metadata of a handle.
    target: BlockOf<H, T>,
    _value: Owns<T>,
}

/// Borrows a share. By *share*, what it leads to is not freed in the meantime.
pub(crate) struct ShareRef<'a, H> {
    target: NonNull<u8>,
    _owner: PhantomData<&'a ()>,
    _heap: PhantomData<fn() -> H>,
}

impl<H> Clone for ShareRef<'_, H> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for ShareRef<'_, H> {}

impl<H> ShareRef<'_, H> {
    /// # Safety
    ///
    /// A share of `target`, in the heap `H`, exists for as long as the result.
    #[inline(always)]
    unsafe fn new(target: NonNull<u8>) -> Self {
        Self { target, _owner: PhantomData, _heap: PhantomData }
    }

    /// Where the heap keeps the shares.
    #[inline(always)]
    pub(crate) fn target(self) -> NonNull<u8> {
        self.target
    }
}

/// The address in a share that was made from nothing; nothing is there.
const NOTHING: usize = usize::MAX;

const fn nowhere() -> NonNull<u8> {
    // SAFETY: by *share* nothing is there, and the address is not null.
    unsafe { NonNull::new_unchecked(ptr::without_provenance_mut(NOTHING)) }
}

impl<T, H: HeapOps> Share<T, H> {
    /// A share of nothing.
    #[inline]
    pub(crate) const fn new() -> Self {
        Self { target: nowhere().cast(), _value: PhantomData }
    }
}

impl<T: ?Sized, H: HeapOps> Share<T, H> {
    /// Takes over a share of `target`, for a value with the metadata of `like`.
    ///
    /// # Safety
    ///
    /// The caller owns one share of `target`, which it does not use again. The metadata is that of
    /// the value.
    #[inline]
    pub(super) unsafe fn from_target(target: NonNull<u8>, like: BlockOf<H, T>) -> Self {
        Self { target: with_address(like, target), _value: PhantomData }
    }

    /// The same share, with the metadata of another pointer to the value.
    ///
    /// # Safety
    ///
    /// The pointer is to the value, dead or alive, which is a `U` by *viewed*.
    pub(crate) unsafe fn with_metadata<U: ?Sized>(self, pointer: *const U) -> Share<U, H> {
        let this = ManuallyDrop::new(self);
        // SAFETY: by *pointer* a pointer to a value is not null, dead or alive.
        let like = unsafe { NonNull::new_unchecked(pointer as *mut _) };
        // SAFETY: by *share* this is the caller's, and it moves.
        unsafe { Share::from_target(this.target.cast(), like) }
    }

    /// This share, if it is not one of nothing.
    #[inline(always)]
    fn borrow(&self) -> Option<ShareRef<'_, H>> {
        let target = self.target.cast::<u8>();
        // SAFETY: by *share* this is a share, and it is borrowed.
        (target.addr().get() != NOTHING).then(|| unsafe { ShareRef::new(target) })
    }

    /// A pointer that leads nowhere, with the metadata of the handle.
    fn nothing(&self) -> *const T {
        with_address(self.target, nowhere()).as_ptr() as *const T
    }

    /// The address of the value, which is kept for it from now on.
    pub(crate) fn as_ptr(&self) -> *const T {
        let Some(share) = self.borrow() else { return self.nothing() };
        H::reserve_address(share);
        // SAFETY: by *share* the target has the metadata of the value.
        unsafe { H::value_of_weak(share, self.target) }
    }

    /// Gives up the owner but not its share: the address of the value, for
    /// [`from_raw`](Self::from_raw), or a pointer that leads nowhere if the value is gone.
    pub(crate) fn into_raw(self) -> *const T {
        match self.borrow() {
            // SAFETY: by *share* this is a share, and it is given up by not being dropped.
            Some(share) if unsafe { H::into_raw(share) } => {
                // SAFETY: by *share* the target has the metadata of the value.
                let value = unsafe { H::value_of_weak(share, self.target) };
                std::mem::forget(self);
                value
            }
            _ => self.nothing(),
        }
    }

    /// Takes over a share of a value.
    ///
    /// # Safety
    ///
    /// The pointer came from [`into_raw`](Self::into_raw) of an owner of the same heap by the type
    /// `T`, or by one of which `T` is an unsized view. Each such share is taken over once.
    pub(crate) unsafe fn from_raw(pointer: *const T) -> Self {
        if pointer.addr() == NOTHING {
            // SAFETY: by *share* nothing is there, and the address is not null.
            let target = unsafe { NonNull::new_unchecked(pointer as *mut _) };
            return Self { target, _value: PhantomData };
        }
        // SAFETY: by *share* the one that the pointer stands for keeps the block.
        let block = unsafe { block_of(pointer) };
        // SAFETY: by *share*, as above, and the result is not used after this function.
        let erased = unsafe { BlockPtr::new(block) };
        // SAFETY: by *share*: the pointer came from `into_raw` and is turned back once.
        unsafe { Self::from_target(H::from_raw(erased), block) }
    }

    /// A count of the block, unless the value is gone.
    #[inline]
    pub(crate) fn upgrade(&self) -> Option<Counted<T, H>> {
        let block = H::upgrade(self.borrow()?)?;
        // SAFETY: by *count*, of which one was added for the caller.
        Some(unsafe { Counted::from_block(with_address(self.target, block)) })
    }

    /// The number of counts and of shares; zero each if the value is gone.
    pub(crate) fn counts(&self) -> (usize, usize) {
        self.borrow().map_or((0, 0), H::counts_of_weak)
    }

    /// Whether both are shares of the same, or both of nothing.
    #[inline]
    pub(crate) fn ptr_eq(&self, other: &Self) -> bool {
        ptr::addr_eq(self.target.as_ptr(), other.target.as_ptr())
    }
}

impl<T: ?Sized, H: HeapOps> Clone for Share<T, H> {
    #[inline]
    fn clone(&self) -> Self {
        if let Some(share) = self.borrow() {
            H::share(share);
        }
        Self { target: self.target, _value: PhantomData }
    }
}

impl<T: ?Sized, H: HeapOps> Drop for Share<T, H> {
    #[inline]
    fn drop(&mut self) {
        if let Some(share) = self.borrow() {
            // SAFETY: by *share* this is a share, and it ends here.
            unsafe { H::unshare(share) }
        }
    }
}
