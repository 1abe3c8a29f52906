//! A panic of a destructor, a finalizer or a callback costs nothing but what it interrupts: the
//! others still run, the dead still die, the first payload goes on once, and the collector works
//! afterwards. For either heap.

use std::panic::catch_unwind;

use super::kind::{Event, Gc, Trace, Weak, collect, collect_young, inspect, on_collection};
use super::{Actor, Glue, Log, alone, live, panic_of, place, ring};

/// Asserts that cycles are collected as ever.
pub fn the_collector_works() {
    let log = Log::default();
    drop(ring(["x", "y"], &log));
    drop(Glue::ring(["z"], &log));
    assert_eq!(collect().reclaimed, 3);
    assert_eq!(log.take().len(), 5);
    inspect::check();
}

/// How many values have noted that they are dropped.
pub fn dropped(log: &Log) -> usize {
    log.take().iter().filter(|what| what.ends_with("dropped")).count()
}

/// A panicking destructor keeps no other dead value alive and the first panic goes on.
#[test]
fn the_first_of_many_panicking_destructors_goes_on() {
    alone(|| {
        let log = Log::default();
        for panicking in 1..=4 {
            let actors = ring(["a", "b", "c", "d"], &log);
            let first = place();
            for actor in &actors[..panicking] {
                let put = first.clone();
                let name = actor.name;
                actor.at_end(move || {
                    put.borrow_mut().push(name);
                    panic!("{}", name)
                });
            }
            drop(actors);
            let panic = catch_unwind(collect).expect_err("it goes on");
            assert_eq!(
                **panic.downcast_ref::<String>().expect("with the text"),
                *first.borrow()[0]
            );
            assert_eq!(first.borrow().len(), panicking);
            assert_eq!(dropped(&log), 4);
            assert_eq!(live(), 0);
            the_collector_works();
        }
    });
}

#[test]
fn a_panic_in_drop_glue_keeps_no_other_dead_value_alive() {
    alone(|| {
        let log = Log::default();
        let [a, b, c] = Glue::ring(["a", "b", "c"], &log);
        a.at_end(|| panic!("a"));
        c.at_end(|| panic!("c"));
        drop((a, b, c));
        let panic = panic_of(collect);
        assert!(panic == "a" || panic == "c", "{panic}");
        assert_eq!(dropped(&log), 3);
        assert_eq!(live(), 0);
        the_collector_works();
    });
}

#[test]
fn a_panic_in_a_counted_death_keeps_nothing_it_owned_alive() {
    alone(|| {
        let log = Log::default();
        let top = Actor::new("top", &log);
        for name in ["a", "b", "c"] {
            let part = Actor::new(name, &log);
            part.at_end(|| panic!("part"));
            part.link(&Actor::new("below", &log));
            top.link(&part);
        }
        // The first panic goes on. Two in one unwind would end the process, as with `Rc`.
        assert_eq!(panic_of(|| drop(top)), "part");
        assert_eq!(dropped(&log), 7);
        assert_eq!(live(), 0);
        the_collector_works();
    });
}

#[test]
fn a_panicking_finalizer_stops_no_other_and_keeps_nothing() {
    alone(|| {
        let log = Log::default();
        let actors = ring(["a", "b", "c"], &log);
        let kept = place();
        for actor in &actors {
            let keep = kept.clone();
            actor.finalizers(move |me| {
                keep.borrow_mut().push(me.name);
                panic!("last words")
            });
        }
        drop(actors);
        assert_eq!(panic_of(collect), "last words");
        assert_eq!(kept.borrow().len(), 3);
        assert_eq!(dropped(&log), 3);
        assert_eq!(live(), 0);
        the_collector_works();
    });
}

#[test]
fn a_finalizer_that_resurrects_and_panics_has_resurrected() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        let kept = place();
        let keep = kept.clone();
        a.finalizers(move |me| {
            keep.borrow_mut().extend(me.me.upgrade());
            panic!("and panics")
        });
        drop((a, b));
        assert_eq!(panic_of(collect), "and panics");
        assert_eq!(dropped(&log), 0);
        assert_eq!(kept.borrow()[0].next().name, "b");
        kept.take();
        assert_eq!(collect().reclaimed, 2);
    });
}

#[test]
fn a_panicking_finalizer_does_not_keep_a_counted_value() {
    alone(|| {
        let log = Log::default();
        let a = Actor::new("a", &log);
        a.link(&Actor::new("below", &log));
        a.finalizers(|_| panic!("finalizer"));
        a.at_end(|| panic!("destructor, while the other panic is on its way"));
        assert_eq!(panic_of(|| drop(a)), "finalizer");
        assert_eq!(
            log.take_sorted(),
            ["a dropped", "a finalized", "below dropped", "below finalized"]
        );
        assert_eq!(live(), 0);
        the_collector_works();
    });
}

#[test]
fn a_panicking_callback_disturbs_no_collection_or_callback() {
    alone(|| {
        let log = Log::default();
        let noted = log.clone();
        let first = on_collection(|_| panic!("callback"));
        let second = on_collection(move |event| {
            noted.note(if matches!(event, Event::Start { .. }) { "start" } else { "stop" });
        });
        drop(ring(["a", "b"], &Log::default()));
        assert_eq!(panic_of(collect), "callback");
        assert_eq!(log.take(), ["start", "stop"]);
        assert_eq!(live(), 0);
        drop((first, second));
        the_collector_works();
    });
}

/// Runs `act` in a destructor while another panic is on its way.
fn while_unwinding(act: impl FnOnce() + 'static) -> String {
    struct Act(Option<Box<dyn FnOnce()>>);

    impl Drop for Act {
        fn drop(&mut self) {
            assert!(std::thread::panicking());
            self.0.take().expect("dropped once")();
        }
    }

    panic_of(move || {
        let _act = Act(Some(Box::new(act)));
        panic!("the first panic");
    })
}

#[test]
fn a_collection_during_an_unwind_swallows_its_own_panic() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        a.at_end(|| panic!("would abort"));
        b.finalizers(|_| panic!("would abort as well"));
        drop((a, b));
        let panic = while_unwinding(|| assert_eq!(collect().reclaimed, 2));
        assert_eq!(panic, "the first panic");
        assert_eq!(dropped(&log), 2);
        the_collector_works();
    });
}

#[test]
fn a_finalizer_does_not_panic_into_another_panic() {
    alone(|| {
        let log = Log::default();
        let actor = Actor::new("a", &log);
        actor.finalizers(|_| panic!("would abort"));
        assert_eq!(while_unwinding(|| drop(actor)), "the first panic");
        assert_eq!(dropped(&log), 1);
        the_collector_works();
    });
}

/// Below the outermost destruction the finalizer is put off, at once or from some depth on.
#[test]
fn a_finalizer_deep_in_a_drop_does_not_panic_into_a_panic() {
    #[derive(Trace)]
    struct Owner {
        next: Option<Gc<Owner>>,
        actor: Option<Gc<Actor>>,
    }

    for length in [1, 2, 23, 24, 25, 26, 60] {
        alone(move || {
            let log = Log::default();
            let actor = Actor::new("a", &log);
            actor.finalizers(|_| panic!("would abort"));
            let mut owner = Gc::new(Owner { next: None, actor: Some(actor) });
            for _ in 1..length {
                owner = Gc::new(Owner { next: Some(owner), actor: None });
            }
            assert_eq!(while_unwinding(|| drop(owner)), "the first panic");
            assert_eq!((log.take_sorted().len(), live()), (2, 0));
            the_collector_works();
        });
    }
}

/// A dead pair, the first of which panics and holds an old value by its only handle, which panics
/// as well.
///
/// Young collections do not enter the old value: it dies by counting, after the dead.
fn dead_that_hold_an_old_value(log: &Log) -> Weak<Actor> {
    let old = Actor::new("old", log);
    for _ in 0..3 {
        drop(old.clone());
        collect();
    }
    old.at_end(|| panic!("second"));
    let [a, b] = ring(["a", "b"], log);
    a.link(&old);
    a.at_end(|| panic!("first"));
    drop((a, b));
    Gc::downgrade(&old)
}

/// The first panic goes on when what dies by counting after the dead panics too.
#[test]
fn the_first_panic_goes_on_when_later_counted_deaths_panic() {
    alone(|| {
        let log = Log::default();
        let old = dead_that_hold_an_old_value(&log);
        assert_eq!(panic_of(collect_young), "first");
        assert!(old.upgrade().is_none());
        assert_eq!(dropped(&log), 3);
        assert_eq!(live(), 0);
        the_collector_works();
    });
}

#[test]
fn a_later_counted_death_does_not_panic_into_another_panic() {
    alone(|| {
        let log = Log::default();
        let old = dead_that_hold_an_old_value(&log);
        assert_eq!(while_unwinding(|| _ = collect_young()), "the first panic");
        assert!(old.upgrade().is_none());
        assert_eq!(dropped(&log), 3);
        the_collector_works();
    });
}
