//! Releasing at a certain point: when a scope ends, with a value, or never.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::cleanup::{collect_until_nothing_is_found, run_last_first};
use crate::local::collect::collect;
use crate::local::raw::exit;
use crate::local::raw::heap;

/// Collects when a scope ends, so that a test or a `main` leaves no dead cycle behind.
///
/// Values that live in the same scope must be declared after it, as they are dropped in the reverse
/// order. It collects until nothing is found any more, ten times at most.
///
/// # Panics
///
/// Dropping it panics as [`collect`] does, and swallows the panic if another is on its way.
///
/// # Examples
///
/// ```
/// use recyc::{CollectGuard, Gc, GcCell, Trace};
///
/// #[derive(Trace)]
/// struct Node(GcCell<Option<Gc<Node>>>);
///
/// {
///     let _guard = CollectGuard::new();
///     let node = Gc::new(Node(GcCell::new(None)));
///     node.0.set(Some(node.clone()));
/// }
/// assert_eq!(recyc::stats().live, 0);
/// ```
#[derive(Debug)]
#[must_use = "it collects when it is dropped"]
pub struct CollectGuard {
    /// The heap is that of this thread.
    _local: PhantomData<Rc<()>>,
}

impl CollectGuard {
    /// Collects when the result is dropped.
    #[expect(
        clippy::new_without_default,
        reason = "a guard that is made in passing would be dropped in passing"
    )]
    pub fn new() -> Self {
        Self { _local: PhantomData }
    }
}

impl Drop for CollectGuard {
    fn drop(&mut self) {
        collect_until_nothing_is_found(collect);
    }
}

/// Runs closures when the value it is a field of is destroyed, by whatever kind of death.
///
/// Unlike a [`Finalize`](crate::Finalize) the closures cannot see the value, so they cannot
/// resurrect it, and they run exactly once. They own what they need. A traced handle to the value
/// in a closure would keep the value alive forever: use a [`Weak`](crate::Weak), which cannot be
/// upgraded any more when they run.
///
/// They run in the reverse order of their registration, after the fields of the value that are
/// declared before the cleaner. If one panics the others run all the same, and the first panic goes
/// on.
///
/// # Examples
///
/// ```
/// use recyc::{Cleaner, Gc, Trace};
/// use std::{cell::Cell, rc::Rc};
///
/// #[derive(Trace)]
/// struct Page {
///     text: String,
///     cleaner: Cleaner,
/// }
///
/// let open = Rc::new(Cell::new(1));
/// let page = Gc::new(Page { text: "…".into(), cleaner: Cleaner::new() });
/// let count = open.clone();
/// page.cleaner.register(move || count.set(count.get() - 1));
/// drop(page);
/// assert_eq!(open.get(), 0);
/// ```
#[derive(Default)]
pub struct Cleaner(RefCell<Vec<Box<dyn FnOnce()>>>);

impl Cleaner {
    /// Without any closure.
    #[must_use]
    pub const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    /// Runs `action` when the cleaner is dropped.
    pub fn register(&self, action: impl FnOnce() + 'static) {
        self.0.borrow_mut().push(Box::new(action));
    }
}

impl Drop for Cleaner {
    fn drop(&mut self) {
        run_last_first(self.0.get_mut());
    }
}

impl std::fmt::Debug for Cleaner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cleaner(..)")
    }
}

/// Leaks all values of this thread that a collection could still find, for a fast exit. Returns the
/// number of blocks that exist.
///
/// From here on no value becomes a candidate, so neither a collection nor the end of the thread
/// captures any block. Values still die by counting, so leak or forget the roots of large
/// structures too. There is no way back for this thread. Does nothing inside a collection.
///
/// # Examples
///
/// ```
/// use recyc::{Gc, GcCell, Trace};
///
/// #[derive(Trace)]
/// struct Node(GcCell<Option<Gc<Node>>>);
///
/// # std::thread::spawn(|| {
/// let node = Gc::new(Node(GcCell::new(None)));
/// node.0.set(Some(node.clone()));
/// # let back = Gc::downgrade(&node);
/// drop(node);
/// assert_eq!(recyc::leak_all(), 1);
/// assert_eq!(recyc::collect().captured, 0);
/// # back.upgrade().unwrap().0.take();
/// # }).join().unwrap();
/// ```
pub fn leak_all() -> usize {
    heap(|heap| {
        if !heap.collecting.get() {
            exit::give_up(heap);
        }
        heap.balance.live()
    })
}
