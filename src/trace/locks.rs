//! Locks: cells whose borrow flag is shared between threads.
//!
//! The rules are those of `RefCell`: what cannot be read without waiting reports nothing, and
//! dispose, which makes the same check, really drops it. A poisoned lock is read: poison says that
//! the user's invariants may be broken, but the value is whole and owns what it owns.
//!
//! In a value that threads share, a lock is not only tested but taken: the guard goes to the
//! tracer, which releases it when the collection has read enough. A read lock is enough for a
//! `RwLock`, as what its readers share changes only under further locks. A `OnceLock` needs none:
//! it goes from empty to full, and what is in it stays.
//!
//! `Mutex` and `RwLock` are moved out of to be disposed, as on some systems the lock has memory of
//! its own that has to be freed. The standard library promises no pinned access to what they hold.

use std::sync::{LockResult, Mutex, OnceLock, PoisonError, RwLock, TryLockError, TryLockResult};

use super::{Depth, Disposer, Promise, Shape, Trace, Tracer};

/// Writes the impl of a lock, of how it is taken without waiting, what makes an optional guard of
/// the answer, what makes the value of what `into_inner` gives, and what makes a reference of what
/// `get_mut` gives.
macro_rules! locks {
    ($([$($parameters:tt)*] $lock:ty: $take:ident, $guard:path, $value:path, $exclusive:path;)+) => {
        $(
            // SAFETY: the lock owns its value alone and it is traced once or, when it cannot be
            // read, not at all; dispose decides by the same question. Nothing waits.
            unsafe impl<$($parameters)*> Trace for $lock {
                #[inline]
                fn trace(&self, tracer: &mut Tracer<'_>) {
                    match $guard(self.$take()) {
                        // SAFETY: by *locked*: the lock is part of the value, and unlocking it runs
                        // no code but the lock's own.
                        Some(guard) => unsafe { tracer.lock(guard) },
                        None => tracer.note_unread_cell(),
                    }
                }

                #[inline]
                unsafe fn dispose(&mut self, disposer: &Disposer) {
                    let unreadable = !disposer.knows_unlocked() && $guard(self.$take()).is_none();
                    // SAFETY: by *given up*, as the caller promises for the lock, and so for its
                    // value; no guard is in use any more.
                    unsafe {
                        disposer.moved(self, |lock, disposer| {
                            if !unreadable {
                                disposer.value($value(lock.into_inner()));
                            }
                        });
                    }
                }

                #[inline]
                fn owned_bytes(&mut self) -> usize {
                    Trace::owned_bytes($exclusive(self.get_mut()))
                }

                #[inline]
                fn shape<D: Depth>() -> Shape<impl Promise> {
                    T::shape::<D>()
                }
            }
        )+
    };
}
#[cfg(feature = "lock_api")]
pub(super) use locks;

locks! {
    [T: Trace] Mutex<T>: try_lock, unpoisoned, whole, whole;
    [T: Trace] RwLock<T>: try_read, unpoisoned, whole, whole;
}

/// The guard, if the lock could be taken.
fn unpoisoned<G>(taken: TryLockResult<G>) -> Option<G> {
    match taken {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// The value that the lock held.
fn whole<T>(value: LockResult<T>) -> T {
    value.unwrap_or_else(PoisonError::into_inner)
}

parts! {
    OnceLock<T>, [T], through (Self::get, Self::get_mut): { Some(value) => [value], None => unread };
}
