//! The primitives of concurrency: the standard library's atomics, mutexes and thread-locals, or
//! those of the model checker.
//!
//! Everything shared in this heap is built from these names, so that under `cfg(loom)` the checker sees every access.

#[cfg(not(loom))]
mod chosen {
    #[cfg(not(target_has_atomic = "64"))]
    pub(crate) use portable_atomic::AtomicU64;
    #[cfg(target_has_atomic = "64")]
    pub(crate) use std::sync::atomic::AtomicU64;
    pub(crate) use std::sync::atomic::{AtomicIsize, AtomicU32, Ordering};
    pub(crate) use std::sync::{Mutex, MutexGuard};

    /// A global that is ready before the program starts.
    macro_rules! global {
        (static $name:ident: $ty:ty = $value:expr;) => {
            static $name: $ty = $value;
        };
    }

    /// A thread-local without a destructor: reaching it is one addressing mode, and it is there to the very end.
    macro_rules! per_thread {
        (static $name:ident: $ty:ty = $value:expr;) => {
            std::thread_local! { static $name: $ty = const { $value }; }
        };
    }

    /// Lets other threads go on, in a loop that waits for one of them; `turn` counts the rounds.
    pub(crate) fn pause(turn: u32) {
        if turn < 64 { std::hint::spin_loop() } else { std::thread::yield_now() }
    }

    /// Takes a lock that is a global: `fork` must not leave it locked in the child.
    pub(crate) fn lock_global<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
        crate::sync::fork::register();
        super::lock(mutex)
    }

    /// Takes a lock that is a global, as [`lock_global`], unless another thread has it.
    pub(crate) fn try_lock_global<T>(mutex: &'static Mutex<T>) -> Option<MutexGuard<'static, T>> {
        crate::sync::fork::register();
        super::try_lock(mutex)
    }

    pub(crate) use {global, per_thread};
}

#[cfg(loom)]
mod chosen {
    pub(crate) use loom::sync::atomic::{AtomicIsize, AtomicU32, AtomicU64, Ordering};
    pub(crate) use loom::sync::{Mutex, MutexGuard};

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

    pub(crate) use super::{lock as lock_global, try_lock as try_lock_global};
    pub(crate) use {global, per_thread};
}

pub(crate) use chosen::*;

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
