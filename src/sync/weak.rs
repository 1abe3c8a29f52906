//! `Weak`: a handle that does not keep its value alive.
//!
//! It has a pin of the block (*pins*), as an `Arc`'s has: with threads, a record beside the block would need a lock to
//! keep an upgrade from touching a block that is being freed.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use super::Gc;
use super::raw::block::block_of;
use super::raw::header::PIN;
use super::raw::{Block, BlockPtr, Header};
use crate::raw::pointer::Owns;
use crate::raw::pointer::with_address;

/// A handle that does not keep the value alive, from [`Gc::downgrade`]; like [`std::sync::Weak`].
///
/// A value is gone from the moment its destruction starts, whether the last [`Gc`] was dropped or a collection found it
/// unreachable; before that, while its finalizer runs, it can still be upgraded. A `Weak` keeps the memory of the
/// value, unlike a local one.
pub struct Weak<T: ?Sized> {
    /// The block, or [`NOTHING`].
    block: NonNull<Block<T>>,
    _target: Owns<T>,
}

// SAFETY: a `Weak` can become a handle, so the same holds as for one.
unsafe impl<T: ?Sized + Send + Sync> Send for Weak<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send + Sync> Sync for Weak<T> {}

/// The address in a `Weak` that was made from nothing; no block is there.
const NOTHING: usize = usize::MAX;

impl<T> Weak<T> {
    /// A `Weak` that leads nowhere. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let nowhere: recyc::sync::Weak<i64> = recyc::sync::Weak::new();
    /// assert!(nowhere.upgrade().is_none());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        let nothing = std::ptr::without_provenance_mut(NOTHING);
        // SAFETY: the address is not null.
        Self { block: unsafe { NonNull::new_unchecked(nothing) }, _target: PhantomData }
    }
}

impl<T: ?Sized> Weak<T> {
    /// Takes over a pin of the block.
    pub(super) fn from_block(block: NonNull<Block<T>>) -> Self {
        Self { block, _target: PhantomData }
    }

    /// The same handle, to a target with the metadata of `like`.
    pub(super) fn with_target<U: ?Sized>(self, like: NonNull<Block<U>>) -> Weak<U> {
        let this = ManuallyDrop::new(self);
        Weak::from_block(with_address(like, this.block.cast()))
    }

    /// The address of the value. It may be gone: check with [`upgrade`](Weak::upgrade).
    ///
    /// A `Weak` from [`Weak::new`] gives a pointer that leads nowhere and is not null.
    #[must_use]
    pub fn as_ptr(&self) -> *const T {
        if self.erased().is_none() {
            return self.block.as_ptr() as *const T;
        }
        // SAFETY: by *pins* the block is there; nothing is read but the metadata of the pointer.
        unsafe { &raw const (*self.block.as_ptr()).value }
    }

    /// Gives up the handle but not its pin: a pointer to the value, to be turned back by [`Weak::from_raw`].
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::sync::{Gc, Weak};
    ///
    /// let name = Gc::new(String::from("Ann"));
    /// let pointer = Gc::downgrade(&name).into_raw();
    /// assert_eq!(pointer, Gc::as_ptr(&name));
    /// drop(name);
    /// // SAFETY: the pointer came from `into_raw` and is turned back once.
    /// assert!(unsafe { Weak::from_raw(pointer) }.upgrade().is_none());
    /// ```
    #[must_use = "losing the pointer leaks the memory of the value"]
    pub fn into_raw(self) -> *const T {
        ManuallyDrop::new(self).as_ptr()
    }

    /// Turns a pointer from [`Weak::into_raw`] back into a handle.
    ///
    /// # Safety
    ///
    /// The pointer came from `into_raw` of a `Weak<T>`, or of a `Weak` that `T` is an unsized view of, and each is turned
    /// back once.
    #[must_use]
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        if pointer.addr() == NOTHING {
            // SAFETY: the address is not null.
            return Self::from_block(unsafe { NonNull::new_unchecked(pointer as *mut Block<T>) });
        }
        // SAFETY: by *pins* the block is not freed: the pointer stands for one.
        Self::from_block(unsafe { block_of(pointer) })
    }

    #[inline]
    fn erased(&self) -> Option<BlockPtr> {
        let is_block = self.block.cast::<Header>().addr().get() != NOTHING;
        // SAFETY: by *pins* the block is not freed while this handle exists; no caller keeps the result longer.
        is_block.then(|| unsafe { BlockPtr::new(self.block) })
    }

    #[inline]
    fn header(&self) -> Option<&Header> {
        Some(self.erased()?.header())
    }

    /// A handle to the value, or `None` if it is gone.
    ///
    /// Inside the destruction of a dead cycle, upgrading a `Weak` to *any* member gives `None`; that is the safe way to ask
    /// whether a neighbour is still there. Waits for a collection that reads the value; never gives `None` while there
    /// is a handle, and never starts a collection.
    #[inline]
    #[must_use = "this makes a new handle"]
    pub fn upgrade(&self) -> Option<Gc<T>> {
        self.header()?.try_increment().then(|| Gc::from_block(self.block))
    }

    /// How many [`Gc`] handles to the value there are; 0 if it is gone.
    #[must_use]
    pub fn strong_count(&self) -> usize {
        let word = self.header().map(Header::word);
        word.filter(|word| !word.is_gone()).map_or(0, |word| word.count() as usize)
    }

    /// How many `Weak` handles to the value there are; 0 if it is gone, as in `Arc`.
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.header().filter(|header| !header.word().is_gone()).map_or(0, Header::weak_count)
    }

    /// Whether both handles are to the same value, or both were made from nothing.
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.block.as_ptr(), other.block.as_ptr())
    }
}

impl<T: ?Sized> Clone for Weak<T> {
    #[inline]
    fn clone(&self) -> Self {
        if let Some(header) = self.header() {
            header.pin();
        }
        Self::from_block(self.block)
    }
}

impl<T: ?Sized> Drop for Weak<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(block) = self.erased() {
            // SAFETY: this handle owns one pin (*pins*), and it ends here.
            unsafe { block.unpin(PIN) }
        }
    }
}
