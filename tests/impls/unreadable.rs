//! Cells and locks that cannot be read during a collection: they report no handles, and dispose
//! drops their content.
//!
//! After a guard is leaked, the cell can never be read again. The handles in it then are external
//! counts until the cell dies.

use std::cell::{RefCell, RefMut};
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, RwLock};

use recyc::{Depth, Disposer, Gc, Promise, Shape, Trace, Tracer, collect};

use super::cells::ref_cell;
use super::kinds::{mutex, rw_lock};
use super::model::{Kind, Part, World};

/// The container in which the hub holds its parts.
fn held<K: Kind>(world: &World<K>) -> &K::Of<Part<K>> {
    world.hub.held.get().unwrap()
}

/// A dead hub whose cell is made unreadable by `jam`: its targets are not found by the collection,
/// but they die with the hub, as it held their last handles.
#[track_caller]
fn what_a_jammed_cell_holds_is_dropped_with_it<K: Kind>(jam: impl Fn(&World<K>)) {
    for size in [0, 1, 3] {
        let world = World::<K>::star(size, None);
        jam(&world);
        let ledger = world.leave();
        ledger.assert_nothing_dropped();
        assert!(collect().reclaimed >= 1);
        ledger.assert_all_dropped_once();
    }
}

/// A jammed cell holds its targets like any handle outside: a ring through it is not freed.
#[track_caller]
fn a_ring_through_a_jammed_cell_lives<K: Kind>(jam: impl Fn(&World<K>)) {
    let world = World::<K>::ring(3, None);
    jam(&world);
    let targets = world.targets.clone();
    let ledger = world.leave();
    assert_eq!(collect().reclaimed, 0);
    ledger.assert_nothing_dropped();
    for target in &targets {
        assert_eq!(Gc::strong_count(target), 2);
        target.back.borrow_mut().take(); // the last of these ends the hub
    }
    drop(targets);
    ledger.assert_all_dropped_once();
}

/// A cell in use, but readable: all works as if it were not in use.
#[track_caller]
fn a_ring_through_a_readable_cell_is_freed<K: Kind>(using: impl Fn(&World<K>)) {
    for size in [0, 1, 3] {
        let world = World::<K>::ring(size, None);
        using(&world);
        let ledger = world.leave();
        assert_eq!(collect().reclaimed, size + 1);
        ledger.assert_all_dropped_once();
    }
}

#[test]
fn a_leaked_mutable_borrow() {
    let jam = |world: &World<ref_cell::K>| forget(held(world).borrow_mut());
    what_a_jammed_cell_holds_is_dropped_with_it(jam);
    a_ring_through_a_jammed_cell_lives(jam);
}

#[test]
fn a_leaked_shared_borrow() {
    a_ring_through_a_readable_cell_is_freed(|world: &World<ref_cell::K>| {
        forget(held(world).borrow())
    });
}

#[test]
fn a_collection_under_a_mutable_borrow_frees_nothing_of_it() {
    let world = World::<ref_cell::K>::ring(3, None);
    let ledger = world.ledger.clone();
    let hub = world.hub;
    let borrow: RefMut<'_, Vec<_>> = hub.held.get().unwrap().borrow_mut();
    drop(world.targets);
    assert_eq!(collect().reclaimed, 0);
    ledger.assert_nothing_dropped();
    assert_eq!(borrow.len(), 3);
    drop(borrow);
    drop(hub);
    assert_eq!(collect().reclaimed, 4);
    ledger.assert_all_dropped_once();
}

#[test]
fn a_leaked_mutex_guard() {
    let jam = |world: &World<mutex::K>| forget(held(world).lock());
    what_a_jammed_cell_holds_is_dropped_with_it(jam);
    a_ring_through_a_jammed_cell_lives(jam);
}

#[test]
fn a_leaked_write_guard() {
    let jam = |world: &World<rw_lock::K>| forget(held(world).write());
    what_a_jammed_cell_holds_is_dropped_with_it(jam);
    a_ring_through_a_jammed_cell_lives(jam);
}

#[test]
fn a_leaked_read_guard() {
    a_ring_through_a_readable_cell_is_freed(|world: &World<rw_lock::K>| forget(held(world).read()));
}

#[cfg(feature = "lock_api")]
#[test]
fn leaked_guards_of_foreign_locks() {
    use super::foreign::locks;

    let jam = |world: &World<locks::mutex::K>| forget(held(world).lock());
    what_a_jammed_cell_holds_is_dropped_with_it(jam);
    a_ring_through_a_jammed_cell_lives(jam);
    let jam = |world: &World<locks::rw_lock::K>| forget(held(world).write());
    what_a_jammed_cell_holds_is_dropped_with_it(jam);
    a_ring_through_a_jammed_cell_lives(jam);
    a_ring_through_a_readable_cell_is_freed(|world: &World<locks::rw_lock::K>| {
        forget(held(world).read())
    });
}

#[test]
fn a_poisoned_mutex() {
    a_ring_through_a_readable_cell_is_freed(|world: &World<mutex::K>| {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _guard = held(world).lock();
            panic!("poison");
        }));
        assert!(panicked.is_err() && held(world).is_poisoned());
    });
}

#[test]
fn a_poisoned_rw_lock() {
    a_ring_through_a_readable_cell_is_freed(|world: &World<rw_lock::K>| {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _guard = held(world).write();
            panic!("poison");
        }));
        assert!(panicked.is_err() && held(world).is_poisoned());
    });
}

/// Panics when it is traced.
struct Untraceable;

// SAFETY: there is no handle in it.
unsafe impl Trace for Untraceable {
    fn trace(&self, _: &mut Tracer<'_>) {
        panic!("cannot be traced");
    }

    unsafe fn dispose(&mut self, _: &Disposer) {}

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}

/// A lock, and a way to let the cycle through it die.
struct Locked<L: Trace> {
    lock: L,
    me: RefCell<Option<Gc<Self>>>,
}

// SAFETY: both fields belong to this value alone.
unsafe impl<L: Trace> Trace for Locked<L> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.lock.trace(tracer);
        self.me.trace(tracer);
    }
}

#[test]
fn a_panic_in_trace_neither_poisons_nor_jams_a_lock() {
    fn collect_through<L: Trace>(lock: L) -> Gc<Locked<L>> {
        let locked = Gc::new(Locked { lock, me: RefCell::new(None) });
        *locked.me.borrow_mut() = Some(locked.clone());
        drop(locked.clone());
        let outcome = catch_unwind(collect);
        assert!(outcome.is_err() || outcome.is_ok_and(|collected| collected.abandoned));
        locked.me.borrow_mut().take();
        locked
    }
    assert!(collect_through(Mutex::new(Untraceable)).lock.try_lock().is_ok());
    assert!(collect_through(RwLock::new(Untraceable)).lock.try_write().is_ok());
    assert!(collect_through(RefCell::new(Untraceable)).lock.try_borrow_mut().is_ok());
}
