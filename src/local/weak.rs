//! `Weak`: a handle that does not keep its value alive.
//!
//! It points to a side record, not to the block, so the block is freed when its value dies, and asking a `Weak` never
//! touches freed memory. The pointer is typed as if it led to the block, because it carries the metadata of an unsized
//! target; only its address part is that of the record.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use crate::local::gc::Gc;
use crate::local::raw::Block;
use crate::local::raw::BlockPtr;
use crate::local::raw::block::block_of;
use crate::local::raw::side::Side;
use crate::raw::pointer::Owns;
use crate::raw::pointer::with_address;

/// A handle that does not keep the value alive, from [`Gc::downgrade`]; like [`std::rc::Weak`].
///
/// A value is gone from the moment its destruction starts, whether the last [`Gc`] was dropped or a collection found it
/// unreachable; before that, while its finalizer runs, it can still be upgraded. Unlike with `Rc`, a `Weak` does not
/// keep the memory of the value either, only a record of 32 bytes that all `Weak` handles of a value share. The memory is
/// kept only once the address of the value was read from a `Weak`, by [`as_ptr`](Self::as_ptr) or
/// [`into_raw`](Self::into_raw).
pub struct Weak<T: ?Sized> {
    /// The address of the side record, or [`NOTHING`], with the metadata of a handle.
    side: NonNull<Block<T>>,
    _target: Owns<T>,
}

/// The address in a `Weak` that was made from nothing; no record is there.
const NOTHING: usize = usize::MAX;

const fn nowhere() -> NonNull<u8> {
    // SAFETY: the address is not null.
    unsafe { NonNull::new_unchecked(std::ptr::without_provenance_mut(NOTHING)) }
}

impl<T> Weak<T> {
    /// A `Weak` that leads nowhere. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let nowhere: recyc::Weak<i64> = recyc::Weak::new();
    /// assert!(nowhere.upgrade().is_none());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { side: nowhere().cast(), _target: PhantomData }
    }
}

impl<T: ?Sized> Weak<T> {
    /// Takes over a share of the record, for a target with the metadata of `like`.
    pub(crate) fn from_side(side: NonNull<Side>, like: NonNull<Block<T>>) -> Self {
        Self { side: with_address(like, side.cast()), _target: PhantomData }
    }

    /// The address of the value, the same as [`Gc::as_ptr`] gives. The value may be gone: the pointer can be used while a
    /// [`Gc`] exists.
    ///
    /// A `Weak` from [`Weak::new`] gives a pointer that leads nowhere and is not null.
    ///
    /// From the first call on, the address names this value only: the memory is kept until the last `Weak` to the value is
    /// gone, as in `Rc`. So handles can be compared and hashed by this address. If the value was gone before the first
    /// call, its address may belong to another value by then. A call inside a collection, as in a finalizer that one runs,
    /// does not count.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::Gc;
    ///
    /// let name = Gc::new(String::from("Ann"));
    /// let weak = Gc::downgrade(&name);
    /// assert!(std::ptr::eq(&*name, weak.as_ptr()));
    /// // SAFETY: `name` keeps the value whole.
    /// assert_eq!(unsafe { &*weak.as_ptr() }, "Ann");
    /// ```
    #[must_use]
    pub fn as_ptr(&self) -> *const T {
        let address = self.record().map_or(self.side.cast(), |side| {
            side.observe();
            side.value()
        });
        Self::value_at(self.side, address).as_ptr()
    }

    /// Gives up the handle but not its share: a pointer to the value, to be turned back by [`Weak::from_raw`].
    ///
    /// The pointer is that of [`as_ptr`](Self::as_ptr). While it exists the memory of the value is not freed, as in `Rc`;
    /// otherwise a `Weak` does not keep it. If the value is gone already, its memory is too: the pointer leads nowhere
    /// then, and turns back into a `Weak` that compares equal with [`Weak::new`].
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::{Gc, Weak};
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
        match self.record() {
            Some(side) if side.keep() => {
                let address = side.value();
                Self::value_at(ManuallyDrop::new(self).side, address).as_ptr()
            }
            _ => Self::value_at(self.side, nowhere()).as_ptr(),
        }
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
            let side = unsafe { NonNull::new_unchecked(pointer as *mut Block<T>) };
            return Self { side, _target: PhantomData };
        }
        // SAFETY: by *kept* the block is not freed.
        let block = unsafe { block_of(pointer) };
        // SAFETY: as above, and the result is not used after this function.
        let Some(side) = unsafe { BlockPtr::new(block) }.header().side() else {
            unreachable!("the block of a raw `Weak` leads to its record");
        };
        // SAFETY: a tagged pointer to a record is not null.
        let side = unsafe { NonNull::new_unchecked(side.cast_mut()) };
        let this = Self::from_side(side, block);
        // SAFETY: `keep` returned true when the pointer was made, and by the caller's promise this happens once.
        unsafe { Side::take_back(side) };
        this
    }

    /// The same handle, to a target with the metadata of `like`.
    pub(crate) fn with_target<U: ?Sized>(self, like: NonNull<Block<U>>) -> Weak<U> {
        let this = ManuallyDrop::new(self);
        Weak { side: with_address(like, this.side.cast()), _target: PhantomData }
    }

    /// A pointer to a value at `address`, with the metadata of a handle.
    fn value_at(like: NonNull<Block<T>>, address: NonNull<u8>) -> NonNull<T> {
        // SAFETY: a pointer that is not null stays so when it is cast.
        with_address(unsafe { NonNull::new_unchecked(like.as_ptr() as *mut T) }, address)
    }

    #[inline]
    fn record_ptr(&self) -> Option<NonNull<Side>> {
        let side = self.side.cast::<Side>();
        (side.addr().get() != NOTHING).then_some(side)
    }

    #[inline]
    fn record(&self) -> Option<&Side> {
        // SAFETY: by *share* the record is alive while this handle exists.
        self.record_ptr().map(|side| unsafe { side.as_ref() })
    }

    /// A handle to the value, or `None` if it is gone.
    ///
    /// Inside the destruction of a dead cycle, upgrading a `Weak` to *any* member gives `None`; that is the safe way to ask
    /// whether a neighbour is still there. Takes constant time and never starts a collection.
    #[inline]
    #[must_use = "this makes a new handle"]
    pub fn upgrade(&self) -> Option<Gc<T>> {
        let block = self.record()?.upgradable()?;
        block.header().increment();
        Some(Gc::from_block(with_address(self.side, block.as_non_null())))
    }

    /// How many [`Gc`] handles to the value there are; 0 if it is gone.
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.record().and_then(Side::upgradable).map_or(0, |block| block.header().count() as usize)
    }

    /// How many `Weak` handles to the value there are; 0 if it is gone, as in `Rc`.
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.record().filter(|side| side.upgradable().is_some()).map_or(0, |side| side.weak_count(true))
    }

    /// Whether both handles are to the same value, or both were made from nothing.
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.side.as_ptr(), other.side.as_ptr())
    }
}

impl<T: ?Sized> Clone for Weak<T> {
    #[inline]
    fn clone(&self) -> Self {
        if let Some(side) = self.record() {
            side.increment();
        }
        Self { side: self.side, _target: PhantomData }
    }
}

impl<T: ?Sized> Drop for Weak<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(side) = self.record_ptr() {
            // SAFETY: by *share* this handle owns one share of the record, and it ends here.
            unsafe { Side::decrement(side) }
        }
    }
}
