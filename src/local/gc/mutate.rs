//! Getting at the value: by `&mut`, and by moving it out.

use std::mem::ManuallyDrop;

use super::{Gc, MakeMut};
use crate::local::raw::heap;
use crate::local::raw::heap::Mutant;
use crate::local::raw::release::{deregister, free_moved_out};

impl<T: ?Sized> Gc<T> {
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
        if !heap(|heap| heap.is_mutant(Mutant::KeepCandidateOnGetMut)) {
            deregister(Self::erased(this));
        }
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
        deregister(block);
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
}

impl<T: MakeMut + ?Sized> Gc<T> {
    /// The value by `&mut`, after making sure that this is the only handle.
    ///
    /// If there are other handles, this one gets a clone of the value. If there are only `Weak` handles besides, the
    /// value moves to a new block and they are cleared.
    ///
    /// Works for every `T: Clone`, for slices of such, and for `str`, `CStr`, `OsStr` and `Path`.
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
    ///
    /// let mut text: Gc<str> = Gc::from("quiet");
    /// Gc::make_mut(&mut text).make_ascii_uppercase();
    /// assert_eq!(&*text, "QUIET");
    /// ```
    pub fn make_mut(this: &mut Self) -> &mut T {
        // Making room may collect, and what that runs may upgrade a `Weak`: so it comes before the question.
        let room = (Self::strong_count(this) == 1 && Self::weak_count(this) != 0).then(|| T::room(this));
        if Self::strong_count(this) != 1 {
            drop(room);
            *this = T::copy(this);
        } else if let Some(room) = room {
            let block = Self::erased(this);
            deregister(block);
            // SAFETY: this is the only handle, so nobody borrows the value. Nothing between the move and the
            // replacement of the handle runs foreign code, so the value is not seen twice.
            let moved = unsafe { room.fill_from(Self::as_ptr(this)) };
            let header = Self::erased(&moved).header();
            if block.header().is_finalized() && !header.is_finalized() {
                header.set_finalized(); // once in the life of a value, wherever it is
            }
            std::mem::forget(std::mem::replace(this, moved));
            // SAFETY: the only count was that of the handle just replaced, and the value was moved out.
            unsafe { free_moved_out(block) };
        }
        deregister(Self::erased(this));
        // SAFETY: as in `get_mut`: this is the only handle of any kind, and no collection reads the value.
        unsafe { &mut (*this.block.as_ptr()).value }
    }
}
