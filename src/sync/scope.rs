//! Releasing at a certain point: when a scope ends, with a value, or never.

use std::sync::{Mutex, PoisonError};

use super::collect::collect;
use super::collector;
use super::raw::{candidates, deferred};
use crate::cleanup::collect_until_nothing_is_found;
use crate::cleanup::run_last_first;

/// Collects the shared values when a scope ends, so that a test or a `main` leaves no dead cycle
/// behind.
///
/// Values that live in the same scope must be declared after it, as they are dropped in the reverse
/// order. It collects until nothing is found any more, ten times at most. Dead values that a
/// collection of another thread has captured, while it calls finalizers or destructors, are left to
/// that collection: join the threads first.
///
/// # Panics
///
/// Dropping it panics as [`collect`] does, and swallows the panic if another is on its way.
///
/// # Examples
///
/// ```standalone_crate
/// use recyc::{Trace, sync::{self, CollectGuard, Gc}};
/// use std::sync::OnceLock;
///
/// #[derive(Trace)]
/// struct Node(OnceLock<Gc<Node>>);
///
/// {
///     let _guard = CollectGuard::new();
///     let node = Gc::new(Node(OnceLock::new()));
///     _ = node.0.set(node.clone());
/// }
/// assert_eq!(sync::stats().live, 0);
/// ```
#[derive(Debug)]
#[must_use = "it collects when it is dropped"]
pub struct CollectGuard(());

impl CollectGuard {
    /// Collects when the result is dropped.
    #[expect(
        clippy::new_without_default,
        reason = "a guard that is made in passing would be dropped in passing"
    )]
    pub fn new() -> Self {
        Self(())
    }
}

impl Drop for CollectGuard {
    fn drop(&mut self) {
        collect_until_nothing_is_found(collect);
    }
}

/// Runs closures when the shared value it is a field of is destroyed, by whatever kind of death and
/// on whatever thread.
///
/// As the [local one](crate::Cleaner), with closures that are `Send`.
///
/// # Examples
///
/// ```
/// use recyc::{Trace, sync::{Cleaner, Gc}};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
///
/// #[derive(Trace)]
/// struct Page {
///     text: String,
///     cleaner: Cleaner,
/// }
///
/// let open = Arc::new(AtomicUsize::new(1));
/// let page = Gc::new(Page { text: "…".into(), cleaner: Cleaner::new() });
/// let count = open.clone();
/// page.cleaner.register(move || _ = count.fetch_sub(1, Relaxed));
/// drop(page);
/// assert_eq!(open.load(Relaxed), 0);
/// ```
#[derive(Default)]
pub struct Cleaner(Mutex<Vec<Box<dyn FnOnce() + Send>>>);

impl Cleaner {
    /// Without any closure.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Runs `action` when the cleaner is dropped.
    pub fn register(&self, action: impl FnOnce() + Send + 'static) {
        let action = Box::new(action);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(action);
    }
}

impl Drop for Cleaner {
    fn drop(&mut self) {
        run_last_first(self.0.get_mut().unwrap_or_else(PoisonError::into_inner));
    }
}

impl std::fmt::Debug for Cleaner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cleaner(..)")
    }
}

/// Leaks all shared values that a collection could still find, for a fast exit of the program.
/// Returns the number of blocks that exist.
///
/// From here on no value of any thread becomes a candidate, so no collection captures any block.
/// Values still die by counting, but the memory of values that were candidates is not freed. This
/// cannot be undone. Does nothing inside a collection, and waits for one that decides. A collection
/// that is calling finalizers or destructors finishes the dead values that it has captured.
///
/// # Examples
///
/// ```standalone_crate
/// use recyc::{Trace, sync::{self, Gc}};
/// use std::sync::OnceLock;
///
/// #[derive(Trace)]
/// struct Node(OnceLock<Gc<Node>>);
///
/// let node = Gc::new(Node(OnceLock::new()));
/// _ = node.0.set(node.clone());
/// drop(node);
/// assert_eq!(sync::leak_all(), 1);
/// assert_eq!(sync::collect().captured, 0);
/// ```
pub fn leak_all() -> usize {
    if !collector::is_running() {
        collector::with_all_candidates(|young, old, frozen| {
            candidates::give_up();
            // Blocks that wait for their finalizers are leaked.
            drop(deferred::take_all());
            [young, old, frozen].into_iter().for_each(candidates::Entries::forget);
        });
    }
    candidates::totals().1
}
