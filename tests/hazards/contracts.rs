//! The contract between this crate and unsafe code outside of it.
//!
//! The crates in here are imaginary: a cell that borrows from itself, a container with memory of
//! its own, code that keeps counts by hand. Each keeps its side of the contract, and this crate
//! must keep the other.

use std::cell::{Cell, Ref, RefCell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use recyc::{Finalize, Gc, GcCell, Leaf, Trace, Tracer};

use super::{End, Log, alone, ring};

/// A handle and a borrow of what it leads to, in one value: the borrow ends when the value does.
struct Owning<T: Trace> {
    borrow: ManuallyDrop<Ref<'static, T>>,
    owner: Gc<RefCell<T>>,
}

impl<T: Trace> Owning<T> {
    fn new(owner: Gc<RefCell<T>>) -> Self {
        // SAFETY: the cell stays where it is while `owner` is held, and the borrow ends before
        // that.
        let cell: &'static RefCell<T> = unsafe { &*Gc::as_ptr(&owner) };
        Self { borrow: ManuallyDrop::new(cell.borrow()), owner }
    }
}

impl<T: Trace> Drop for Owning<T> {
    fn drop(&mut self) {
        // Writes the borrow flag of a cell that may be a member of the same dead cycle.
        // SAFETY: dropped once.
        unsafe { ManuallyDrop::drop(&mut self.borrow) }
    }
}

// SAFETY: reports the handle that it owns, once. Its `Drop` uses what the handle leads to, so it
// has no dispose: then all memory of a dead cycle stays until the last such value is dropped.
unsafe impl<T: Trace> Trace for Owning<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.owner.trace(tracer);
    }
}

#[derive(Trace)]
struct Page {
    /// Shared with the cell that the borrow is of.
    view: GcCell<Option<Gc<Owning<Page>>>>,
    text: Leaf<End>,
}

/// A value that borrows from its own cycle ends the borrow while the memory is there.
#[test]
fn a_borrow_inside_a_dead_cycle_ends_before_its_memory() {
    alone(|| {
        let log = Log::default();
        for _ in 0..3 {
            let page = Gc::new(RefCell::new(Page {
                view: GcCell::default(),
                text: Leaf(End::new("page", &log)),
            }));
            let view = Gc::new(Owning::new(page.clone()));
            assert!(std::ptr::eq::<Page>(&**view.borrow, &*page.borrow()));
            page.borrow().view.set(Some(view.clone()));
            drop((page, view));
        }
        assert_eq!(recyc::collect().reclaimed, 6);
        assert_eq!(log.take(), ["page dropped"; 3]);
        assert_eq!(recyc::stats().live, 0);
    });
}

/// A count that is kept by hand has an external count until it is given back.
#[test]
fn a_count_kept_by_hand_is_external_until_it_is_given_back() {
    alone(|| {
        let log = Log::default();
        let one = node(&log);
        one.next.set(Some(one.clone()));
        let raw = Gc::into_raw(one);
        // SAFETY: the pointer came from `into_raw`, and the count that it stands for is there.
        unsafe { Gc::increment_strong_count(raw) };
        for _ in 0..2 {
            // SAFETY: as above; one of the two counts goes.
            unsafe { Gc::decrement_strong_count(raw) };
            if log.0.borrow().is_empty() {
                // The first time the other count is still there: whatever the collector finds, it
                // is one too few.
                let left = recyc::collect().reclaimed;
                assert!(left <= 1);
            }
        }
        recyc::collect();
        assert_eq!(log.take(), ["node dropped"]);
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn a_value_that_only_raw_counts_hold_survives_every_collection() {
    alone(|| {
        let log = Log::default();
        let one = node(&log);
        one.next.set(Some(one.clone()));
        let raw = Gc::into_raw(one.clone());
        drop(one);
        for _ in 0..4 {
            assert_eq!(recyc::collect().reclaimed, 0);
            // SAFETY: the pointer came from `into_raw`, whose count is there.
            assert!(unsafe { &*raw }.next.get().is_some());
        }
        // SAFETY: as above, and the count is taken back once.
        drop(unsafe { Gc::from_raw(raw) });
        assert_eq!(recyc::collect().reclaimed, 1);
        assert_eq!(log.take(), ["node dropped"]);
    });
}

#[derive(Trace)]
struct Node {
    next: GcCell<Option<Gc<Node>>>,
    _end: Leaf<End>,
}

fn node(log: &Log) -> Gc<Node> {
    Gc::new(Node { next: GcCell::default(), _end: Leaf(End::new("node", log)) })
}

/// A list with memory of its own, that is changed through `&self`: it takes the contents out while
/// it changes them, so it is readable whenever other code runs.
struct Bag<T: Trace>(UnsafeCell<Vec<T>>);

impl<T: Trace> Bag<T> {
    fn change<R>(&self, change: impl FnOnce(&mut Vec<T>) -> R) -> R {
        // SAFETY: no reference into the cell exists outside of this function and `trace`.
        let mut contents = std::mem::take(unsafe { &mut *self.0.get() });
        let result = change(&mut contents);
        // SAFETY: as above.
        let meanwhile = std::mem::replace(unsafe { &mut *self.0.get() }, contents);
        drop(meanwhile);
        result
    }
}

// SAFETY: the contents belong to the bag; they are readable whenever user code runs, and each is
// reported once.
unsafe impl<T: Trace> Trace for Bag<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // SAFETY: nothing changes the cell while this runs.
        unsafe { &*self.0.get() }.trace(tracer);
    }
}

#[derive(Trace)]
struct Holder {
    bag: Bag<Gc<Holder>>,
    _end: Leaf<End>,
}

/// A container with a cell of its own may be traced at every point where user code runs.
#[test]
fn a_container_may_be_traced_wherever_user_code_runs() {
    alone(|| {
        let log = Log::default();
        let new = || {
            Gc::new(Holder {
                bag: Bag(UnsafeCell::default()),
                _end: Leaf(End::new("holder", &log)),
            })
        };
        let (one, two) = (new(), new());
        one.bag.change(|all| all.extend([one.clone(), two.clone()]));
        two.bag.change(|all| all.push(one.clone()));
        // Collects in the middle of a change: the bag looks empty, what was in it is held from
        // outside.
        let found = one.bag.change(|all| {
            drop(all[1].clone());
            let found = recyc::collect().reclaimed;
            all.sort_by_key(|one| Gc::as_ptr(one).addr());
            found
        });
        assert_eq!(found, 0);
        drop((one, two));
        assert_eq!(recyc::collect().reclaimed, 2);
        assert_eq!(log.take(), ["holder dropped"; 2]);
    });
}

/// A container that allocates by itself, and relies only on owning its elements.
struct Slab {
    first: Cell<Option<NonNull<Cell<Option<Gc<Slab>>>>>>,
    _end: End,
}

impl Slab {
    fn new(log: &Log) -> Self {
        let place = Box::into_raw(Box::new(Cell::new(None)));
        Self { first: Cell::new(NonNull::new(place)), _end: End::new("slab", log) }
    }

    fn place(&self) -> &Cell<Option<Gc<Slab>>> {
        let first = self.first.get().expect("never taken out");
        // SAFETY: made in `new` and freed in `drop`.
        unsafe { first.as_ref() }
    }
}

impl Drop for Slab {
    fn drop(&mut self) {
        let first = self.first.get().expect("never taken out");
        // SAFETY: made by a `Box` in `new`, and freed here only.
        drop(unsafe { Box::from_raw(first.as_ptr()) });
    }
}

// SAFETY: the place is exclusively owned by the slab that made it; `Drop` uses no handle, it only
// drops one.
unsafe impl Trace for Slab {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.place().trace(tracer);
    }
}

/// Memory that a value owns exclusively may be reported from wherever it stands.
#[test]
fn memory_owned_alone_may_be_reported_from_any_place() {
    alone(|| {
        let log = Log::default();
        let (one, two) = (Gc::new(Slab::new(&log)), Gc::new(Slab::new(&log)));
        one.place().set(Some(two.clone()));
        two.place().set(Some(one.clone()));
        drop((one.clone(), two));
        assert_eq!(recyc::collect().reclaimed, 0);
        drop(one);
        assert_eq!(recyc::collect().reclaimed, 2);
        assert_eq!(log.take(), ["slab dropped"; 2]);
    });
}

#[test]
fn a_foreign_cell_under_mut_is_not_traced() {
    alone(|| {
        let log = Log::default();
        let mut only = Gc::new(Holder {
            bag: Bag(UnsafeCell::default()),
            _end: Leaf(End::new("holder", &log)),
        });
        let other = Gc::new(Holder {
            bag: Bag(UnsafeCell::default()),
            _end: Leaf(End::new("other", &log)),
        });
        drop(only.clone()); // a candidate
        let inside = Gc::get_mut(&mut only).expect("the only handle").bag.0.get_mut();
        inside.push(other.clone());
        drop(other.clone());
        // The one candidate is what the borrowed value holds: it is not a way to the value itself.
        let report = recyc::collect();
        assert_eq!((report.captured, report.reclaimed), (1, 0));
        inside.clear();
        drop((only, other));
        assert_eq!(log.take_sorted(), ["holder dropped", "other dropped"]);
    });
}

#[derive(Trace)]
#[trace(finalize)]
struct Last {
    me: GcCell<Option<Gc<Last>>>,
    said: Leaf<Log>,
}

impl Finalize for Last {
    fn finalize(&self) {
        self.said
            .0
            .note(format!("finalized with {:?}", self.me.get().map(|me| Gc::strong_count(&me))));
    }
}

/// A finalizer may read the counts of its value, which has no handles left.
#[test]
fn a_finalizer_may_read_the_counts_of_its_own_value() {
    alone(|| {
        let log = Log::default();
        let one = Gc::new(Last { me: GcCell::default(), said: Leaf(log.clone()) });
        one.me.set(Some(one.clone()));
        drop(one);
        assert_eq!(recyc::collect().reclaimed, 1);
        // Its own handle, the clone that makes the call, and the one that keeps the value alive for
        // this call.
        assert_eq!(log.take(), ["finalized with Some(3)"]);
    });
}

/// The collection has a handle to each dead value whose finalizer it calls. In the shared heap it
/// has a pin instead, which is not a handle.
#[test]
fn a_finalizer_cannot_take_a_dead_neighbour_apart() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        a.finalizers(|me| {
            let mut next = me.edges.take().pop().expect("linked");
            assert_eq!(Gc::strong_count(&next), 2, "the handle, and the pin of the collection");
            assert!(Gc::get_mut(&mut next).is_none());
            assert!(Gc::try_unwrap(next).is_err());
        });
        drop((a, b));
        assert_eq!(recyc::collect().reclaimed, 2);
        assert_eq!(log.take().len(), 4);
    });
}
