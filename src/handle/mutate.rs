//! Getting at the value: by `&mut`, and by moving it out.
//!
//! None of this fails because a collection is running: where one reads a shared value, it is waited
//! for.

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
        this.counted.claim()
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
        this.counted.try_unwrap().map_err(|counted| Self { counted })
    }

    /// Moves the value out if this is the last handle, and drops the handle otherwise.
    ///
    /// When several threads do this at the same time with all handles that there are, exactly one
    /// gets the value.
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
        this.counted.into_inner()
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
        // The value of a new block is borrowed without a claim: the block is no candidate.
        if this.counted.claim().is_none() {
            // Making room may collect, and what that runs may upgrade a `Weak`: so it comes before
            // the question.
            let room = (Self::strong_count(this) == 1).then(|| T::room::<H>(this));
            let is_moved = room.is_some_and(|room| this.counted.move_to(room).is_ok());
            if !is_moved {
                *this = T::copy::<H>(this);
            }
        }
        // SAFETY: by *unreached*: this is the only handle of any kind. No collection reads the
        // value: it was claimed, or its block is new and no candidate.
        unsafe { this.counted.value_mut() }
    }
}
