//! User code may call back into the crate at any moment.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use recyc::{Config, Event, Gc, GcCell, Leaf, Trace};

use super::{Actor, Count, End, Glue, Log, alone, panic_of, place, ring};

/// Leaves a dead ring for the next collection.
fn garbage(log: &Log) {
    drop(ring(["other", "another"], log));
}

/// Calls every function of the crate that a program can call.
fn everything(log: &Log) {
    garbage(log);
    let one = Actor::new("new", log);
    drop(one.clone());
    let weak = Gc::downgrade(&one);
    drop(weak.upgrade());
    let before = recyc::configure(Config::default().with_promote_after(3).with_young_threshold(1));
    drop((Gc::new(0_u8), Gc::new(1_u8), Gc::new(2_u8)));
    recyc::freeze();
    recyc::unfreeze();
    recyc::collect_if_needed();
    recyc::collect_young();
    recyc::configure(before.expect("valid")).expect("valid");
    recyc::inspect::check();
    let _ = (recyc::stats(), recyc::is_pending(), recyc::on_collection(drop));
}

/// A destructor that a collection runs may do everything and its collection does nothing.
#[test]
fn a_destructor_in_a_collection_may_do_all_but_collect() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        let [c, d] = Glue::ring(["c", "d"], &log);
        let reports = place();
        let put = reports.clone();
        let put_too = reports.clone();
        let inner = log.clone();
        a.at_end(move || {
            everything(&inner);
            put.borrow_mut().push(recyc::collect());
        });
        let inner = log.clone();
        c.at_end(move || {
            everything(&inner);
            put_too.borrow_mut().push(recyc::collect());
        });
        drop((a, b, c, d));
        let report = recyc::collect();
        assert_eq!((report.reclaimed, report.nested), (4, false));
        for nested in reports.take() {
            assert!(nested.nested && nested.reclaimed == 0);
            assert_eq!(nested.to_string(), "nothing done: a collection is running");
        }
        while recyc::collect().reclaimed > 0 {}
        assert_eq!(recyc::stats().live, 0);
    });
}

/// A finalizer that a collection runs may do everything and its collection does nothing.
#[test]
fn a_finalizer_in_a_collection_may_do_all_but_collect() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        for actor in [&a, &b] {
            let inner = log.clone();
            actor.finalizers(move |me| {
                everything(&inner);
                assert!(recyc::collect().nested);
                assert_eq!(me.next().edges.borrow().len(), 1);
            });
        }
        drop((a, b));
        recyc::collect();
        while recyc::collect().reclaimed > 0 {}
        assert_eq!(recyc::stats().live, 0);
    });
}

/// The destructor of a counted death may do everything and its collection collects.
#[test]
fn a_destructor_of_a_counted_death_may_do_all_and_collect() {
    alone(|| {
        let log = Log::default();
        let a = Actor::new("a", &log);
        let b = Actor::new("b", &log);
        a.link(&b);
        drop(b);
        let inner = log.clone();
        let found: Count = Count::default();
        let put = found.clone();
        a.at_end(move || {
            everything(&inner);
            garbage(&inner);
            let report = recyc::collect();
            assert!(!report.nested);
            put.set(report.reclaimed);
        });
        drop(a);
        assert_eq!(found.get(), 2);
        while recyc::collect().reclaimed > 0 {}
        assert_eq!(recyc::stats().live, 0);
        assert_eq!(log.take().iter().filter(|what| *what == "b dropped").count(), 1);
    });
}

/// The finalizer of a counted death may do everything and its collection collects.
#[test]
fn a_finalizer_of_a_counted_death_may_do_all_and_collect() {
    alone(|| {
        let log = Log::default();
        let a = Actor::new("a", &log);
        let inner = log.clone();
        a.finalizers(move |me| {
            everything(&inner);
            drop(me.me.upgrade()); // makes the dying value itself a candidate
            garbage(&inner);
            assert_eq!(recyc::collect().reclaimed, 2);
            assert_eq!(me.name, "a");
        });
        drop(a);
        while recyc::collect().reclaimed > 0 {}
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn a_callback_may_do_everything_and_its_collection_does_nothing() {
    alone(|| {
        let log = Log::default();
        let nested: Count = Count::default();
        let (inner, put) = (log.clone(), nested.clone());
        let callback = recyc::on_collection(move |event| {
            everything(&inner);
            put.set(put.get() + usize::from(recyc::collect().nested));
            if let Event::Stop { report, .. } = event {
                assert!(!report.nested);
            }
        });
        garbage(&log);
        recyc::collect();
        assert_eq!(nested.get(), 2, "once at the start and once at the end");
        drop(callback);
        while recyc::collect().reclaimed > 0 {}
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn garbage_of_destructors_is_found_by_the_next_collection() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        let inner = log.clone();
        a.at_end(move || garbage(&inner));
        drop((a, b));
        assert_eq!(recyc::collect().reclaimed, 2);
        assert_eq!(recyc::collect().reclaimed, 2);
        assert_eq!(recyc::collect().reclaimed, 0);
    });
}

/// More candidates than fit into the first allocation of their list.
const CROWD: usize = if cfg!(miri) { 300 } else { 5_000 };

/// Candidates may be registered by the thousand while the dead are destroyed.
#[test]
fn thousands_may_be_registered_while_the_dead_are_destroyed() {
    alone(|| {
        let log = Log::default();
        let alive: Rc<Vec<Gc<Actor>>> =
            Rc::new((0..CROWD).map(|_| Actor::new("alive", &log)).collect());
        let [a, b] = ring(["a", "b"], &log);
        for actor in [&a, &b] {
            let (all, all_too) = (alive.clone(), alive.clone());
            actor.at_end(move || all.iter().for_each(|one| drop(one.clone())));
            actor.finalizers(move |_| all_too.iter().for_each(|one| drop(one.clone())));
        }
        drop((a, b));
        assert_eq!(recyc::collect().reclaimed, 2);
        recyc::inspect::check();
        assert_eq!(recyc::inspect::candidates().len(), CROWD);
        assert_eq!(recyc::collect().survivors, CROWD);
    });
}

/// Survivors are at rest before the first destructor of a collection uses them.
#[test]
fn survivors_are_at_rest_before_the_first_destructor_runs() {
    alone(|| {
        let log = Log::default();
        let survivors: Vec<_> = (0..3).map(|_| Actor::new("survivor", &log)).collect();
        let [a, b] = ring(["a", "b"], &log);
        for (actor, survivor) in [&a, &b].into_iter().zip(&survivors) {
            actor.link(survivor);
            let own = Cell::new(Some(survivor.clone()));
            actor.at_end(move || {
                // Registers the survivor, and frees all that only the destructor and its program
                // hold.
                let survivor = own.take().expect("the first time");
                drop(survivor.clone());
                recyc::inspect::check();
                drop(survivor);
            });
        }
        survivors.iter().for_each(|survivor| drop(survivor.clone())); // captured, and they live
        drop((a, b));
        assert_eq!(recyc::collect().reclaimed, 2);
        recyc::inspect::check_reachable(&survivors);
        assert!(survivors.iter().all(|survivor| Gc::strong_count(survivor) == 1));
        let mut registered = recyc::inspect::candidates();
        registered.sort_unstable();
        registered.dedup();
        let addresses: Vec<_> =
            survivors.iter().map(|survivor| Gc::as_ptr(survivor).addr()).collect();
        assert!(
            addresses[..2].iter().all(|address| registered.contains(address)),
            "lost from the candidates"
        );
        drop(survivors);
        assert_eq!(recyc::stats().live, 0);
    });
}

/// A handle under a mutable borrow of its value may be collected around.
#[test]
fn a_value_under_a_mutable_borrow_may_meet_a_collection() {
    #[derive(Trace)]
    struct List(Vec<Gc<List>>, GcCell<Option<Gc<List>>>);

    alone(|| {
        recyc::configure(Config::default().with_young_threshold(1)).expect("valid");
        let mut list = Gc::new(List(Vec::new(), GcCell::default()));
        list.1.set(Some(list.clone()));
        list.1.take(); // a candidate now
        let value = Gc::get_mut(&mut list).expect("the only handle");
        for at in 0..if cfg!(miri) { 20 } else { 100 } {
            let next = Gc::new(List(Vec::new(), GcCell::default()));
            drop(next.clone());
            value.0.push(next);
            value.0.truncate(7);
            assert!(value.0.len() <= 7 && at < 100);
            recyc::collect();
        }
        assert_eq!(value.0.len(), 7);
        assert!(value.0.iter().all(|next| Gc::strong_count(next) == 1));
    });
}

/// A value that is being built when the iterator collects or panics is not seen.
#[test]
fn a_slice_that_is_being_built_is_not_seen_by_a_collection() {
    alone(|| {
        let log = Log::default();
        let parts = |panics: bool, log: &Log| {
            let log = log.clone();
            (0..9).map(move |at| {
                garbage(&log);
                recyc::collect();
                assert!(!(panics && at == 5), "no fifth");
                Actor::new("part", &log)
            })
        };
        let whole: Gc<Box<[Gc<Actor>]>> = Gc::new(parts(false, &log).collect());
        assert_eq!(whole.len(), 9);
        let panic = panic_of(|| Gc::new(parts(true, &log).collect::<Vec<_>>()));
        assert_eq!(panic, "no fifth");
        drop(whole);
        assert_eq!(recyc::stats().live, 0);
        assert_eq!(log.take().iter().filter(|what| *what == "part dropped").count(), 14);
    });
}

#[test]
fn clones_drops_and_borrows_run_no_foreign_destructor() {
    alone(|| {
        let log = Log::default();
        recyc::configure(Config::default().with_young_threshold(1)).expect("valid");
        let shared = Actor::new("shared", &log);
        let victims = recyc::pause();
        for _ in 0..if cfg!(miri) { 20 } else { 1_000 } {
            garbage(&log);
        }
        drop(victims);
        log.take();
        // All of this is under a borrow that a foreign destructor might want.
        let edges = shared.edges.borrow_mut();
        for _ in 0..if cfg!(miri) { 200 } else { 10_000 } {
            let other = shared.clone();
            let weak = Gc::downgrade(&other);
            drop(weak.upgrade());
            assert!(Gc::ptr_eq(&other, &shared) && other.name == "shared");
        }
        drop(edges);
        assert_eq!(log.take(), [""; 0]);
    });
}

#[test]
fn a_destructor_run_by_set_may_use_the_cell_that_is_set() {
    #[derive(Trace)]
    struct Slot {
        cell: GcCell<Option<Gc<Slot>>>,
        end: Leaf<End>,
    }

    alone(|| {
        let log = Log::default();
        let slot =
            |name| Gc::new(Slot { cell: GcCell::default(), end: Leaf(End::new(name, &log)) });
        let owner = slot("owner");
        let first = slot("first");
        let owner_again = Gc::downgrade(&owner);
        let third = Cell::new(Some(slot("third")));
        first.end.act(move || {
            let owner = owner_again.upgrade().expect("alive");
            assert!(owner.cell.get().is_some(), "the new handle is in place already");
            owner.cell.set(third.take());
        });
        owner.cell.set(Some(first));
        owner.cell.set(Some(slot("second")));
        assert_eq!(log.take(), ["first dropped", "second dropped"]);
        assert!(owner.cell.get().is_some());
    });
}

#[test]
fn keys_whose_hash_collects_may_be_on_dead_cycles() {
    #[derive(Trace)]
    struct Key(Gc<u32>);

    impl Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            HASHED.set(HASHED.get() + 1);
            recyc::collect();
            self.0.hash(state);
        }
    }

    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            recyc::collect();
            self.0 == other.0
        }
    }

    impl Eq for Key {}

    #[derive(Trace)]
    struct Table(RefCell<HashMap<Key, Gc<Table>>>);

    thread_local!(static HASHED: Cell<usize> = const { Cell::new(0) });

    alone(|| {
        let table = Gc::new(Table(RefCell::default()));
        for at in 0..100 {
            table.0.borrow_mut().insert(Key(Gc::new(at % 50)), table.clone());
        }
        assert_eq!(table.0.borrow().len(), 50);
        let hashed = HASHED.get();
        drop(table);
        assert_eq!(recyc::collect().reclaimed, 51);
        assert_eq!(HASHED.get(), hashed, "the collector hashes addresses only");
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn what_dies_in_a_destructor_ends_before_the_drop_returns() {
    alone(|| {
        let log = Log::default();
        let a = Actor::new("a", &log);
        let b = Cell::new(Some(Actor::new("b", &log)));
        let inner = log.clone();
        a.at_end(move || {
            drop(b.take());
            inner.note("b given up");
        });
        drop(a);
        assert_eq!(
            log.take(),
            ["a finalized", "a dropped", "b finalized", "b dropped", "b given up"]
        );
    });
}
