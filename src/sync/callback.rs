//! Callbacks at the start and at the end of a collection of shared values.

use std::sync::{Arc, Mutex, MutexGuard, Weak};

use super::raw::primitive::lock_unseen;
use crate::event::Event;

pub(crate) type Function = dyn Fn(Event) + Send + Sync;
pub(crate) type Callbacks = Arc<[Weak<Function>]>;

/// Replaced as a whole, so that a collection can hold on to the list without the lock and without
/// memory.
static CALLBACKS: Mutex<Option<Callbacks>> = Mutex::new(None);

/// Keeps a callback of [`on_collection`] registered; dropping it takes the callback out.
///
/// A collection of another thread may be in the middle of calling it then.
#[must_use = "dropping it takes the callback out"]
pub struct CallbackGuard {
    _function: Arc<Function>,
}

impl std::fmt::Debug for CallbackGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallbackGuard(..)")
    }
}

/// Calls `function` at the start and at the end of every collection of shared values, on the thread
/// that collects.
///
/// The callbacks are called in the order in which they were registered, with no lock of the
/// collector held. One may allocate, drop, register and take out callbacks (for the next
/// collection) and change the configuration; a collection that it asks for does nothing. If one
/// panics the collection is run to its end all the same, and the panic goes on after it. If the
/// callbacks of the start take so long that another thread collects in the meantime, an automatic
/// collection ends with a report that says `nested`, and has done nothing.
///
/// A full collection that is done in shares calls them at the start and at the end of each share,
/// with a report of what that share has done. [`Stats`](crate::Stats) counts it once, when the last
/// share is over.
///
/// # Examples
///
/// ```
/// use recyc::sync::{self, Event};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
///
/// let collections = Arc::new(AtomicUsize::new(0));
/// let count = collections.clone();
/// let callback = sync::on_collection(move |event| {
///     if let Event::Stop { .. } = event {
///         count.fetch_add(1, Relaxed);
///     }
/// });
/// sync::collect();
/// drop(callback);
/// assert!(collections.load(Relaxed) > 0);
/// ```
pub fn on_collection(function: impl Fn(Event) + Send + Sync + 'static) -> CallbackGuard {
    let function: Arc<Function> = Arc::new(function);
    let mut callbacks = lock_callbacks();
    let known = callbacks.take();
    let alive = known
        .iter()
        .flat_map(|known| known.iter())
        .filter(|known| known.strong_count() > 0)
        .cloned();
    *callbacks = Some(alive.chain([Arc::downgrade(&function)]).collect());
    CallbackGuard { _function: function }
}

/// Takes the lock of the list.
pub(super) fn lock_callbacks() -> MutexGuard<'static, Option<Callbacks>> {
    lock_unseen(&CALLBACKS)
}

/// Returns the registered callbacks. Allocates no memory.
pub(crate) fn registered() -> Option<Callbacks> {
    lock_callbacks().clone()
}

/// The callbacks whose guards still exist.
pub(crate) fn wanted(callbacks: &Option<Callbacks>) -> impl Iterator<Item = Arc<Function>> {
    callbacks.iter().flat_map(|callbacks| callbacks.iter()).filter_map(Weak::upgrade)
}
