//! `Weak`: a handle that does not keep its value alive.
//!
//! Where it points is the affair of the heap: to a side record in the local heap, so that the block is freed when its value
//! dies, and to the block in the shared heap, where a record beside the block would need a lock to keep an upgrade from
//! a block that is being freed. The pointer is typed as if it led to the block, because it carries the metadata of an
//! unsized value.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use super::heap::{BlockOf, Heap};
use super::{Gc, Local};
use crate::raw::block::{BlockPtr, block_of};
use crate::raw::pointer::{Owns, with_address};
use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

/// A handle to a value of the heap `H` that does not keep the value alive.
///
/// Programs name it [`recyc::Weak`](crate::Weak) or [`recyc::sync::Weak`](crate::sync::Weak).
pub struct Weak<T: ?Sized, H: Heap = Local> {
    /// Where the heap keeps the shares, or [`NOTHING`], with the metadata of a handle.
    target: BlockOf<H, T>,
    _value: Owns<T>,
}

/// The address in a `Weak` that was made from nothing; nothing is there.
const NOTHING: usize = usize::MAX;

const fn nowhere() -> NonNull<u8> {
    // SAFETY: the address is not null.
    unsafe { NonNull::new_unchecked(std::ptr::without_provenance_mut(NOTHING)) }
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
        Self { target: nowhere().cast(), _value: PhantomData }
    }
}

impl<T: ?Sized, H: Heap> Weak<T, H> {
    /// Takes over a share of `target`, for a value with the metadata of `like`.
    #[inline]
    pub(super) fn from_target(target: NonNull<u8>, like: BlockOf<H, T>) -> Self {
        Self { target: with_address(like, target), _value: PhantomData }
    }

    /// This handle, with the metadata of `like`.
    pub(super) fn with_metadata<U: ?Sized>(self, like: BlockOf<H, U>) -> Weak<U, H> {
        let this = ManuallyDrop::new(self);
        Weak::from_target(this.target.cast(), like)
    }

    /// Where the heap keeps the shares, if the handle was not made from nothing.
    #[inline(always)]
    fn target(&self) -> Option<NonNull<u8>> {
        let target = self.target.cast::<u8>();
        (target.addr().get() != NOTHING).then_some(target)
    }

    /// A pointer that leads nowhere, with the metadata of the handle.
    fn nothing(&self) -> *const T {
        with_address(self.target, nowhere()).as_ptr() as *const T
    }

    /// The address of the value, the same as [`Gc::as_ptr`] gives. The value may be gone: the pointer can be used while a
    /// [`Gc`] exists.
    ///
    /// A `Weak` from [`Weak::new`] gives a pointer that leads nowhere and is not null.
    ///
    /// From the first call on, the address names this value only: the memory is kept until the last `Weak` to the value is
    /// gone, as in `Rc`. So handles can be compared and hashed by this address. If a value of a thread was gone before the
    /// first call, its address may belong to another value by then. A call inside a collection, as in a finalizer that one
    /// runs, does not count. The `Weak` of a shared value keeps the memory from the start.
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
        let Some(target) = self.target() else { return self.nothing() };
        // SAFETY: by *share* this handle owns a share.
        unsafe { H::reserve_address(target) };
        // SAFETY: as above; the metadata is that of the value.
        unsafe { H::value_of_weak(self.target) }
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
        match self.target() {
            // SAFETY: by *share* this handle owns a share, which it gives up by not being dropped.
            Some(target) if unsafe { H::into_raw(target) } => {
                // SAFETY: the share is there still; the metadata is that of the value.
                unsafe { H::value_of_weak(ManuallyDrop::new(self).target) }
            }
            _ => self.nothing(),
        }
    }

    /// Turns a pointer from [`Weak::into_raw`] back into a handle.
    ///
    /// # Safety
    ///
    /// The pointer came from `into_raw` of a `Weak<T>` of the same heap, or of such a `Weak` that `T` is an unsized view of, and
    /// each is turned back once.
    #[must_use]
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        if pointer.addr() == NOTHING {
            // SAFETY: the address is not null.
            let target = unsafe { NonNull::new_unchecked(pointer as *mut _) };
            return Self { target, _value: PhantomData };
        }
        // SAFETY: the share that the pointer stands for keeps the block.
        let block = unsafe { block_of(pointer) };
        // SAFETY: as above, and the result is not used after this function.
        let erased = unsafe { BlockPtr::new(block) };
        // SAFETY: by the caller's promise the pointer came from `into_raw` and is turned back once.
        Self::from_target(unsafe { H::from_raw(erased) }, block)
    }

    /// A handle to the value, or `None` if it is gone.
    ///
    /// Inside the destruction of a dead cycle, upgrading a `Weak` to *any* member gives `None`; that is the safe way to ask
    /// whether a neighbour is still there. Never gives `None` while there is a handle, and never starts a collection. Takes
    /// constant time, but for a shared value waits for a collection that reads the value.
    #[inline]
    #[must_use = "this makes a new handle"]
    pub fn upgrade(&self) -> Option<Gc<T, H>> {
        // SAFETY: by *share* this handle owns a share.
        let block = unsafe { H::upgrade(self.target()?) }?;
        Some(Gc::from_block(with_address(self.target, block)))
    }

    /// How many [`Gc`] handles to the value there are; 0 if it is gone.
    #[must_use]
    pub fn strong_count(&self) -> usize {
        // SAFETY: by *share* this handle owns a share.
        self.target().map_or(0, |target| unsafe { H::counts_of_weak(target) }.0)
    }

    /// How many `Weak` handles to the value there are; 0 if it is gone, as in `Rc`.
    #[must_use]
    pub fn weak_count(&self) -> usize {
        // SAFETY: by *share* this handle owns a share.
        self.target().map_or(0, |target| unsafe { H::counts_of_weak(target) }.1)
    }

    /// Whether both handles are to the same value, or both were made from nothing.
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.target.as_ptr(), other.target.as_ptr())
    }
}

impl<T: ?Sized, H: Heap> Clone for Weak<T, H> {
    #[inline]
    fn clone(&self) -> Self {
        if let Some(target) = self.target() {
            // SAFETY: by *share* this handle owns a share.
            unsafe { H::share(target) }
        }
        Self { target: self.target, _value: PhantomData }
    }
}

impl<T: ?Sized, H: Heap> Drop for Weak<T, H> {
    #[inline]
    fn drop(&mut self) {
        if let Some(target) = self.target() {
            // SAFETY: by *share* this handle owns a share, and it ends here.
            unsafe { H::unshare(target) }
        }
    }
}

// SAFETY: a `Weak` owns no count of its value, so there is nothing to report, and disposing it is dropping it: that
// touches only what its share keeps.
unsafe impl<T: ?Sized + 'static, H: Heap> Trace for Weak<T, H> {
    #[inline(always)]
    fn trace(&self, _: &mut Tracer<'_>) {}

    #[inline]
    unsafe fn dispose(&mut self, _: &Disposer) {
        // SAFETY: as the caller promises, the handle is not used again.
        unsafe { std::ptr::drop_in_place(self) }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::LEAF
    }
}
