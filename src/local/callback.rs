//! Callbacks at the start and at the end of a collection, as Python's `gc.callbacks`.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use crate::event::Event;
use crate::local::raw::heap;

pub(crate) type Function = dyn Fn(Event);
pub(crate) type Callbacks = Rc<[Weak<Function>]>;

thread_local! {
    /// Replaced as a whole, so that a collection can hold on to the list without borrowing it and
    /// without memory.
    static CALLBACKS: RefCell<Option<Callbacks>> = const { RefCell::new(None) };
}

/// Keeps a callback registered; dropping it takes the callback out.
#[must_use = "dropping it takes the callback out"]
pub struct CallbackGuard {
    _function: Rc<Function>,
}

impl std::fmt::Debug for CallbackGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallbackGuard(..)")
    }
}

/// Calls `function` at the start and at the end of every collection of this thread.
///
/// The callbacks are called in the order in which they were registered. One may allocate, drop,
/// register and take out callbacks (for the next collection) and change the configuration; a
/// collection that it starts does nothing. If one panics the collection is run to its end all the
/// same, and the panic goes on after it.
///
/// # Examples
///
/// ```
/// use recyc::Event;
/// use std::{cell::Cell, rc::Rc};
///
/// let reclaimed = Rc::new(Cell::new(0));
/// let sum = reclaimed.clone();
/// let callback = recyc::on_collection(move |event| {
///     if let Event::Stop { report, .. } = event {
///         sum.set(sum.get() + report.reclaimed);
///     }
/// });
/// recyc::collect();
/// drop(callback);
/// # assert_eq!(reclaimed.get(), 0);
/// ```
pub fn on_collection(function: impl Fn(Event) + 'static) -> CallbackGuard {
    let function: Rc<Function> = Rc::new(function);
    // While the thread ends the list may be gone already. Then the function is never called.
    let _ = CALLBACKS.try_with(|callbacks| {
        let known = callbacks.take();
        let alive = known
            .iter()
            .flat_map(|known| known.iter())
            .filter(|known| known.strong_count() > 0)
            .cloned();
        callbacks.replace(Some(alive.chain([Rc::downgrade(&function)]).collect()));
    });
    heap(|heap| heap.has_callbacks.set(true));
    CallbackGuard { _function: function }
}

/// Returns the registered callbacks. Allocates no memory, and does not borrow the list: a callback
/// may change it.
#[cold]
pub(crate) fn registered() -> Option<Callbacks> {
    CALLBACKS.try_with(|callbacks| callbacks.borrow().clone()).ok().flatten()
}

/// The callbacks whose guards still exist.
#[inline]
pub(crate) fn wanted(callbacks: &Option<Callbacks>) -> impl Iterator<Item = Rc<Function>> {
    callbacks.iter().flat_map(|callbacks| callbacks.iter()).filter_map(Weak::upgrade)
}
