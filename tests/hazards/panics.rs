//! A panic in a `trace`, a clone or an allocation costs nothing but what it interrupts: counts stay
//! right, and the collector works afterwards.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};

use recyc::{Event, Gc, GcCell, Leaf, Trace, Tracer, Weak};

use super::user_panics::{dropped, the_collector_works};
use super::{End, Glue, Log, alone, panic_of, place, ring};

/// A value whose `trace` panics at will, on both sides of the handle.
struct Unstable {
    next: GcCell<Option<Gc<Unstable>>>,
    before: Cell<bool>,
    after: Cell<bool>,
    _end: End,
}

// SAFETY: the cell belongs to this value alone and is reported once; `trace` may panic.
unsafe impl Trace for Unstable {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        assert!(!self.before.get(), "before");
        self.next.trace(tracer);
        assert!(!self.after.get(), "after");
    }
}

fn unstable(log: &Log) -> Gc<Unstable> {
    let end = End::new("unstable", log);
    Gc::new(Unstable {
        next: GcCell::default(),
        before: Cell::new(false),
        after: Cell::new(false),
        _end: end,
    })
}

#[test]
fn a_panicking_trace_leaves_counts_and_candidates_as_they_were() {
    alone(|| {
        let log = Log::default();
        for place_of_panic in [false, true] {
            for culprit in 0..3 {
                let all: Vec<_> = (0..3).map(|_| unstable(&log)).collect();
                for at in 0..3 {
                    all[at].next.set(Some(all[(at + 1) % 3].clone()));
                }
                let flag = |on| {
                    if place_of_panic {
                        all[culprit].after.set(on)
                    } else {
                        all[culprit].before.set(on)
                    }
                };
                flag(true);
                all.iter().for_each(|one| drop(one.clone()));
                for collection in [recyc::collect, recyc::collect_young, recyc::collect] {
                    assert_eq!(
                        panic_of(collection),
                        if place_of_panic { "after" } else { "before" }
                    );
                    recyc::inspect::check();
                    assert!(all.iter().all(|one| Gc::strong_count(one) == 2));
                    assert_eq!(recyc::inspect::candidates().len(), 3);
                }
                flag(false);
                drop(all);
                assert_eq!(recyc::collect().reclaimed, 3);
                assert_eq!(dropped(&log), 3);
            }
        }
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn a_collection_that_is_given_up_says_so_to_the_callbacks() {
    alone(|| {
        let log = Log::default();
        let one = unstable(&log);
        one.before.set(true);
        one.next.set(Some(one.clone()));
        drop(one.clone());
        let reports = place();
        let put = reports.clone();
        let callback = recyc::on_collection(move |event| {
            if let Event::Stop { report, .. } = event {
                put.borrow_mut().push(report);
            }
        });
        assert_eq!(panic_of(recyc::collect), "before");
        let report = reports.borrow_mut().pop().expect("told");
        assert!(report.abandoned && report.reclaimed == 0);
        assert!(report.to_string().ends_with("abandoned"));
        drop(callback);
        one.before.set(false);
    });
}

/// Panics in the trace of a value that takes its handles back when it is dead already.
struct Late {
    edges: RefCell<Vec<Gc<Late>>>,
    traces: Cell<u32>,
    panics_at: Cell<u32>,
    _end: Leaf<End>,
}

// SAFETY: the vector belongs to this value alone and is reported once; `trace` may panic; `dispose`
// destroys the guard and leaves the handles alone, as `shape` declares.
unsafe impl Trace for Late {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.traces.set(self.traces.get() + 1);
        assert!(self.traces.get() != self.panics_at.get(), "late");
        self.edges.trace(tracer);
    }

    unsafe fn dispose(&mut self, disposer: &recyc::Disposer) {
        // SAFETY: the caller gives up the value.
        unsafe {
            self.edges.dispose(disposer);
            self._end.dispose(disposer);
        }
    }

    fn shape<D: recyc::Depth>() -> recyc::Shape<impl recyc::Promise> {
        recyc::Shape::NODE
    }
}

/// A trace that panics when the dead give their handles back leaks what it did not report and
/// no more.
#[test]
fn a_panic_in_the_last_trace_leaks_only_what_is_unreported() {
    alone(|| {
        let log = Log::default();
        let late = |panics_at| {
            Gc::new(Late {
                edges: RefCell::default(),
                traces: Cell::new(0),
                panics_at: Cell::new(panics_at),
                _end: Leaf(End::new("late", &log)),
            })
        };
        let survivors = [late(0), late(0)];
        // Where something is dropped by glue the dead are traced by the capture, and once more to
        // take handles back.
        drop(Glue::ring(["glue"], &log));
        let dead = [late(2), late(0)];
        for at in 0..2 {
            dead[at].edges.borrow_mut().extend([survivors[at].clone(), dead[1 - at].clone()]);
        }
        drop(dead);
        survivors.iter().for_each(|one| drop(one.clone()));
        assert_eq!(panic_of(recyc::collect), "late");
        assert_eq!(dropped(&log), 3);
        recyc::inspect::check();
        let counts = survivors.each_ref().map(Gc::strong_count);
        assert_eq!(counts, [2, 1], "one handle of the first was not reported: it leaks");
        the_collector_works();
        let [leaks, dies] = survivors;
        drop(dies);
        assert_eq!(dropped(&log), 1);
        // SAFETY: no handle exists for the leaked count.
        unsafe { Gc::decrement_strong_count(Gc::as_ptr(&leaks)) };
        drop(leaks);
        assert_eq!((dropped(&log), recyc::stats().live), (1, 0));
    });
}

#[test]
fn a_callback_that_drops_itself_may_panic_in_what_it_owns() {
    alone(|| {
        let own = place();
        let end = End::new("owned", &Log::default());
        end.act(|| panic!("owned"));
        let (hold, held) = (own.clone(), RefCell::new(Some(end)));
        let callback = recyc::on_collection(move |_| {
            let _ = &held;
            hold.borrow_mut().clear();
        });
        own.borrow_mut().push(callback);
        assert_eq!(panic_of(recyc::collect), "owned");
        the_collector_works();
    });
}

#[test]
fn a_panic_in_the_clone_of_make_mut_leaves_the_handle_as_it_was() {
    #[derive(Trace)]
    struct Fragile(u32, Option<Gc<Fragile>>);

    impl Clone for Fragile {
        fn clone(&self) -> Self {
            panic!("no clone")
        }
    }

    alone(|| {
        let mut this = Gc::new(Fragile(7, None));
        let other = this.clone();
        assert_eq!(panic_of(|| _ = Gc::make_mut(&mut this)), "no clone");
        assert!(Gc::ptr_eq(&this, &other));
        assert_eq!((Gc::strong_count(&this), this.0), (2, 7));
        assert_eq!(panic_of(|| _ = Gc::unwrap_or_clone(other)), "no clone");
        assert_eq!((Gc::strong_count(&this), recyc::stats().live), (1, 1));
        assert!(this.1.is_none());
    });
}

/// A panic that an allocation meets drops the value that was to be allocated.
#[test]
fn a_panic_in_an_allocation_drops_the_value_to_be_allocated() {
    alone(|| {
        let log = Log::default();
        let [a, _] = ring(["a", "b"], &log);
        a.at_end(|| panic!("of the collection"));
        drop(a);
        recyc::configure(recyc::Config::default().with_young_threshold(1)).expect("valid");
        let outside = Log::default();
        let mut made = 0;
        let panic = panic_of(|| {
            let make = |_| {
                made += 1;
                Gc::new(Leaf(End::new("new", &outside)))
            };
            (0..10).map(make).collect::<Vec<_>>()
        });
        assert_eq!(panic, "of the collection");
        assert!(made < 10);
        assert_eq!(
            outside.take().len(),
            made,
            "the one that was to be is dropped like those that were there"
        );
        assert_eq!(recyc::stats().live, 0);
        recyc::disable();
        the_collector_works();
    });
}

#[test]
fn handles_are_unwind_safe_where_those_of_std_are() {
    fn is_safe<T: UnwindSafe + RefUnwindSafe>() {}
    is_safe::<Gc<u8>>();
    is_safe::<Weak<String>>();
    is_safe::<Gc<dyn std::any::Any + RefUnwindSafe>>();
    // A value that a panic may leave half changed must not be read without `AssertUnwindSafe`.
    let gc = Gc::new(RefCell::new(0));
    let result = catch_unwind(AssertUnwindSafe(|| {
        let _borrowed = gc.borrow_mut();
        panic!("with a borrow");
    }));
    assert!(result.is_err() && gc.try_borrow().is_ok());
}
