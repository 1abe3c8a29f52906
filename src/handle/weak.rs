//! `Weak`: a handle that does not keep its value alive.

use super::heap::Heap;
use super::raw::Share;
use super::{Gc, Local};
use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

/// A handle to a value of the heap `H` that does not keep the value alive.
///
/// Programs name it [`recyc::Weak`](crate::Weak) or [`recyc::sync::Weak`](crate::sync::Weak).
pub struct Weak<T: ?Sized, H: Heap = Local> {
    pub(super) share: Share<T, H>,
}

impl<T, H: Heap> Weak<T, H> {
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
        Self { share: Share::new() }
    }
}

impl<T: ?Sized, H: Heap> Weak<T, H> {
    /// The address of the value, the same as [`Gc::as_ptr`] gives. The value may be gone: the
    /// pointer can be used while a [`Gc`] exists.
    ///
    /// A `Weak` from [`Weak::new`] gives a pointer that leads nowhere and is not null.
    ///
    /// From the first call on, the address names this value only: the memory is kept until the last
    /// `Weak` to the value is gone, as in `Rc`. So handles can be compared and hashed by this
    /// address. If a value of a thread was gone before the first call, its address may belong to
    /// another value by then. A call inside a collection, as in a finalizer that one runs, does not
    /// count. The `Weak` of a shared value keeps the memory from the start.
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
        self.share.as_ptr()
    }

    /// Gives up the handle but not its share: a pointer to the value, to be turned back by
    /// [`Weak::from_raw`].
    ///
    /// The pointer is that of [`as_ptr`](Self::as_ptr). While it exists the memory of the value is
    /// not freed, as in `Rc`; otherwise a `Weak` does not keep it. If the value is gone already,
    /// its memory is too: the pointer leads nowhere then, and turns back into a `Weak` that
    /// compares equal with [`Weak::new`].
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
        self.share.into_raw()
    }

    /// Turns a pointer from [`Weak::into_raw`] back into a handle.
    ///
    /// # Safety
    ///
    /// The pointer came from `into_raw` of a `Weak<T>` of the same heap, or of such a `Weak` that
    /// `T` is an unsized view of, and each is turned back once.
    #[must_use]
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        // SAFETY: by *share*, as the caller promises of the one that `into_raw` left.
        Self { share: unsafe { Share::from_raw(pointer) } }
    }

    /// A handle to the value, or `None` if it is gone.
    ///
    /// Inside the destruction of a dead cycle, upgrading a `Weak` to *any* member gives `None`;
    /// that is the safe way to ask whether a neighbour is still there. Never gives `None` while
    /// there is a handle, and never starts a collection.
    ///
    /// Takes constant time. For a shared value it usually does not wait for a collection that reads
    /// the value. It waits while a collection marks dead blocks among at most 1,024 that it has
    /// read, and while a structure of at most 65,536 blocks is verified again because upgrades have
    /// disturbed the first verification.
    #[inline]
    #[must_use = "this makes a new handle"]
    pub fn upgrade(&self) -> Option<Gc<T, H>> {
        self.share.upgrade().map(|counted| Gc { counted })
    }

    /// How many [`Gc`] handles to the value there are; 0 if it is gone.
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.share.counts().0
    }

    /// How many `Weak` handles to the value there are; 0 if it is gone, as in `Rc`.
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.share.counts().1
    }

    /// Whether both handles are to the same value, or both were made from nothing.
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.share.ptr_eq(&other.share)
    }
}

impl<T: ?Sized, H: Heap> Clone for Weak<T, H> {
    #[inline]
    fn clone(&self) -> Self {
        Self { share: self.share.clone() }
    }
}

// SAFETY: a `Weak` owns no count of its value, so there is nothing to report, and disposing it is
// dropping it: that touches only what its share keeps.
unsafe impl<T: ?Sized + 'static, H: Heap> Trace for Weak<T, H> {
    #[inline(always)]
    fn trace(&self, _: &mut Tracer<'_>) {}

    #[inline]
    unsafe fn dispose(&mut self, _: &Disposer) {
        // SAFETY: by *given up*, as the caller promises.
        unsafe { std::ptr::drop_in_place(self) }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::LEAF
    }
}
