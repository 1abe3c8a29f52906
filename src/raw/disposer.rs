//! How a dead value is destroyed: parts one after the other, containers at the end of a bounded
//! nesting later.
//!
//! A value may own a structure of boxes, vectors and maps that is much deeper than the stack. The
//! dispose of a container at depth [`MAX_NESTING`] starts a list on its own frame. The containers
//! that are found at that depth below it are moved into the list, and are disposed when the stack
//! is short again, before the dispose of the first container returns.
//!
//! - **given up**: the caller of a function that disposes a value does not use the value again, not
//!   even to drop it. The targets of the handles that the `trace` of the value reports are dead,
//!   and these handles are not used either.
//! - **deferred**: while `deferred` is set, it points to the list on the frame of the container
//!   that started it, whose guard clears it before the frame is gone, and no other reference to the
//!   list is in use.
//! - **moved**: the list is a stack of containers. The bytes of each are followed by the function
//!   that takes a container of this type off the list. The list is the only owner of the container.

use std::cell::Cell;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr::{self, NonNull};

use super::nesting::{MAX_NESTING, inlined_in_container};
use crate::trace::{Trace, is_leaf};

/// Says on whose behalf a dead value is destroyed; passed on by [`Trace::dispose`] to the parts of
/// the value.
#[derive(Debug)]
pub struct Disposer {
    /// The dead are in the heap that threads share; otherwise in that of this thread.
    sync: bool,
    /// When the value was last traced, all locks in it could be taken, and no other handle has led
    /// to it since.
    unlocked: bool,
    /// How many containers of the value are being disposed inside each other.
    nesting: Cell<u32>,
    /// The containers to dispose later, once the nesting was too deep.
    deferred: Cell<Option<NonNull<Moved>>>,
}

impl Disposer {
    pub(crate) const fn local() -> Self {
        Self { sync: false, unlocked: false, nesting: Cell::new(0), deferred: Cell::new(None) }
    }

    pub(crate) const fn sync(unlocked: bool) -> Self {
        Self { sync: true, unlocked, nesting: Cell::new(0), deferred: Cell::new(None) }
    }

    /// Whether a lock need not be tested for being held, as its state is known already.
    #[inline]
    pub(crate) fn knows_unlocked(&self) -> bool {
        self.unlocked
    }

    /// Whether a handle to a shared block was not reported, and so has to be dropped.
    #[inline]
    pub(crate) fn drops_sync(&self) -> bool {
        !self.sync
    }

    /// Disposes a part when the guard is dropped, so that a panic in one part does not keep the
    /// others from it.
    ///
    /// # Safety
    ///
    /// As for [`Trace::dispose`] on `part`.
    #[doc(hidden)]
    #[inline]
    pub unsafe fn part<'a, T: Trace + ?Sized>(&'a self, part: &'a mut T) -> PartGuard<'a, T> {
        PartGuard { part, disposer: self }
    }

    /// Drops a part that `trace` does not report when the guard is dropped.
    ///
    /// # Safety
    ///
    /// The part is not used again, not even dropped.
    #[doc(hidden)]
    #[inline]
    pub unsafe fn untraced<'a, T: ?Sized>(&'a self, part: &'a mut T) -> DropGuard<'a, T> {
        DropGuard { part }
    }

    /// Disposes a value that was moved out of its place.
    ///
    /// # Safety
    ///
    /// As for [`Trace::dispose`] on `value`, which is not dropped.
    #[inline]
    pub(crate) unsafe fn value<T: Trace>(&self, value: T) {
        let mut value = ManuallyDrop::new(value);
        // SAFETY: by *given up*, as the caller promises; the value is not dropped here.
        unsafe { value.dispose(self) }
    }

    /// Disposes every element that an iterator moves out, also when one panics.
    ///
    /// # Safety
    ///
    /// As for [`Trace::dispose`] on each element.
    #[inline]
    pub(crate) unsafe fn elements<T: Trace>(&self, elements: impl Iterator<Item = T>) {
        // SAFETY: by *given up*, as the caller promises for each element.
        for_all(elements, |element| unsafe { self.value(element) });
    }

    /// Disposes the elements of a slice in their places, also when one panics.
    ///
    /// # Safety
    ///
    /// As for [`Trace::dispose`] on each element.
    #[inline]
    pub(crate) unsafe fn slice<T: Trace>(&self, elements: &mut [T]) {
        if const { is_leaf::<T>() } {
            // SAFETY: by *given up* the elements are dropped once, and have no handle that `trace`
            // reports.
            return unsafe { ptr::drop_in_place(elements) };
        }
        // SAFETY: by *given up*, as the caller promises for each element, which comes once.
        for_all(elements.iter_mut(), |element| unsafe { element.dispose(self) });
    }

    /// Disposes the elements of a vector in their places and frees its buffer, also when an element
    /// panics.
    ///
    /// # Safety
    ///
    /// As for [`Trace::dispose`] on the vector.
    #[inline]
    pub(crate) unsafe fn vector<T: Trace>(&self, mut vector: Vec<T>) {
        let elements = ptr::from_mut(vector.as_mut_slice());
        // SAFETY: by *given up* the elements are destroyed below only: a vector that counts none
        // frees its buffer.
        unsafe { vector.set_len(0) };
        // SAFETY: by *given up* nothing else refers to the elements, and the buffer is freed at the
        // end of this function.
        unsafe { self.slice(&mut *elements) }
    }

    /// Disposes the target of a box in its place and frees the box, also when the target panics.
    ///
    /// # Safety
    ///
    /// As for [`Trace::dispose`] on the target.
    #[inline]
    pub(crate) unsafe fn boxed<T: Trace + ?Sized>(&self, owner: Box<T>) {
        let target = Box::into_raw(owner) as *mut ManuallyDrop<T>;
        // SAFETY: by *given up* this is the only owner of the target. The pointer is from a box
        // just now, and `ManuallyDrop<T>` has the layout of `T`.
        let mut target = unsafe { Box::from_raw(target) };
        // SAFETY: by *given up*, as the caller promises; the new box does not drop the target.
        unsafe { T::dispose(&mut target, self) }
    }

    /// Calls `dispose` with a value that is moved out of its place.
    ///
    /// # Safety
    ///
    /// As for [`Trace::dispose`] on `owner`, which `dispose` may rely on. `dispose` relies on
    /// nothing else.
    #[inline]
    pub(crate) unsafe fn moved<C>(&self, owner: &mut C, dispose: impl FnOnce(C, &Self)) {
        // SAFETY: by *given up* this copy is the only owner.
        dispose(unsafe { ptr::read(owner) }, self);
    }

    /// Destroys a container of `T`: drops it if a `T` owns no handle, and otherwise calls `dispose`
    /// once with the container moved out of its place, now or before the dispose of the whole value
    /// returns.
    ///
    /// # Safety
    ///
    /// As for [`Trace::dispose`] on `container`, which `dispose` may rely on. `dispose` relies on
    /// nothing else. The container reports no handle if no `T` owns one.
    #[inline]
    pub(crate) unsafe fn container<T: Trace, C, F: Fn(C, &Self) + Copy>(
        &self,
        container: &mut C,
        dispose: F,
    ) {
        if const { is_leaf::<T>() } {
            // SAFETY: by *given up* the container is dropped once, and it has no handle that
            // `trace` reports.
            return unsafe { ptr::drop_in_place(container) };
        }
        let nesting = self.nesting.get();
        if nesting >= MAX_NESTING {
            // SAFETY: by *given up*, as the caller promises.
            return unsafe { self.defer(container, dispose) };
        }
        self.nesting.set(nesting + 1);
        if const { inlined_in_container::<T>() } {
            // SAFETY: by *given up*, as the caller promises.
            unsafe { self.moved(container, dispose) };
        } else {
            // SAFETY: by *given up*, as the caller promises.
            unsafe { self.call_out_of_line(container, dispose) };
        }
        // A panic leaves the number too high, and then a list is started earlier than needed.
        self.nesting.set(nesting);
    }

    /// # Safety
    ///
    /// As for [`moved`](Self::moved).
    #[inline(never)]
    unsafe fn call_out_of_line<C, F: Fn(C, &Self)>(&self, container: &mut C, dispose: F) {
        // SAFETY: by *given up*, as the caller promises.
        unsafe { self.moved(container, dispose) };
    }

    /// # Safety
    ///
    /// As for [`container`](Self::container).
    #[cold]
    #[inline(never)]
    unsafe fn defer<C, F: Fn(C, &Self) + Copy>(&self, container: &mut C, dispose: F) {
        if let Some(mut deferred) = self.deferred.get() {
            // SAFETY: by *deferred* the list is alive, and this is the only reference to it.
            let deferred = unsafe { deferred.as_mut() };
            // SAFETY: by *given up* the container is not used again if it was moved.
            if !unsafe { deferred.push(container, dispose) } {
                // Without memory for the list the stack is used.
                // SAFETY: by *given up*, as the caller promises; the container was not moved.
                unsafe { self.moved(container, dispose) };
            }
            return;
        }
        let mut deferred = Moved(Vec::new());
        let deferring = DeferringGuard { disposer: self, deferred: NonNull::from(&mut deferred) };
        self.deferred.set(Some(deferring.deferred));
        self.nesting.set(0);
        // SAFETY: by *given up*, as the caller promises.
        unsafe { self.moved(container, dispose) };
        deferring.dispose_all();
    }
}

/// Calls `action` with every element, and goes on with the rest if it panics.
#[inline]
fn for_all<I: Iterator>(elements: I, action: impl FnMut(I::Item)) {
    struct Rest<I: Iterator, F: FnMut(I::Item)>(I, F);

    impl<I: Iterator, F: FnMut(I::Item)> Drop for Rest<I, F> {
        fn drop(&mut self) {
            // Without a panic nothing is left here.
            self.0.by_ref().for_each(&mut self.1);
        }
    }

    let mut rest = Rest(elements, action);
    for element in rest.0.by_ref() {
        (rest.1)(element);
    }
}

/// Disposes what is in a list when the frame that holds the list returns or unwinds.
struct DeferringGuard<'a> {
    disposer: &'a Disposer,
    deferred: NonNull<Moved>,
}

impl DeferringGuard<'_> {
    fn dispose_all(&self) {
        loop {
            let mut deferred = self.deferred;
            // SAFETY: by *deferred* the list is alive, and this is the only reference to it.
            let Some(dispose) = (unsafe { deferred.as_mut() }).last() else { break };
            self.disposer.nesting.set(0);
            // SAFETY: by *moved* the function is that of the last container.
            unsafe { dispose(deferred, self.disposer) };
        }
    }
}

impl Drop for DeferringGuard<'_> {
    fn drop(&mut self) {
        // Without a panic nothing is left here.
        self.dispose_all();
        self.disposer.deferred.set(None);
        self.disposer.nesting.set(MAX_NESTING);
    }
}

/// A stack of containers without their types, as *moved* describes it.
#[derive(Debug)]
struct Moved(Vec<MaybeUninit<u8>>);

/// Takes the last container off a list and disposes it.
type DisposeLast = unsafe fn(NonNull<Moved>, &Disposer);

impl Moved {
    /// Moves a container into the list. Returns false if there is no memory for it.
    ///
    /// Remembers `F`, which has no state, by its type alone.
    ///
    /// # Safety
    ///
    /// As for [`Disposer::container`]; the container is not used again if the result is true.
    unsafe fn push<C, F: Fn(C, &Disposer) + Copy>(&mut self, container: &mut C, _: F) -> bool {
        const { assert!(size_of::<F>() == 0, "a function without captures") };
        let size = size_of::<C>() + size_of::<DisposeLast>();
        if self.0.try_reserve(size).is_err() {
            return false;
        }
        let end = self.0.len();
        // SAFETY: by *moved* the container and the function come in this order, and there is room
        // for both. By *given up* the list becomes the only owner of the container.
        unsafe {
            let place = self.0.as_mut_ptr().add(end);
            place.cast::<C>().write_unaligned(ptr::read(container));
            place.add(size_of::<C>()).cast::<DisposeLast>().write_unaligned(dispose_last::<C, F>);
            self.0.set_len(end + size);
        }
        true
    }

    /// The function of the last container.
    fn last(&self) -> Option<DisposeLast> {
        let place = self.0.last_chunk::<{ size_of::<DisposeLast>() }>()?;
        // SAFETY: by *moved* the list ends with a function.
        Some(unsafe { place.as_ptr().cast::<DisposeLast>().read_unaligned() })
    }

    /// Takes the last container off the list.
    ///
    /// # Safety
    ///
    /// The container is a `C`.
    unsafe fn pop<C>(&mut self) -> MaybeUninit<C> {
        let start = self.0.len() - size_of::<C>() - size_of::<DisposeLast>();
        // SAFETY: by *moved* the container and its function are at the end of the list.
        let container =
            unsafe { self.0.as_ptr().add(start).cast::<MaybeUninit<C>>().read_unaligned() };
        self.0.truncate(start);
        container
    }
}

/// # Safety
///
/// By *deferred* the list is alive and not referred to. The last container in it was pushed with
/// these types.
unsafe fn dispose_last<C, F: Fn(C, &Disposer) + Copy>(
    mut deferred: NonNull<Moved>,
    disposer: &Disposer,
) {
    // SAFETY: by *deferred*, as the caller promises.
    let container = unsafe { deferred.as_mut().pop::<C>() };
    // SAFETY: by *moved* `push` was given a value of the type, which has no size and so no bytes to
    // read.
    let dispose = unsafe { NonNull::<F>::dangling().as_ref() };
    // SAFETY: by *moved* this is the container and the only one.
    dispose(unsafe { container.assume_init() }, disposer);
}

/// See [`Disposer::part`].
#[doc(hidden)]
#[allow(missing_debug_implementations)]
pub struct PartGuard<'a, T: Trace + ?Sized> {
    part: &'a mut T,
    disposer: &'a Disposer,
}

impl<T: Trace + ?Sized> Drop for PartGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: by *given up*, as the caller of `Disposer::part` promises; the guard is dropped
        // once.
        unsafe { self.part.dispose(self.disposer) }
    }
}

/// See [`Disposer::untraced`].
#[doc(hidden)]
#[allow(missing_debug_implementations)]
pub struct DropGuard<'a, T: ?Sized> {
    part: &'a mut T,
}

impl<T: ?Sized> Drop for DropGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: by *given up*, as the caller of `Disposer::untraced` promises; the guard is
        // dropped once.
        unsafe { std::ptr::drop_in_place(self.part) }
    }
}
