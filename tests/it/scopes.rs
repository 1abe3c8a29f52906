//! A value that must be released at a certain point is released there.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;

use crate::support::quiet;

use recyc::{Cleaner, CollectGuard, Config, Gc, GcCell, Trace};

#[derive(Trace)]
struct Node {
    next: GcCell<Option<Gc<Node>>>,
    cleaner: Cleaner,
}

fn node() -> Gc<Node> {
    Gc::new(Node { next: GcCell::default(), cleaner: Cleaner::new() })
}

fn knot() -> Gc<Node> {
    let one = node();
    one.next.set(Some(one.clone()));
    one
}

/// Runs a test on a thread of its own, whose heap collects only when the test calls a collection.
fn alone(test: impl FnOnce() + Send + 'static) {
    quiet::print_no_backtraces();
    let run = || {
        recyc::configure(Config::manual()).expect("a valid Config");
        test();
    };
    thread::spawn(run).join().unwrap_or_else(|payload| std::panic::resume_unwind(payload));
}

#[test]
fn a_collect_guard_leaves_nothing_behind_it() {
    alone(|| {
        {
            let _guard = CollectGuard::new();
            let one = knot();
            one.cleaner.register(|| drop(knot())); // garbage that is made while the guard collects
            drop(knot());
            assert_eq!(recyc::stats().live, 2);
        }
        assert_eq!(recyc::stats().live, 0);
    });
}

/// A collect guard collects on unwind and does not panic into the panic.
#[test]
fn a_collect_guard_collects_on_unwind_without_a_second_panic() {
    alone(|| {
        let unwound = catch_unwind(|| {
            let _guard = CollectGuard::new();
            knot().cleaner.register(|| panic!("would abort"));
            panic!("first")
        });
        let payload = unwound.expect_err("it goes on");
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"first"));
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn garbage_without_end_does_not_keep_a_collect_guard() {
    fn for_ever() {
        if STOP.get() {
            return;
        }
        knot().cleaner.register(for_ever);
    }
    thread_local!(static STOP: Cell<bool> = const { Cell::new(false) });
    alone(|| {
        let guard = CollectGuard::new();
        for_ever();
        drop(guard);
        assert_eq!(recyc::stats().live, 1);
        STOP.set(true);
        recyc::collect();
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn a_cleaner_runs_once_in_reverse_order_at_either_death() {
    alone(|| {
        for one in [node(), knot()] {
            let log = Rc::new(RefCell::new(Vec::new()));
            for at in 0..3 {
                let (log, weak) = (log.clone(), Gc::downgrade(&one));
                one.cleaner.register(move || log.borrow_mut().push((at, weak.upgrade().is_none())));
            }
            drop(one);
            recyc::collect();
            assert_eq!(log.take(), [(2, true), (1, true), (0, true)]);
        }
    });
}

#[test]
fn a_panicking_closure_stops_no_other_of_its_cleaner() {
    alone(|| {
        let (one, runs) = (knot(), Rc::new(Cell::new(0)));
        for name in ["last", "first"] {
            let runs = runs.clone();
            one.cleaner.register(move || {
                runs.set(runs.get() + 1);
                panic!("{}", name)
            });
        }
        drop(one);
        let panic = catch_unwind(AssertUnwindSafe(recyc::collect)).expect_err("it goes on");
        assert_eq!(panic.downcast_ref::<String>().map(String::as_str), Some("first"));
        assert_eq!((runs.get(), recyc::stats().live), (2, 0));
    });
}

#[test]
fn what_leak_all_leaks_is_not_traced_and_stays_whole() {
    static DROPPED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let (dropped, counter) = (&DROPPED, &DROPPED);
    thread_local!(static KEPT: RefCell<Vec<Gc<Node>>> = const { RefCell::new(Vec::new()) });
    alone(move || {
        let one = knot();
        one.cleaner.register(|| _ = counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        drop(one.clone());
        recyc::freeze();
        let other = knot();
        drop(other.clone());
        assert_eq!(recyc::leak_all(), 2);
        recyc::inspect::check();
        for _ in 0..10 {
            drop((one.clone(), other.clone()));
        }
        assert_eq!((recyc::collect().captured, recyc::inspect::candidates().len()), (0, 0));
        recyc::enable();
        let many = if cfg!(miri) { 100 } else { 10_000 };
        let alive: Vec<_> = (0..many).map(|_| node()).collect();
        assert_eq!(recyc::stats().live, many + 2);
        drop(alive);
        assert_eq!(recyc::stats().live, 2, "values die by counting as ever");
        // Ends the leaks, after everything.
        other.next.take();
        KEPT.with_borrow_mut(|kept| kept.push(one));
        KEPT.with_borrow(|kept| drop(kept[0].next.take()));
    });
    assert_eq!(dropped.load(std::sync::atomic::Ordering::Relaxed), 1);
}
