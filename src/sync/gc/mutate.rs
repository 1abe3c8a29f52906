//! Getting at the value: by `&mut`, and by moving it out.
//!
//! None of this fails because a collection is running: where one reads the value, it is waited for.

use std::mem::ManuallyDrop;

use super::{Gc, MakeMut};
use crate::sync::raw::release::{free_moved_out, release_or_take, take_last};

impl<T: ?Sized> Gc<T> {
    /// The value by `&mut`, if this is the only handle of any kind.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::sync::Gc;
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
        let header = Self::erased(this).header();
        // A collection must not read the value while it is under `&mut`. The only handle is borrowed, so it is on a
        // stack, behind a lock that is held, or in a value that is withdrawn as well.
        if !header.deregister() || !header.is_alone() {
            return None;
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
    /// use recyc::sync::Gc;
    ///
    /// let name = Gc::new(String::from("Ann"));
    /// let other = name.clone();
    /// let name = Gc::try_unwrap(name).unwrap_err();
    /// drop(other);
    /// assert_eq!(Gc::try_unwrap(name).unwrap(), "Ann");
    /// ```
    #[inline]
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        // SAFETY: the handle owns one count, and it is not used as a handle again if that is taken.
        if unsafe { take_last(Self::erased(&this)) } {
            // SAFETY: the last handle was taken just now.
            Ok(unsafe { Self::move_out(this) })
        } else {
            Err(this)
        }
    }

    /// Moves the value out if this is the last handle, and drops the handle otherwise.
    ///
    /// When several threads do this at the same time with all handles that there are, exactly one gets the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::sync::Gc;
    ///
    /// let (a, b) = { let a = Gc::new(3); (a.clone(), a) };
    /// assert_eq!(Gc::into_inner(a), None);
    /// assert_eq!(Gc::into_inner(b), Some(3));
    /// ```
    #[inline]
    #[must_use]
    pub fn into_inner(this: Self) -> Option<T> {
        // SAFETY: the handle owns one count, and it is given up here.
        if unsafe { release_or_take(Self::erased(&this)) } {
            // SAFETY: the last handle was taken just now.
            Some(unsafe { Self::move_out(this) })
        } else {
            std::mem::forget(this);
            None
        }
    }

    /// Moves the value out of a block without handles.
    ///
    /// # Safety
    ///
    /// The count of this handle was the last one and has been given up.
    unsafe fn move_out(this: Self) -> T {
        let this = ManuallyDrop::new(this);
        // SAFETY: nobody else borrows the value, as the caller promises; it is read once, and the block is given up below.
        let value = unsafe { Self::as_ptr(&this).read() };
        // SAFETY: the handle is not dropped, and the value was moved out.
        unsafe { free_moved_out(Self::erased(&this)) };
        value
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
    /// use recyc::sync::Gc;
    ///
    /// let mut mine = Gc::new(5);
    /// let yours = mine.clone();
    /// *Gc::make_mut(&mut mine) += 1;
    /// assert_eq!((*mine, *yours), (6, 5));
    /// ```
    pub fn make_mut(this: &mut Self) -> &mut T {
        let header = Self::erased(this).header();
        if !(header.deregister() && header.is_alone()) {
            // Making room may collect, and what that runs may upgrade a `Weak`: so it comes before the question.
            let room = (Self::strong_count(this) == 1).then(|| T::room(this));
            let block = Self::erased(this);
            match room {
                // SAFETY: the handle owns one count, and is replaced below without being dropped.
                Some(room) if unsafe { take_last(block) } => {
                    // SAFETY: this was the only handle, so nobody borrows the value. Nothing between the move and the
                    // replacement of the handle runs foreign code, so the value is not seen twice.
                    let moved = unsafe { room.fill_from(Self::as_ptr(this)) };
                    if block.header().word().is_finalized() {
                        Self::erased(&moved).header().claim_finalizer(); // once in the life of a value, wherever it is
                    }
                    std::mem::forget(std::mem::replace(this, moved));
                    // SAFETY: the only count was that of the handle just replaced, and the value was moved out.
                    unsafe { free_moved_out(block) };
                }
                room => {
                    drop(room);
                    *this = T::copy(this);
                }
            }
        }
        // SAFETY: as in `get_mut`: this is the only handle of any kind. No collection reads the value: it is withdrawn, or
        // its block is new and not registered.
        unsafe { &mut (*this.block.as_ptr()).value }
    }
}
