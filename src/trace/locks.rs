//! Locks: cells whose borrow flag is shared between threads.
//!
//! The rules are those of `RefCell`: what cannot be read without waiting reports nothing, and dispose, which asks the
//! same question, really drops it. A poisoned lock is read: poison says that the user's invariants may be broken, but
//! the value is whole and owns what it owns.
//!
//! In a value that threads share a lock is not only asked but taken: the guard goes to the tracer, which lets go of it when
//! the collection has seen enough. For reading is enough, as what a `RwLock` shares changes under locks of its own. An
//! `OnceLock` needs none: it goes from empty to full, and what is in it stays.
//!
//! `Mutex` and `RwLock` are moved out of to be disposed, as on some systems the lock has memory of its own that has to
//! be freed. The standard library promises no pinned access to what they hold.

use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::{Mutex, OnceLock, PoisonError, RwLock, TryLockError};

use super::{Depth, Disposer, Shape, Trace, Tracer};

// SAFETY: the lock owns its value alone and it is asked once or, when it cannot be read, not at all; dispose decides by
// the same question. Nothing waits.
unsafe impl<T: Trace> Trace for Mutex<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        let guard = match self.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return tracer.unsettled(),
        };
        // SAFETY: the lock is part of the value, and unlocking it runs no code but the standard library's.
        unsafe { tracer.lock(guard) }
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        let unreadable = matches!(self.try_lock(), Err(TryLockError::WouldBlock));
        // SAFETY: the caller gives up the lock, so this copy is the only owner; no guard is in use any more.
        let lock = unsafe { ptr::read(self) };
        if !unreadable {
            let mut value = ManuallyDrop::new(lock.into_inner().unwrap_or_else(PoisonError::into_inner));
            // SAFETY: the value was moved here and is not dropped after.
            unsafe { Trace::dispose(&mut *value, disposer) }
        }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape {
        T::shape::<D>()
    }
}

// SAFETY: as for `Mutex`. A lock that is held for reading can be read.
unsafe impl<T: Trace> Trace for RwLock<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        let guard = match self.try_read() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return tracer.unsettled(),
        };
        // SAFETY: the lock is part of the value, and unlocking it runs no code but the standard library's.
        unsafe { tracer.lock(guard) }
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        let unreadable = matches!(self.try_read(), Err(TryLockError::WouldBlock));
        // SAFETY: the caller gives up the lock, so this copy is the only owner; no guard is in use any more.
        let lock = unsafe { ptr::read(self) };
        if !unreadable {
            let mut value = ManuallyDrop::new(lock.into_inner().unwrap_or_else(PoisonError::into_inner));
            // SAFETY: the value was moved here and is not dropped after.
            unsafe { Trace::dispose(&mut *value, disposer) }
        }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape {
        T::shape::<D>()
    }
}

// SAFETY: the cell owns its value alone and it is asked once if it is there.
unsafe impl<T: Trace> Trace for OnceLock<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        match self.get() {
            Some(value) => Trace::trace(value, tracer),
            None => tracer.unsettled(),
        }
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        if let Some(value) = self.get_mut() {
            // SAFETY: the caller gives up the cell; what is left of it is a flag.
            unsafe { Trace::dispose(value, disposer) }
        }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape {
        T::shape::<D>()
    }
}
