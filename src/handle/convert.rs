//! From values, from and to raw pointers, and from `dyn Any` back to a type.

use std::any::Any;
use std::mem::ManuallyDrop;

use super::heap::{Heap, LivesIn};
use super::raw::Counted;
use super::{Gc, Local, Shared};
use crate::trace::Trace;

impl<T: Trace + LivesIn<H>, H: Heap> From<T> for Gc<T, H> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized, H: Heap> Gc<T, H> {
    /// Gives up the handle but not its count: a pointer to the value, to be turned back by
    /// [`Gc::from_raw`].
    ///
    /// Until then the count stands for a holder outside: nothing that the value reaches is
    /// collected.
    #[must_use = "losing the pointer leaks the value"]
    pub fn into_raw(this: Self) -> *const T {
        this.counted.into_raw()
    }

    /// Turns a pointer from [`Gc::into_raw`] back into a handle.
    ///
    /// # Safety
    ///
    /// The pointer came from `into_raw` of a `Gc<T>` of the same heap, or of such a `Gc` that `T`
    /// is an unsized view of, and each such count is taken back once.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::Gc;
    ///
    /// let pointer = Gc::into_raw(Gc::new(String::from("held by C")));
    /// // SAFETY: the pointer came from `into_raw` and is turned back once.
    /// let back = unsafe { Gc::from_raw(pointer) };
    /// assert_eq!(*back, "held by C");
    /// ```
    #[must_use]
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        // SAFETY: by *count*, as the caller promises of the one that `into_raw` left.
        Self { counted: unsafe { Counted::from_raw(pointer) } }
    }

    /// Adds a count to a value that is known by a raw pointer.
    ///
    /// # Safety
    ///
    /// The pointer came from [`Gc::into_raw`] of a handle of the same heap, and its count has not
    /// been taken back yet.
    pub unsafe fn increment_strong_count(pointer: *const T) {
        // SAFETY: by *count*, as the caller promises; the handle made here is not dropped.
        let this = ManuallyDrop::new(unsafe { Self::from_raw(pointer) });
        std::mem::forget(Self::clone(&this));
    }

    /// Takes a count off a value that is known by a raw pointer; the value is destroyed if it was
    /// the last.
    ///
    /// # Safety
    ///
    /// The pointer came from [`Gc::into_raw`] of a handle of the same heap, and the count that is
    /// taken off here is not taken back otherwise.
    pub unsafe fn decrement_strong_count(pointer: *const T) {
        // SAFETY: by *count*, as the caller promises.
        drop(unsafe { Self::from_raw(pointer) });
    }
}

impl Gc<dyn Any, Local> {
    /// The handle by the type of the value, if that is `T`.
    ///
    /// # Errors
    ///
    /// The handle itself, if the value is of another type.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::{Gc, unsize};
    /// use std::any::Any;
    ///
    /// let any = unsize!(Gc::new(String::from("text")) => dyn Any);
    /// let any = any.downcast::<u32>().unwrap_err();
    /// assert_eq!(*any.downcast::<String>().unwrap(), "text");
    /// ```
    pub fn downcast<T: Any>(self) -> Result<Gc<T, Local>, Self> {
        // SAFETY: by *viewed*: the value is a `T`.
        if self.is::<T>() { Ok(Gc { counted: unsafe { self.counted.cast() } }) } else { Err(self) }
    }
}

impl Gc<dyn Any + Send + Sync, Shared> {
    /// The handle by the type of the value, if that is `T`.
    ///
    /// # Errors
    ///
    /// The handle itself, if the value is of another type.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::{sync::Gc, unsize};
    /// use std::any::Any;
    ///
    /// let any = unsize!(Gc::new(String::from("text")) => dyn Any + Send + Sync);
    /// let any = any.downcast::<u32>().unwrap_err();
    /// assert_eq!(*any.downcast::<String>().unwrap(), "text");
    /// ```
    pub fn downcast<T: Any + Send + Sync>(self) -> Result<Gc<T, Shared>, Self> {
        // SAFETY: by *viewed*: the value is a `T`.
        if self.is::<T>() { Ok(Gc { counted: unsafe { self.counted.cast() } }) } else { Err(self) }
    }
}
