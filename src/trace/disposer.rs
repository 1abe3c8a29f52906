//! How a dead value is destroyed: parts one after the other, containers at the end of a bounded
//! nesting later.
//!
//! A value may own a structure of boxes, vectors and maps that is much deeper than the stack. The
//! dispose of a container at depth [`MAX_NESTING`] starts a list on its own frame. The containers
//! that are found at that depth below it are moved into the list, and are disposed when the stack
//! is short again, before the dispose of the first container returns.
//!
//! - **deferred**: while `deferred` is set, it points to the list on the frame of the container that
//!   started it, whose guard clears it before the frame is gone, and no other reference to the list
//!   is in use.
//! - **moved**: the list is a stack of containers. The bytes of each are followed by the function
//!   that takes a container of this type off the list. The list is the only owner of the container.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use super::Trace;
use crate::raw::nesting::{MAX_NESTING, inlined_in_container};

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

    /// Calls `dispose` once on a container of `T`, now or on its moved bytes before the dispose of
    /// the whole value returns.
    ///
    /// # Safety
    ///
    /// As for [`Trace::dispose`] on `container`, which `dispose` may rely on. `dispose` relies on
    /// nothing else, and on no place of the container.
    #[inline]
    pub(crate) unsafe fn nested<T, C, F: Fn(&mut C, &Self) + Copy>(&self, container: &mut C, dispose: F) {
        let nesting = self.nesting.get();
        if nesting >= MAX_NESTING {
            // SAFETY: as the caller promises.
            return unsafe { self.defer(container, dispose) };
        }
        self.nesting.set(nesting + 1);
        if inlined_in_container::<T>() {
            dispose(container, self);
        } else {
            self.call_out_of_line(container, dispose);
        }
        // A panic leaves the number too high, and then a list is started earlier than needed.
        self.nesting.set(nesting);
    }

    #[inline(never)]
    fn call_out_of_line<C, F: Fn(&mut C, &Self)>(&self, container: &mut C, dispose: F) {
        dispose(container, self);
    }

    /// # Safety
    ///
    /// As for [`nested`](Self::nested).
    #[cold]
    #[inline(never)]
    unsafe fn defer<C, F: Fn(&mut C, &Self) + Copy>(&self, container: &mut C, dispose: F) {
        if let Some(mut deferred) = self.deferred.get() {
            // SAFETY: by *deferred* the list is alive, and this is the only reference to it.
            let deferred = unsafe { deferred.as_mut() };
            // SAFETY: the caller gives up the container, which is not used here if it was moved.
            if !unsafe { deferred.push(container, dispose) } {
                // Without memory for the list the stack is used.
                dispose(container, self);
            }
            return;
        }
        let mut deferred = Moved(Vec::new());
        let deferring = DeferringGuard { disposer: self, deferred: NonNull::from(&mut deferred) };
        self.deferred.set(Some(deferring.deferred));
        self.nesting.set(0);
        dispose(container, self);
        deferring.dispose_all();
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
            // SAFETY: the function is that of the last container.
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
    /// As for [`Disposer::nested`]; the container is not used again if the result is true.
    unsafe fn push<C, F: Fn(&mut C, &Disposer) + Copy>(&mut self, container: &mut C, _: F) -> bool {
        const { assert!(size_of::<F>() == 0, "a function without captures") };
        let size = size_of::<C>() + size_of::<DisposeLast>();
        if self.0.try_reserve(size).is_err() {
            return false;
        }
        let end = self.0.len();
        // SAFETY: there is room for the container and the function, in this order. The caller gives
        // up the container.
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
        let container = unsafe { self.0.as_ptr().add(start).cast::<MaybeUninit<C>>().read_unaligned() };
        self.0.truncate(start);
        container
    }
}

/// # Safety
///
/// By *deferred* the list is alive and not referred to. The last container in it was pushed with
/// these types.
unsafe fn dispose_last<C, F: Fn(&mut C, &Disposer) + Copy>(mut deferred: NonNull<Moved>, disposer: &Disposer) {
    // SAFETY: as the caller promises.
    let mut container = unsafe { deferred.as_mut().pop::<C>() };
    // SAFETY: a type without size has no bytes to read, and `push` was given a value of it.
    let dispose = unsafe { NonNull::<F>::dangling().as_ref() };
    // SAFETY: by *moved* this is the container and the only one; it is not dropped after the call.
    dispose(unsafe { container.assume_init_mut() }, disposer);
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
        // SAFETY: the caller of `Disposer::part` gave up the value, and the guard is dropped once.
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
        // SAFETY: the caller of `Disposer::untraced` gave up the value, and the guard is dropped
        // once.
        unsafe { std::ptr::drop_in_place(self.part) }
    }
}
