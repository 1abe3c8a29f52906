//! Getting at the value: by `&mut`, and by moving it out.
//!
//! None of this fails because a collection is running: where one reads a shared value, it is waited for.

use std::mem::ManuallyDrop;

use super::heap::Heap;
use super::{Gc, MakeMut};

impl<T: ?Sized, H: Heap> Gc<T, H> {
    /// Whether there is one handle and no [`Weak`](super::Weak). If so, and if no other
    /// thread upgrades a `Weak` of it at the same time, [`get_mut`](Gc::get_mut) succeeds now.
    #[inline]
    #[must_use]
    pub fn is_unique(this: &Self) -> bool {
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
        // A collection must not read the value while it is under `&mut`. The only handle is borrowed, so it is on a
        // stack, behind a mutable borrow or a lock that is held, or in a value that is withdrawn as well.
        if !H::claim(Self::erased(this)) {
            return None;
        }
        // SAFETY: there is no other handle, and by *unreached* no collection reads the value for as long as the handle
        // is borrowed.
        Some(unsafe { &mut (*this.block.as_ptr()).value })
    }
}

impl<T, H: Heap> Gc<T, H> {
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
        // SAFETY: the handle owns one count (*count*), and it is not used as a handle again if that is taken.
        if unsafe { H::take_last(Self::erased(&this)) } {
            // SAFETY: the last count was taken just now.
            Ok(unsafe { Self::move_out(ManuallyDrop::new(this)) })
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
    /// use recyc::Gc;
    ///
    /// let (a, b) = { let a = Gc::new(3); (a.clone(), a) };
    /// assert_eq!(Gc::into_inner(a), None);
    /// assert_eq!(Gc::into_inner(b), Some(3));
    /// ```
    #[inline]
    #[must_use]
    pub fn into_inner(this: Self) -> Option<T> {
        let this = ManuallyDrop::new(this);
        // SAFETY: the handle owns one count (*count*), and it is given up here: the handle is not dropped.
        if unsafe { H::release_or_take(this.block) } {
            // SAFETY: the last count was taken just now.
            Some(unsafe { Self::move_out(this) })
        } else {
            None
        }
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

    /// Moves the value out of a block without handles.
    ///
    /// # Safety
    ///
    /// The count of this handle was the last one and was taken.
    #[inline]
    unsafe fn move_out(this: ManuallyDrop<Self>) -> T {
        // SAFETY: the last count was taken, so nothing borrows the value. It is read once, and the block is given up below.
        let value = unsafe { Self::as_ptr(&this).read() };
        // SAFETY: the last count was taken, and the value was moved out.
        unsafe { H::free_moved_out(Self::erased(&this)) };
        value
    }
}

impl<T: MakeMut + ?Sized, H: Heap> Gc<T, H> {
    /// The value by `&mut`, after making sure that this is the only handle.
    ///
    /// If there are other handles, this one gets a clone of the value. If the only others are
    /// `Weak` handles, the value moves to a new block and they are cleared.
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
        if !H::claim(Self::erased(this)) {
            // Making room may collect, and what that runs may upgrade a `Weak`: so it comes before the question.
            let room = (Self::strong_count(this) == 1).then(|| T::room::<H>(this));
            let block = Self::erased(this);
            match room {
                // SAFETY: the handle owns one count, and is replaced below without being dropped.
                Some(room) if unsafe { H::take_last(block) } => {
                    // SAFETY: the last count was taken, so nothing borrows the value. Nothing between the move and the
                    // replacement of the handle runs foreign code, so the value is not seen twice.
                    let moved = unsafe { room.fill_from(Self::as_ptr(this)) };
                    H::inherit_finalized(Self::erased(&moved), block);
                    std::mem::forget(std::mem::replace(this, moved));
                    // SAFETY: the last count was taken, and the value was moved out.
                    unsafe { H::free_moved_out(block) };
                }
                room => {
                    drop(room);
                    *this = T::copy::<H>(this);
                }
            }
        }
        // SAFETY: as in `get_mut`: this is the only handle of any kind. No collection reads the value: it was claimed, or its
        // block is new and no candidate.
        unsafe { &mut (*this.block.as_ptr()).value }
    }
}
