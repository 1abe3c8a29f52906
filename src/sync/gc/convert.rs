//! From values, and from and to raw pointers.

use std::mem::ManuallyDrop;

use super::Gc;
use crate::sync::raw::block::block_of;
use crate::trace::Trace;

impl<T: Trace + Send + Sync> From<T> for Gc<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized> Gc<T> {
    /// Gives up the handle but not its count: a pointer to the value, to be turned back by [`Gc::from_raw`].
    ///
    /// Until then the count stands for a holder outside: nothing that the value reaches is collected.
    #[must_use = "losing the pointer leaks the value"]
    pub fn into_raw(this: Self) -> *const T {
        Self::as_ptr(&ManuallyDrop::new(this))
    }

    /// Turns a pointer from [`Gc::into_raw`] back into a handle.
    ///
    /// # Safety
    ///
    /// The pointer came from `into_raw` of a `Gc<T>`, or of a `Gc` that `T` is an unsized view of, and each such count is
    /// taken back once.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::sync::Gc;
    ///
    /// let pointer = Gc::into_raw(Gc::new(String::from("held by C")));
    /// // SAFETY: the pointer came from `into_raw` and is turned back once.
    /// let back = unsafe { Gc::from_raw(pointer) };
    /// assert_eq!(*back, "held by C");
    /// ```
    #[must_use]
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        // SAFETY: the count that `into_raw` left keeps the block.
        Self::from_block(unsafe { block_of(pointer) })
    }

    /// Adds a count to a value that is known by a raw pointer.
    ///
    /// # Safety
    ///
    /// The pointer came from [`Gc::into_raw`], and its count has not been taken back yet.
    pub unsafe fn increment_strong_count(pointer: *const T) {
        // SAFETY: as the caller promises; the handle made here is not dropped.
        let this = ManuallyDrop::new(unsafe { Self::from_raw(pointer) });
        std::mem::forget(Self::clone(&this));
    }

    /// Takes a count off a value that is known by a raw pointer; the value is destroyed if it was the last.
    ///
    /// # Safety
    ///
    /// The pointer came from [`Gc::into_raw`], and the count that is taken off here is not taken back otherwise.
    pub unsafe fn decrement_strong_count(pointer: *const T) {
        // SAFETY: as the caller promises.
        drop(unsafe { Self::from_raw(pointer) });
    }
}
