//! The collector's lock, with a wait of bounded length.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use super::{COLLECTOR, Collector};
use crate::sync::raw::primitive::{
    MutexGuard, lock_global as lock, try_lock_global as try_lock, try_lock_to_keep,
};
use crate::sync::raw::thread::local;

/// How long a thread waits for another one that has the collector's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    No,
    AtMost(Duration),
    UntilFree,
}

/// The collector's lock, held. Threads that wait for it are woken after it was released.
pub(crate) struct Turn {
    // Dropped in this order.
    guard: MutexGuard<'static, Collector>,
    _after: Notify,
}

/// Wakes the threads that wait for the collector's lock when it is dropped.
struct Notify;

impl Turn {
    /// Takes the lock, or returns `None` if another thread has it for longer than the given wait.
    pub(crate) fn take(wait: Wait) -> Option<Self> {
        let guard = match wait {
            Wait::No => try_lock(&COLLECTOR)?,
            Wait::AtMost(duration) => released::take_within(duration)?,
            Wait::UntilFree => lock(&COLLECTOR),
        };
        Some(Self::with(guard))
    }

    /// Takes the lock to keep memory for a later collection, or returns `None` if another thread
    /// has it.
    pub(crate) fn take_to_keep() -> Option<Self> {
        try_lock_to_keep(&COLLECTOR).map(Self::with)
    }

    /// Takes the lock, after a wait of any length.
    pub(crate) fn wait() -> Self {
        Self::with(lock(&COLLECTOR))
    }

    fn with(guard: MutexGuard<'static, Collector>) -> Self {
        local(|local| local.has_turn.set(true));
        Self { guard, _after: Notify }
    }
}

/// Checks that this thread may wait for the collector's lock.
///
/// # Panics
///
/// If this thread has that lock, so in a call from a `trace`.
pub(crate) fn assert_can_wait() {
    assert!(
        !is_mine(),
        "a `trace` called a function that waits for its own collection; call it elsewhere"
    );
}

/// Whether this thread has the collector's lock.
pub(crate) fn is_mine() -> bool {
    local(|local| local.has_turn.get()) == Some(true)
}

pub(crate) use released::lock_releases;

impl Deref for Turn {
    type Target = Collector;

    fn deref(&self) -> &Collector {
        &self.guard
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut Collector {
        &mut self.guard
    }
}

impl Drop for Notify {
    fn drop(&mut self) {
        local(|local| local.has_turn.set(false));
        released::notify();
    }
}

mod released {
    use std::sync::{self, Condvar, Mutex, PoisonError};
    use std::time::Instant;

    use super::{COLLECTOR, Collector, Duration, MutexGuard, try_lock};
    use crate::sync::raw::primitive::lock_unseen as lock;

    /// How many times the collector's lock was released.
    static RELEASES: Mutex<usize> = Mutex::new(0);
    static RELEASED: Condvar = Condvar::new();

    pub(super) fn take_within(duration: Duration) -> Option<MutexGuard<'static, Collector>> {
        // Not every target has a clock. A target without a clock has no other thread.
        if let Some(guard) = try_lock(&COLLECTOR) {
            return Some(guard);
        }
        let start = Instant::now();
        loop {
            let seen = *lock(&RELEASES);
            if let Some(guard) = try_lock(&COLLECTOR) {
                return Some(guard);
            }
            let rest = duration.checked_sub(start.elapsed())?;
            // A release after the attempt has changed the number, or will wake this thread.
            let waited =
                RELEASED.wait_timeout_while(lock(&RELEASES), rest, |releases| *releases == seen);
            if waited.unwrap_or_else(PoisonError::into_inner).1.timed_out() {
                return try_lock(&COLLECTOR);
            }
        }
    }

    /// Takes the lock of the number of releases, for a thread that forks.
    pub(crate) fn lock_releases() -> sync::MutexGuard<'static, usize> {
        lock(&RELEASES)
    }

    pub(super) fn notify() {
        let mut releases = lock(&RELEASES);
        *releases = releases.wrapping_add(1);
        RELEASED.notify_all();
    }
}
