//! The primitives of concurrency: the standard library's atomics, mutexes and thread-locals, or
//! those of the model checker.
//!
//! Everything shared in this heap is built from these names, so that under `cfg(loom)` the checker
//! sees every access. What no model depends on is left out: the checker does not see the
//! standard library's atomics and mutexes where they are used by their own names.

use super::hooks::Hooks;
use crate::raw::heaps::Shared;

#[cfg(not(loom))]
mod chosen {
    #[cfg(not(target_has_atomic = "64"))]
    pub(crate) use portable_atomic::AtomicU64;
    #[cfg(target_has_atomic = "64")]
    pub(crate) use std::sync::atomic::AtomicU64;
    pub(crate) use std::sync::atomic::{AtomicU32, Ordering};
    pub(crate) use std::sync::{Mutex, MutexGuard};
    use std::thread::LocalKey;

    use super::{Hooks, Shared};

    /// A global that is ready before the program starts.
    macro_rules! global {
        (static $name:ident: $ty:ty = $value:expr;) => {
            static $name: $ty = $value;
        };
    }

    /// A thread-local. Reaching one without a destructor is one addressing mode, and it is there
    /// to the very end.
    macro_rules! per_thread {
        (static $name:ident: $ty:ty = $value:expr;) => {
            std::thread_local! { static $name: $ty = const { $value }; }
        };
    }

    /// Lets other threads go on, in a loop that waits for one of them; `turn` counts the rounds.
    pub(crate) fn pause(turn: u32) {
        if turn < 64 { std::hint::spin_loop() } else { std::thread::yield_now() }
    }

    /// Runs `f` on a thread-local without a destructor. Never returns `None`.
    #[inline(always)]
    pub(crate) fn with<T, R>(key: &'static LocalKey<T>, f: impl FnOnce(&T) -> R) -> Option<R> {
        const {
            assert!(
                !std::mem::needs_drop::<T>(),
                "a thread-local with a destructor ends before its thread"
            )
        };
        // Only the address is read inside `with`: a closure of some length would not be inlined.
        let value = key.with(|value| &raw const *value);
        // SAFETY: by *thread* a value without a destructor lives as long as its thread, and `f`
        // ends before that.
        Some(f(unsafe { &*value }))
    }

    /// Takes a lock that is a global, as [`lock_unseen`], unless another thread has it.
    pub(crate) fn try_lock_global<T>(mutex: &'static Mutex<T>) -> Option<MutexGuard<'static, T>> {
        Shared::prepare_fork();
        super::try_lock(mutex)
    }

    /// Takes a lock to keep memory for a later collection, unless another thread has the lock.
    pub(crate) use try_lock_global as try_lock_to_keep;

    pub(crate) use super::lock_unseen as lock_global;
    pub(crate) use {global, per_thread};

    /// The number of bits of a version.
    pub(crate) const VERSION_BITS: u32 = 25;
    /// A list shorter than this is not worth a sweep.
    pub(crate) const SWEEP_FROM: usize = crate::raw::sizes::size(64, 4);
}

#[cfg(loom)]
mod chosen {
    pub(crate) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering};
    pub(crate) use loom::sync::{Mutex, MutexGuard};
    use loom::thread::LocalKey;

    /// A global that every execution of a model initialises again.
    macro_rules! global {
        (static $name:ident: $ty:ty = $value:expr;) => {
            loom::lazy_static! { static ref $name: $ty = $value; }
        };
    }

    macro_rules! per_thread {
        (static $name:ident: $ty:ty = $value:expr;) => {
            loom::thread_local! { static $name: $ty = $value; }
        };
    }

    pub(crate) fn pause(_turn: u32) {
        loom::thread::yield_now();
    }

    /// Returns `None` when the checker has taken the thread's values away.
    pub(crate) fn with<T: 'static, R>(
        key: &'static LocalKey<T>,
        f: impl FnOnce(&T) -> R,
    ) -> Option<R> {
        key.try_with(f).ok()
    }

    /// Returns `None`: every lock multiplies the executions.
    pub(crate) fn try_lock_to_keep<T>(_: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
        None
    }

    pub(crate) use super::{lock as lock_global, try_lock as try_lock_global};
    pub(crate) use {global, per_thread};

    /// A version comes round with the fourth handle, as a model cannot make the millions of handles
    /// that a version of full width needs.
    pub(crate) const VERSION_BITS: u32 = 2;
    /// A model has few blocks.
    pub(crate) const SWEEP_FROM: usize = 2;
}

pub(crate) use chosen::*;

/// Takes a lock that is a global, poisoned or not: `fork` must not leave it locked in the child.
/// The model checker does not see it, and no model depends on what it guards.
pub(crate) fn lock_unseen<T>(
    mutex: &'static std::sync::Mutex<T>,
) -> std::sync::MutexGuard<'static, T> {
    Shared::prepare_fork();
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Takes a lock of the collector, poisoned or not. No code of the program runs under such a lock at
/// a point where its panic would leave a change half done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Takes a lock of the collector, poisoned or not, unless another thread has it.
pub(crate) fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(std::sync::TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(std::sync::TryLockError::WouldBlock) => None,
    }
}
