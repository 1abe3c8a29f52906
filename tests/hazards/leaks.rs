//! Only the cases that the documentation names leak, and they cause a leak and nothing else.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;
use std::rc::Rc;

use recyc::{Config, Finalize, Gc, GcCell, Leaf, Trace};

use super::{Actor, Log, alone, place, ring};

type Function = Box<dyn Fn() -> usize>;

#[derive(Trace)]
struct Open {
    shut: Leaf<RefCell<Option<Gc<Open>>>>,
    shared: Leaf<Rc<RefCell<Option<Gc<Open>>>>>,
    run: Leaf<RefCell<Option<Function>>>,
    #[trace(skip)]
    skipped: RefCell<Option<Gc<Open>>>,
}

fn open() -> Gc<Open> {
    Gc::new(Open {
        shut: Leaf(RefCell::default()),
        shared: Leaf(Rc::default()),
        run: Leaf(RefCell::default()),
        skipped: RefCell::default(),
    })
}

#[test]
fn a_cycle_through_what_is_not_traced_lives_until_it_is_opened() {
    alone(|| {
        type Act = fn(&Gc<Open>);
        let ways: [(Act, Act); 4] = [
            (|one| _ = one.shut.replace(Some(one.clone())), |one| _ = one.shut.take()),
            (|one| _ = one.shared.replace(Some(one.clone())), |one| _ = one.shared.take()),
            (
                |one| {
                    let captured = one.clone();
                    one.run.replace(Some(Box::new(move || Gc::strong_count(&captured))));
                },
                |one| _ = one.run.take(),
            ),
            (|one| _ = one.skipped.replace(Some(one.clone())), |one| _ = one.skipped.take()),
        ];
        for (close, reopen) in ways {
            let one = open();
            close(&one);
            let weak = Gc::downgrade(&one);
            drop(one);
            assert_eq!(recyc::collect().reclaimed, 0);
            assert_eq!(weak.strong_count(), 1);
            reopen(&weak.upgrade().expect("leaked, and whole"));
            assert!(weak.upgrade().is_none());
        }
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn a_forgotten_handle_keeps_its_value_and_all_it_reaches() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        let (raw, weak) = (Gc::into_raw(a.clone()), Gc::downgrade(&b));
        drop((a, b));
        for _ in 0..3 {
            assert_eq!(recyc::collect().reclaimed, 0);
            recyc::collect_young();
        }
        assert_eq!(weak.upgrade().expect("held from outside").next().name, "a");
        // SAFETY: the pointer came from `into_raw` and is turned back once.
        drop(unsafe { Gc::from_raw(raw) });
        assert_eq!(recyc::collect().reclaimed, 2);
    });
}

#[test]
fn a_handle_that_drop_glue_does_not_drop_is_only_leaked() {
    #[derive(Trace)]
    struct Own {
        me: Leaf<RefCell<Option<ManuallyDrop<Gc<Own>>>>>,
    }

    alone(|| {
        let one = Gc::new(Own { me: Leaf(RefCell::default()) });
        one.me.replace(Some(ManuallyDrop::new(one.clone())));
        let weak = Gc::downgrade(&one);
        drop(one);
        recyc::collect();
        recyc::collect();
        let one = weak.upgrade().expect("leaked");
        let me = one.me.take().expect("set");
        drop((ManuallyDrop::into_inner(me), one));
        assert_eq!(recyc::stats().live, 0);
    });
}

/// The audit counts the leaked handle as the handle of an unknown owner: it names the type and
/// keeps the memory.
#[cfg(not(recyc_audit))]
#[test]
fn a_reported_handle_that_is_never_dropped_is_harmless() {
    struct Own {
        me: RefCell<Option<ManuallyDrop<Gc<Own>>>>,
        next: RefCell<Option<Gc<Own>>>,
        _end: super::End,
    }

    // SAFETY: both handles belong to this value; without a dispose, its drop glue decides which of
    // them is dropped.
    unsafe impl Trace for Own {
        fn trace(&self, tracer: &mut recyc::Tracer<'_>) {
            if let Some(me) = self.me.borrow().as_deref() {
                me.trace(tracer);
            }
            self.next.trace(tracer);
        }
    }

    alone(|| {
        let log = Log::default();
        let new = || {
            Gc::new(Own {
                me: RefCell::default(),
                next: RefCell::default(),
                _end: super::End::new("own", &log),
            })
        };
        for _ in 0..3 {
            let (one, two) = (new(), new());
            for (from, to) in [(&one, &two), (&two, &one)] {
                from.me.replace(Some(ManuallyDrop::new(from.clone())));
                from.next.replace(Some(to.clone()));
            }
            drop((one, two));
            // All handles are among the dead, but one for each is still counted when they are gone.
            assert_eq!(recyc::collect().reclaimed, 2);
            assert_eq!(recyc::collect().reclaimed, 0);
            assert_eq!(log.take(), ["own dropped"; 2]);
        }
        assert_eq!(recyc::stats().live, 0);
    });
}

/// A guard that is leaked in garbage costs what it hides and no collection panics.
#[test]
fn a_leaked_guard_in_garbage_leaks_only_what_it_hides() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        let weak = Gc::downgrade(&a);
        std::mem::forget(a.edges.borrow_mut());
        drop((a, b));
        for _ in 0..3 {
            assert_eq!(recyc::collect().reclaimed, 0);
        }
        assert_eq!(weak.strong_count(), 1);
        // A ring beside it is collected as ever.
        drop(ring(["c", "d"], &log));
        assert_eq!(recyc::collect().reclaimed, 2);
        // Ends the leaked borrow.
        let a = weak.upgrade().expect("leaked");
        let edges = a.edges.as_ptr();
        // SAFETY: the borrow was forgotten, so no reference to the vector is used.
        unsafe { &mut *edges }.clear();
        drop(a);
    });
}

#[test]
fn what_a_leaked_guard_hides_is_found_after_the_value_ends() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        let [c] = ring(["c"], &log);
        // `c` is held by a dead value alone, in a cell that cannot be read.
        let holder = Actor::new("holder", &log);
        holder.link(&c);
        a.link(&holder);
        std::mem::forget(holder.edges.borrow_mut());
        drop((a, b, c, holder));
        assert_eq!(recyc::collect().reclaimed, 3);
        assert_eq!(recyc::collect().reclaimed, 1);
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn a_value_that_always_resurrects_itself_lives_twice() {
    alone(|| {
        let log = Log::default();
        let kept = place();
        let [a] = ring(["a"], &log);
        for _ in 0..5 {
            let keep = kept.clone();
            a.finalizers(move |me| keep.borrow_mut().extend(me.me.upgrade()));
        }
        drop(a);
        assert_eq!(recyc::collect().resurrected, 1);
        let again = kept.borrow_mut().pop().expect("kept");
        let keep = kept.clone();
        again.finalizers(move |me| keep.borrow_mut().extend(me.me.upgrade()));
        drop(again);
        assert_eq!(recyc::collect().reclaimed, 1);
        assert!(kept.borrow().is_empty());
    });
}

/// Finalizers that make new garbage forever do not keep a collection from its end.
#[test]
fn finalizers_that_always_make_garbage_do_not_delay_the_end() {
    thread_local! {
        static BORN: Cell<usize> = const { Cell::new(0) };
        static STOP: Cell<bool> = const { Cell::new(false) };
    }

    #[derive(Trace)]
    #[trace(finalize)]
    struct Hydra(GcCell<Option<Gc<Hydra>>>);

    fn hydra() {
        BORN.set(BORN.get() + 1);
        let one = Gc::new(Hydra(GcCell::default()));
        one.0.set(Some(one.clone()));
    }

    impl Finalize for Hydra {
        fn finalize(&self) {
            if !STOP.get() {
                hydra();
                hydra();
            }
        }
    }

    alone(|| {
        hydra();
        let report = recyc::collect();
        assert!(BORN.get() > 2 && BORN.get() < 5_000, "{} were born", BORN.get());
        assert!(!report.abandoned && !report.nested);
        recyc::inspect::check();
        STOP.set(true);
        while recyc::collect().reclaimed > 0 {}
        assert_eq!(recyc::stats().live, 0, "what was left is collected later");
    });
}

#[test]
fn the_work_limit_delays_and_loses_nothing() {
    alone(|| {
        let log = Log::default();
        let alive = Actor::new("alive", &log);
        for _ in 0..20 {
            let [a, ..] = ring(["a", "b", "c"], &log);
            a.link(&alive);
        }
        for limit in [1, 2, 3, 5, 8, 1, 4] {
            recyc::collect_step(NonZeroUsize::new(limit).expect("not zero"));
            recyc::inspect::check();
        }
        assert_eq!(alive.edges.borrow().len(), 0);
        recyc::collect();
        assert_eq!((recyc::stats().live, Gc::strong_count(&alive)), (1, 1));
    });
}

/// Candidates beyond the work limit are left to the next young collections.
#[test]
fn candidates_beyond_the_work_limit_wait_for_young_collections() {
    alone(|| {
        let log = Log::default();
        (0..30).for_each(|_| drop(ring(["a"], &log)));
        for left in (0..30).rev() {
            assert_eq!(recyc::collect_step(NonZeroUsize::MIN).reclaimed, 1, "one for each step");
            let stats = recyc::stats();
            assert_eq!((stats.live, stats.young_candidates, stats.old_candidates), (left, left, 0));
        }
    });
}

/// A survivor that is kept for the next full collection is still found by a young one.
#[test]
fn a_survivor_kept_for_a_full_run_is_found_by_a_young_one() {
    alone(|| {
        let log = Log::default();
        let old = Actor::new("old", &log);
        for _ in 0..2 {
            drop(old.clone());
            recyc::collect();
        }
        let [young] = ring(["young"], &log);
        young.link(&old);
        drop(young.clone());
        assert_eq!(recyc::collect_young().survivors, 1, "the old value is not entered");
        assert_eq!(recyc::stats().old_candidates, 1, "so the young one is kept");
        drop(young);
        assert_eq!(recyc::collect_young().reclaimed, 1);
    });
}

#[test]
fn an_acyclic_value_that_a_cut_leaves_alone_dies_by_counting() {
    alone(|| {
        let log = Log::default();
        let [d] = ring(["d"], &log);
        let c = Actor::new("c", &log);
        d.link(&c);
        d.edges.borrow_mut().swap(0, 1); // `c` is reported first, so it is captured and cut off
        drop((c, d));
        log.take();
        let report = recyc::collect_step(NonZeroUsize::MIN);
        recyc::collect();
        assert!(report.captured <= 2);
        assert_eq!(log.take_sorted(), ["c dropped", "c finalized", "d dropped", "d finalized"]);
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn self_loops_are_collected_by_allocation_alone() {
    alone(|| {
        let (threshold, count) =
            if cfg!(miri) { (100, 300) } else { (Config::default().young_threshold, 100_000) };
        recyc::configure(Config::default().with_young_threshold(threshold)).expect("valid");
        let mut most = 0;
        for _ in 0..count {
            let one = Gc::new(Knot(GcCell::default()));
            one.0.set(Some(one.clone()));
            most = most.max(recyc::stats().live);
        }
        assert!(most <= threshold + 1, "{most} at once");
    });
}

#[derive(Trace)]
struct Knot(GcCell<Option<Gc<Knot>>>);

#[derive(Trace)]
struct Link {
    next: GcCell<Option<Gc<Link>>>,
    other: GcCell<Option<Gc<Link>>>,
}

/// A survivor whose last candidate dies in a young collection is found by the next full one.
#[test]
fn a_survivor_whose_candidate_dies_is_found_by_a_full_run() {
    alone(|| {
        recyc::configure(Config::manual().with_promote_after(1)).expect("a valid Config");
        let new = || Gc::new(Link { next: GcCell::default(), other: GcCell::default() });
        let old = new();
        drop(old.clone());
        recyc::collect();
        recyc::collect();
        assert_eq!(
            recyc::stats().old_candidates,
            0,
            "no block was left out, so no candidate is kept"
        );
        // An old value and a young one hold each other, by moves alone: no count falls, so neither
        // is a candidate.
        let young = new();
        old.next.set(Some(young.clone()));
        young.other.set(Some(old));
        // The third node with a handle to the young one is dead, and no other node leads there.
        let dead = new();
        dead.next.set(Some(young));
        dead.other.set(Some(dead.clone()));
        drop(dead);
        // The old value is not entered, so the young one is taken for alive.
        assert_eq!(recyc::collect_young().reclaimed, 1);
        assert_eq!(recyc::collect().reclaimed, 2);
        assert_eq!(recyc::stats().live, 0);
    });
}
