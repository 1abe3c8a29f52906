//! Values that are written after they are allocated.
//!
//! Until [`assume_init`](Gc::assume_init) the block has the type `MaybeUninit<T>`, which the
//! collector does not look into. From then on it is a block of `T`, for every handle that leads to
//! it.

use std::mem::MaybeUninit;

use super::Gc;
use super::heap::{Heap, LivesIn};
use super::raw::Counted;
use crate::trace::Trace;

impl<T: Trace + LivesIn<H>, H: Heap> Gc<T, H> {
    /// A block whose value is not written yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::Gc;
    ///
    /// let mut five = Gc::<u32>::new_uninit();
    /// Gc::get_mut(&mut five).unwrap().write(5);
    /// // SAFETY: it was written just now.
    /// let five = unsafe { five.assume_init() };
    /// assert_eq!(*five, 5);
    /// ```
    #[must_use]
    pub fn new_uninit() -> Gc<MaybeUninit<T>, H> {
        Gc::allocate(MaybeUninit::uninit())
    }

    /// A block whose value is bytes of zero.
    ///
    /// See [`MaybeUninit::zeroed`] for which types that is a value.
    #[must_use]
    pub fn new_zeroed() -> Gc<MaybeUninit<T>, H> {
        Gc::allocate(MaybeUninit::zeroed())
    }
}

impl<T: Trace + LivesIn<H>, H: Heap> Gc<[T], H> {
    /// A slice whose elements are not written yet.
    ///
    /// # Panics
    ///
    /// If the slice would be larger than the address space.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::Gc;
    ///
    /// let mut numbers = Gc::<[u32]>::new_uninit_slice(3);
    /// for (place, number) in Gc::get_mut(&mut numbers).unwrap().iter_mut().zip(1..) {
    ///     place.write(number);
    /// }
    /// // SAFETY: all three were written just now.
    /// let numbers = unsafe { numbers.assume_init() };
    /// assert_eq!(*numbers, [1, 2, 3]);
    /// ```
    #[must_use]
    pub fn new_uninit_slice(length: usize) -> Gc<[MaybeUninit<T>], H> {
        Gc { counted: Counted::uninit_slice(length) }
    }

    /// A slice whose elements are bytes of zero.
    ///
    /// # Panics
    ///
    /// If the slice would be larger than the address space.
    #[must_use]
    pub fn new_zeroed_slice(length: usize) -> Gc<[MaybeUninit<T>], H> {
        Gc { counted: Counted::zeroed_slice(length) }
    }
}

impl<T: Trace + LivesIn<H>, H: Heap> Gc<MaybeUninit<T>, H> {
    /// The handle by the type of the value, now that it is written.
    ///
    /// The first call for a value gives its block the new type. A call for another handle
    /// changes that handle only.
    ///
    /// # Safety
    ///
    /// The value is whole, and stays so: no handle that was cloned before is used to make it
    /// uninitialised again. That is more than `Rc` asks. From now on the value is traced, and
    /// dropped even if a handle of the old type is the last, unless that ends a block which nothing
    /// else was ever attached to; then it leaks, as in `Rc`.
    #[must_use = "losing the handle drops the value"]
    pub unsafe fn assume_init(self) -> Gc<T, H> {
        // SAFETY: by *viewed*, as the caller promises that the value is written.
        Gc { counted: unsafe { self.counted.assume_init() } }
    }
}

impl<T: Trace + LivesIn<H>, H: Heap> Gc<[MaybeUninit<T>], H> {
    /// The handle by the type of the elements, now that they are written.
    ///
    /// If the slice is an array of `MaybeUninit` that was unsized, and not from
    /// [`Gc::new_uninit_slice`], the handles in its elements count as held from outside, and in a
    /// heap of shared values the elements are not dropped.
    ///
    /// # Safety
    ///
    /// As for `assume_init` of a single value, for every element.
    #[must_use = "losing the handle drops the elements"]
    pub unsafe fn assume_init(self) -> Gc<[T], H> {
        // SAFETY: by *viewed*, as the caller promises that the elements are written.
        Gc { counted: unsafe { self.counted.assume_init() } }
    }
}
