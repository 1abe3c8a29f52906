//! A block: one allocation, a header and the value behind it.
//!
//! Handles know the type of the value and hold a pointer to a [`Block`]. Everything else holds a
//! [`BlockPtr`], which knows the header only. Both have the same address and the provenance of the
//! whole allocation. No reference covers header and value at once: user code may hold `&mut` to the
//! value at that moment.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::heaps::Headed;
use super::layout::block_around;

/// The layout of a block with a header of type `Hd`.
#[repr(C)] // the header is at the same place whatever the value is
pub(crate) struct Block<Hd, T: ?Sized> {
    pub(crate) header: Hd,
    pub(crate) value: T,
}

/// The block of a value that is known by its address, as from `Gc::as_ptr`.
///
/// # Safety
///
/// The pointer leads to the value of a block with such a header, has the provenance of the block,
/// and the block is not freed. The value may be gone.
#[inline]
pub(crate) unsafe fn block_of<Hd, T: ?Sized>(value: *const T) -> NonNull<Block<Hd, T>> {
    // SAFETY: by *pointer*, as the caller promises.
    let block = unsafe { block_around::<Hd, T>(value) } as *mut Block<Hd, T>;
    // SAFETY: by *pointer* the address is inside an allocation, so it is not null.
    unsafe { NonNull::new_unchecked(block) }
}

/// A block of the heap `H` whose type is known to its header only.
///
/// Code that makes or copies one keeps *pointer*. So `header`, which each heap has for its own
/// headers, is a safe function.
#[repr(transparent)]
pub(crate) struct BlockPtr<H>(NonNull<()>, PhantomData<H>);

impl<H> BlockPtr<H> {
    /// The start of the block.
    #[inline(always)]
    pub(crate) fn start(self) -> NonNull<u8> {
        self.0.cast()
    }

    /// The address of the block.
    #[inline(always)]
    pub(crate) fn addr(self) -> usize {
        self.0.addr().get()
    }
}

impl<H: Headed> BlockPtr<H> {
    /// Forgets the type of the value.
    ///
    /// # Safety
    ///
    /// `block` points to a block, and no copy of the result is used after it is freed.
    #[inline(always)]
    pub(crate) unsafe fn new<T: ?Sized>(block: NonNull<Block<H::Header, T>>) -> Self {
        // SAFETY: by *pointer* the address is not null.
        Self(unsafe { NonNull::new_unchecked(block.as_ptr() as *mut ()) }, PhantomData)
    }

    /// The header, which is not freed while the pointer is used. No reference to it may cover more.
    #[inline(always)]
    pub(crate) fn header_ptr(self) -> NonNull<H::Header> {
        self.0.cast()
    }

    /// Where the value is, if it is a `T`.
    ///
    /// # Safety
    ///
    /// The block was allocated for a `T`, or for a type with the layout of `T`.
    #[inline(always)]
    pub(crate) unsafe fn place<T>(self) -> *mut T {
        // SAFETY: by *pointer* the place is inside the allocation, for the value has the layout of
        // a `T`.
        unsafe { &raw mut (*(self.0.as_ptr() as *mut Block<H::Header, T>)).value }
    }
}

// By hand, as a derive would add bounds to `H`.
impl<H> Clone for BlockPtr<H> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for BlockPtr<H> {}

impl<H> PartialEq for BlockPtr<H> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<H> Eq for BlockPtr<H> {}

impl<H> PartialOrd for BlockPtr<H> {
    #[inline(always)]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<H> Ord for BlockPtr<H> {
    #[inline(always)]
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<H> Hash for BlockPtr<H> {
    #[inline(always)]
    fn hash<S: Hasher>(&self, state: &mut S) {
        self.0.hash(state);
    }
}

impl<H> std::fmt::Debug for BlockPtr<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
