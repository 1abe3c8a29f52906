//! A `Weak` never leads to a value that is not whole, and never keeps memory that others free.

use std::cell::RefCell;

use recyc::{Gc, GcCell, Leaf, Trace, Weak};

use crate::support::drops::{Drops, Guard};

use super::{Actor, End, Log, alone, panic_of, place, ring};

/// A value with a `Weak` to itself in the first and the last field, and one in a box between two
/// guards.
#[derive(Trace)]
struct Narcissus {
    first: RefCell<Weak<Narcissus>>,
    _before: Leaf<End>,
    boxed: RefCell<Box<(Weak<Narcissus>, u64)>>,
    after: Leaf<End>,
    knot: GcCell<Option<Gc<Narcissus>>>,
    last: RefCell<Weak<Narcissus>>,
    name: String,
}

fn narcissus(log: &Log) -> Gc<Narcissus> {
    let this = Gc::new(Narcissus {
        first: RefCell::default(),
        _before: Leaf(End::new("before", log)),
        boxed: RefCell::new(Box::new((Weak::new(), 7))),
        after: Leaf(End::new("after", log)),
        knot: GcCell::default(),
        last: RefCell::default(),
        name: "still readable".into(),
    });
    this.first.replace(Gc::downgrade(&this));
    this.boxed.borrow_mut().0 = Gc::downgrade(&this);
    this.last.replace(Gc::downgrade(&this));
    this
}

#[test]
fn a_value_that_drops_weaks_to_itself_dies_whole() {
    alone(|| {
        let log = Log::default();
        drop(narcissus(&log));
        assert_eq!(log.take(), ["before dropped", "after dropped"]);

        let this = narcissus(&log);
        this.knot.set(Some(this.clone()));
        drop(this);
        assert_eq!(recyc::collect().reclaimed, 1);
        assert_eq!(log.take(), ["before dropped", "after dropped"]);
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn a_destructor_cannot_upgrade_a_weak_to_its_own_value() {
    alone(|| {
        let log = Log::default();
        for knotted in [false, true] {
            let this = narcissus(&log);
            let weak = Gc::downgrade(&this);
            let answers = place();
            let put = answers.clone();
            this.after.act(move || {
                put.borrow_mut().push((weak.upgrade().is_none(), weak.strong_count(), weak.clone()))
            });
            this.knot.set(knotted.then(|| this.clone()));
            drop(this);
            recyc::collect();
            let answer = answers.borrow_mut().pop().expect("dropped");
            assert_eq!((answer.0, answer.1), (true, 0));
            assert!(answer.2.upgrade().is_none());
        }
    });
}

/// A weak that outlives its value stays empty whatever takes its place.
#[test]
fn a_weak_of_a_dead_value_stays_empty_if_memory_is_reused() {
    alone(|| {
        let log = Log::default();
        let weaks: Vec<_> = (0..100).map(|_| Gc::downgrade(&narcissus(&log))).collect();
        let others: Vec<_> = (0..100).map(|_| narcissus(&log)).collect();
        recyc::collect();
        assert!(weaks.iter().all(|weak| weak.upgrade().is_none()));
        assert!(weaks.iter().all(|weak| (weak.strong_count(), weak.weak_count()) == (0, 0)));
        assert!(
            others.iter().all(|other| other.name == "still readable" && Gc::weak_count(other) == 3)
        );
    });
}

#[test]
fn a_block_that_only_weaks_remember_is_no_candidate() {
    alone(|| {
        let log = Log::default();
        let this = narcissus(&log);
        drop(this.clone());
        assert_eq!(recyc::inspect::candidates().len(), 1);
        let weak = Gc::downgrade(&this);
        drop(this);
        assert_eq!(recyc::inspect::candidates().len(), 0);
        assert_eq!(recyc::collect().captured, 0);
        assert_eq!(recyc::collect().captured, 0);
        drop(weak);
    });
}

/// The record of the weaks may go before or after the block in every kind of death.
#[test]
fn the_weak_record_may_end_before_or_after_the_block() {
    alone(|| {
        let log = Log::default();
        for weak_first in [true, false] {
            type Death = fn(Gc<Narcissus>);
            let deaths: [Death; 4] = [
                drop,
                |this| drop(Gc::try_unwrap(this).ok().expect("the only handle").name),
                |this| {
                    this.knot.set(Some(this.clone()));
                    drop(this);
                    assert_eq!(recyc::collect().reclaimed, 1);
                },
                |this| {
                    drop(this.clone());
                    assert!(Gc::into_inner(this).is_some());
                },
            ];
            for death in deaths {
                let this = narcissus(&log);
                let weak = Gc::downgrade(&this);
                if weak_first {
                    drop(weak);
                    death(this);
                } else {
                    death(this);
                    assert!(weak.upgrade().is_none());
                }
            }
        }
        assert_eq!(recyc::stats().live, 0);
    });
}

/// A candidate that is taken apart is forgotten even if its address is used again.
#[test]
fn an_unwrapped_candidate_is_forgotten_if_memory_is_reused() {
    alone(|| {
        let log = Log::default();
        for _ in 0..50 {
            let this = narcissus(&log);
            drop(this.clone());
            let value = Gc::try_unwrap(this).ok().expect("the only handle");
            let other = narcissus(&log);
            recyc::inspect::check();
            assert_eq!(recyc::collect().captured, 0);
            drop((value, other));
        }
    });
}

#[test]
fn an_old_candidate_that_is_taken_apart_is_forgotten() {
    alone(|| {
        let log = Log::default();
        let mut this = narcissus(&log);
        for _ in 0..4 {
            drop(this.clone());
            recyc::collect();
        }
        drop(this.clone());
        assert_eq!((recyc::stats().old_candidates, recyc::stats().young_candidates), (1, 0));
        for weak in [&this.first, &this.last] {
            weak.take();
        }
        this.boxed.borrow_mut().0 = Weak::new();
        assert!(Gc::get_mut(&mut this).is_some());
        assert_eq!(recyc::inspect::candidates().len(), 0);
        drop(this.clone());
        assert_eq!(recyc::stats().old_candidates, 1);
        drop(Gc::try_unwrap(this).ok().expect("the only handle"));
        assert_eq!(recyc::inspect::candidates().len(), 0);
    });
}

#[test]
fn make_mut_leaves_no_candidate_behind_and_clears_the_weaks() {
    #[derive(Clone, Trace)]
    struct Value(u32, RefCell<Option<Gc<Value>>>);

    alone(|| {
        let mut this = Gc::new(Value(1, RefCell::default()));
        let weak = Gc::downgrade(&this);
        drop(this.clone());
        Gc::make_mut(&mut this).0 = 2;
        assert!(weak.upgrade().is_none());
        assert_eq!(recyc::inspect::candidates().len(), 0);
        let other = this.clone();
        Gc::make_mut(&mut this).0 = 3;
        assert_eq!((this.0, other.0), (3, 2));
        recyc::inspect::check();
        drop((this, other));
        assert_eq!(recyc::stats().live, 0);
    });
}

/// Inside `new_cyclic` the weak leads nowhere and a collection does not see the value.
#[test]
fn inside_new_cyclic_the_weak_and_collections_see_no_value() {
    #[derive(Trace)]
    struct Family {
        me: Weak<Family>,
        children: RefCell<Vec<Gc<Family>>>,
    }

    alone(|| {
        let log = Log::default();
        let kept = place();
        let this = Gc::new_cyclic(|me: &Weak<Family>| {
            drop(ring(["a", "b"], &log));
            let report = recyc::collect();
            // Each of the two is looked at before and after the finalizers, and nothing else is.
            assert_eq!((report.reclaimed, report.captured), (2, 4));
            assert!(me.upgrade().is_none());
            assert_eq!((me.strong_count(), me.weak_count()), (0, 0));
            kept.borrow_mut().push(me.clone());
            Family { me: me.clone(), children: RefCell::default() }
        });
        let early = kept.borrow_mut().pop().expect("kept");
        assert!(Gc::ptr_eq(&early.upgrade().expect("whole now"), &this));
        assert_eq!((Gc::strong_count(&this), Gc::weak_count(&this)), (1, 2));
        assert_eq!(early.as_ptr(), Gc::as_ptr(&this));
        this.children.borrow_mut().push(this.me.upgrade().expect("whole now"));
        drop(this);
        assert_eq!(recyc::collect().reclaimed, 1);
        assert!(early.upgrade().is_none());
    });
}

#[test]
fn a_panic_in_new_cyclic_leaves_nothing_but_empty_weaks() {
    alone(|| {
        let (kept, drops) = (place(), Drops::default());
        let panic = panic_of(|| {
            Gc::new_cyclic(|me: &Weak<Leaf<Guard>>| {
                kept.borrow_mut().push(me.clone());
                recyc::collect();
                panic!("no value");
            })
        });
        assert_eq!(panic, "no value");
        assert_eq!((drops.count(), recyc::stats().live), (0, 0), "there was no value to drop");
        let weak = kept.borrow_mut().pop().expect("kept");
        drop(Gc::new(drops.guard()));
        assert!(weak.upgrade().is_none());
        assert_eq!((weak.clone().strong_count(), drops.count()), (0, 1));
    });
}

#[test]
fn nested_new_cyclic_leads_each_weak_to_its_own_value() {
    #[derive(Trace)]
    struct Pair {
        name: &'static str,
        me: Weak<Pair>,
        outer: Weak<Pair>,
        inner: Option<Gc<Pair>>,
    }

    alone(|| {
        let outer = Gc::new_cyclic(|outer: &Weak<Pair>| {
            let inner = Gc::new_cyclic(|me| Pair {
                name: "inner",
                me: me.clone(),
                outer: outer.clone(),
                inner: None,
            });
            assert!(inner.outer.upgrade().is_none());
            Pair { name: "outer", me: outer.clone(), outer: Weak::new(), inner: Some(inner) }
        });
        let inner = outer.inner.clone().expect("set");
        assert_eq!(inner.me.upgrade().expect("whole").name, "inner");
        assert_eq!(inner.outer.upgrade().expect("whole").name, "outer");
        assert_eq!(outer.me.upgrade().expect("whole").name, "outer");
        assert!(outer.outer.upgrade().is_none());
    });
}

#[test]
fn a_value_from_new_cyclic_is_collected_like_any_other() {
    alone(|| {
        let log = Log::default();
        drop(ring(["a", "b", "c"], &log)); // actors are made by `new_cyclic`
        assert_eq!(recyc::collect().reclaimed, 3);
        assert_eq!(recyc::stats().live, 0);
    });
}

/// A weak inside garbage to garbage of another cycle is cleared with it.
#[test]
fn a_weak_between_two_dead_cycles_is_cleared_with_them() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        let [c, d] = ring(["c", "d"], &log);
        for (from, to) in [(&a, &c), (&c, &a), (&b, &d), (&d, &b)] {
            let weak = Gc::downgrade(to);
            from.at_end(move || assert!(weak.upgrade().is_none()));
        }
        drop((a, b, c, d));
        assert_eq!(recyc::collect().reclaimed, 4);
    });
}

#[test]
fn a_storm_of_weaks_in_destructors_leaves_every_record_freed() {
    alone(|| {
        let log = Log::default();
        let kept = place();
        let actors = ring(["a", "b", "c", "d"], &log);
        for actor in &actors {
            let weaks: Vec<_> = actors.iter().map(Gc::downgrade).collect();
            let keep = kept.clone();
            actor.at_end(move || {
                keep.borrow_mut().extend(weaks.iter().cloned());
                keep.borrow_mut().truncate(10);
                assert!(keep.borrow().iter().all(|weak: &Weak<Actor>| weak.upgrade().is_none()));
            });
        }
        drop(actors);
        assert_eq!(recyc::collect().reclaimed, 4);
        assert!(kept.take().iter().all(|weak| weak.upgrade().is_none() && weak.weak_count() == 0));
    });
}
