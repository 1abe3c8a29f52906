//! Getting at the value: by `&mut`, by moving it out, by making it late.

use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr::NonNull;

use super::{Gc, count_allocation};
use crate::raw::release::{free_moved_out, withdraw};
use crate::raw::side::Side;
use crate::raw::{Block, BlockPtr, Header, heap, vtable::Vtable};
use crate::trace::Trace;
use crate::weak::Weak;

impl<T: ?Sized> Gc<T> {
    /// Whether there is one handle and no `Weak`.
    #[inline]
    fn is_unique(this: &Self) -> bool {
        Self::strong_count(this) == 1 && Self::weak_count(this) == 0
    }

    /// The value by `&mut`, if this is the only handle of any kind.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::Gc;
    ///
    /// let mut list = Gc::new(vec![1]);
    /// Gc::get_mut(&mut list).unwrap().push(2);
    /// let other = list.clone();
    /// assert!(Gc::get_mut(&mut list).is_none());
    /// # drop(other);
    /// ```
    #[inline]
    #[must_use]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        if !Self::is_unique(this) {
            return None;
        }
        // A collection must not read the value while it is under `&mut`. The only handle is borrowed, so it is on a
        // stack, behind a mutable borrow, or in a value that is withdrawn as well.
        withdraw(Self::erased(this));
        // SAFETY: there is no other handle, and by *unreached* no collection reads the value for as long as the handle
        // is borrowed.
        Some(unsafe { &mut (*this.block.as_ptr()).value })
    }
}

impl<T> Gc<T> {
    /// Moves the value out, if this is the only handle; `Weak` handles are cleared.
    ///
    /// The finalizer is not called: the value is not destroyed.
    ///
    /// # Errors
    ///
    /// The handle itself, if there are others.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::Gc;
    ///
    /// let name = Gc::new(String::from("Ann"));
    /// let other = name.clone();
    /// let name = Gc::try_unwrap(name).unwrap_err();
    /// drop(other);
    /// assert_eq!(Gc::try_unwrap(name).unwrap(), "Ann");
    /// ```
    #[inline]
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        if Self::strong_count(&this) != 1 {
            return Err(this);
        }
        let this = ManuallyDrop::new(this);
        let block = Self::erased(&this);
        withdraw(block);
        // SAFETY: this is the only handle, so nobody borrows the value; it is read once, and the block is freed below.
        let value = unsafe { Self::as_ptr(&this).read() };
        // SAFETY: the only count was this handle's, which is not dropped, and the value was moved out.
        unsafe { free_moved_out(block) };
        Ok(value)
    }

    /// Moves the value out if this is the last handle, and drops the handle otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::Gc;
    ///
    /// let (a, b) = { let a = Gc::new(3); (a.clone(), a) };
    /// assert_eq!(Gc::into_inner(a), None);
    /// assert_eq!(Gc::into_inner(b), Some(3));
    /// ```
    #[inline]
    #[must_use]
    pub fn into_inner(this: Self) -> Option<T> {
        Self::try_unwrap(this).ok()
    }

    /// Moves the value out if this is the last handle, and clones it otherwise.
    #[inline]
    #[must_use]
    pub fn unwrap_or_clone(this: Self) -> T
    where
        T: Clone,
    {
        Self::try_unwrap(this).unwrap_or_else(|this| (*this).clone())
    }
}

impl<T: Trace + Clone> Gc<T> {
    /// The value by `&mut`, after making sure that this is the only handle.
    ///
    /// If there are other handles, this one gets a clone of the value. If there are only `Weak` handles besides, the
    /// value moves to a new block and they are cleared.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::Gc;
    ///
    /// let mut mine = Gc::new(5);
    /// let yours = mine.clone();
    /// *Gc::make_mut(&mut mine) += 1;
    /// assert_eq!((*mine, *yours), (6, 5));
    /// ```
    pub fn make_mut(this: &mut Self) -> &mut T {
        // Making room may collect, and what that runs may upgrade a `Weak`: so it comes before the question.
        let room = (Self::strong_count(this) == 1 && Self::weak_count(this) != 0).then(Unborn::new);
        if Self::strong_count(this) != 1 {
            drop(room);
            *this = Self::new((**this).clone());
        } else if let Some(room) = room {
            let block = Self::erased(this);
            withdraw(block);
            // SAFETY: this is the only handle, so nobody borrows the value. Nothing between the read and the
            // replacement of the handle runs foreign code, so the value is not seen twice.
            let moved = room.fill(unsafe { Self::as_ptr(this).read() });
            std::mem::forget(std::mem::replace(this, moved));
            // SAFETY: the only count was that of the handle just replaced, and the value was moved out.
            unsafe { free_moved_out(block) };
        }
        withdraw(Self::erased(this));
        // SAFETY: as in `get_mut`: this is the only handle of any kind, and no collection reads the value.
        unsafe { &mut (*this.block.as_ptr()).value }
    }
}

/// A block whose value does not exist yet. Nobody but its `Weak` handles knows it, and they cannot be upgraded.
pub(super) struct Unborn<T: Trace>(NonNull<Block<MaybeUninit<T>>>);

impl<T: Trace> Unborn<T> {
    pub(super) fn new() -> Self {
        count_allocation();
        let block = Box::new(Block { header: Header::new(Vtable::of::<T>()), value: MaybeUninit::uninit() });
        // SAFETY: the pointer of a `Box` is not null.
        Self(unsafe { NonNull::new_unchecked(Box::into_raw(block)) })
    }

    fn erased(&self) -> BlockPtr {
        // SAFETY: the block is freed by `drop` only, and no copy is kept longer than `self`.
        unsafe { BlockPtr::new(self.0) }
    }

    pub(super) fn weak(&self) -> Weak<T> {
        Weak::from_side(Side::unborn(self.erased()), self.0.cast())
    }

    /// Gives the block its value.
    pub(super) fn fill(self, value: T) -> Gc<T> {
        let this = ManuallyDrop::new(self);
        // SAFETY: the place is inside the block and holds nothing that would have to be dropped.
        unsafe { (&raw mut (*this.0.as_ptr()).value).cast::<T>().write(value) };
        if let Some(side) = this.erased().header().side() {
            // SAFETY: by *side* the record is alive.
            unsafe { &*side }.set_upgradable(true);
        }
        Gc::from_block(this.0.cast())
    }
}

impl<T: Trace> Drop for Unborn<T> {
    fn drop(&mut self) {
        let block = self.erased();
        Side::detach(block);
        heap(|heap| heap.balance.freed());
        // SAFETY: no handle was made, no `Weak` leads to the block any more, and there is no value.
        unsafe { (block.header().vtable().free)(block) };
    }
}
