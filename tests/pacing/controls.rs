//! Python's controls: enable and disable, pauses, freezing, callbacks, and collections at points of
//! one's own.

use std::cell::{Cell, RefCell};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use recyc::{Config, Event};

use super::{alone, garbage, knot, loose, times};

const THRESHOLD: usize = 100;

fn small() {
    recyc::configure(Config::default().with_young_threshold(THRESHOLD).with_adaptive(false))
        .expect("valid");
}

#[test]
fn nothing_is_collected_between_disable_and_enable() {
    alone(|| {
        small();
        recyc::disable();
        assert!(!recyc::is_enabled() && !recyc::config().automatic);
        assert_eq!(garbage(1_000), 1_000);
        assert_eq!(recyc::collect().reclaimed, 1_000);
        recyc::enable();
        assert!(recyc::is_enabled());
        assert_eq!(garbage(1_000), THRESHOLD);
    });
}

#[test]
fn what_came_due_while_disabled_is_collected_once_enabled() {
    alone(|| {
        small();
        recyc::disable();
        garbage(THRESHOLD * 3);
        assert!(recyc::is_pending());
        recyc::enable();
        drop(knot());
        assert_eq!(recyc::stats().live, 1);
    });
}

#[test]
fn a_program_that_pauses_all_the_time_is_collected_all_the_same() {
    alone(|| {
        small();
        for inside in (1..THRESHOLD).step_by(times(1, 33)) {
            let mut most = 0;
            for _ in 0..times(100, 6) {
                let pause = recyc::pause();
                garbage(inside);
                drop(pause);
                most = most.max(garbage(1));
            }
            assert!(most <= 2 * THRESHOLD, "{most} at once with {inside} in each pause");
        }
    });
}

#[test]
fn a_pause_ends_with_its_scope_also_by_a_panic() {
    alone(|| {
        small();
        let unwound = catch_unwind(|| {
            let _pause = recyc::pause();
            assert!(!recyc::is_enabled());
            panic!("inside");
        });
        assert!(unwound.is_err() && recyc::is_enabled());
    });
}

#[test]
fn pauses_may_overlap_and_end_in_any_order() {
    alone(|| {
        small();
        let (first, second) = (recyc::pause(), recyc::pause());
        drop(first);
        assert!(!recyc::is_enabled(), "the second goes on");
        drop(second);
        assert!(recyc::is_enabled());
        let (first, second) = (recyc::pause(), recyc::pause());
        drop(second);
        assert!(!recyc::is_enabled());
        drop(first);
        assert!(recyc::is_enabled());
    });
}

#[test]
fn a_pause_does_not_enable_what_was_disabled() {
    alone(|| {
        recyc::disable();
        drop(recyc::pause());
        assert!(!recyc::is_enabled());
    });
}

#[test]
fn frozen_candidates_are_left_alone_until_they_are_unfrozen() {
    alone(|| {
        recyc::disable();
        let kept = knot();
        drop(kept.clone());
        garbage(10);
        recyc::freeze();
        assert_eq!((recyc::frozen_count(), recyc::inspect::candidates().len()), (11, 0));
        drop(kept.clone());
        assert_eq!((recyc::collect().captured, recyc::inspect::candidates().len()), (0, 0));
        garbage(5);
        recyc::freeze();
        assert_eq!(recyc::frozen_count(), 16);
        recyc::unfreeze();
        assert_eq!(recyc::frozen_count(), 0);
        let report = recyc::collect();
        assert_eq!((report.reclaimed, report.survivors), (15, 1));
        drop(kept);
        assert_eq!(recyc::collect().reclaimed, 1);
    });
}

#[test]
fn a_frozen_candidate_that_dies_by_counting_is_freed_at_once() {
    alone(|| {
        recyc::disable();
        let one = knot();
        drop(one.clone());
        recyc::freeze();
        one.next.set(None);
        drop(one);
        assert_eq!((recyc::stats().live, recyc::frozen_count()), (0, 0));
        recyc::unfreeze();
        recyc::inspect::check();
    });
}

/// A host with points of its own collects what is due there and nowhere else.
#[test]
fn collect_if_needed_collects_at_the_points_of_the_host_only() {
    alone(|| {
        recyc::configure(Config::manual().with_young_threshold(THRESHOLD).with_adaptive(false))
            .expect("valid");
        assert!(!recyc::is_pending());
        assert!(recyc::collect_if_needed().is_none());
        let mut collections = 0;
        for _ in 0..100 {
            let before = recyc::stats();
            garbage(THRESHOLD / 4);
            assert_eq!(
                recyc::stats().live,
                before.live + THRESHOLD / 4,
                "nothing is collected between the points"
            );
            let pending = recyc::is_pending();
            let done = recyc::collect_if_needed();
            assert_eq!(done.is_some(), pending);
            assert!(!recyc::is_pending());
            collections += usize::from(done.is_some());
        }
        assert!((15..=25).contains(&collections), "{collections} of 100");
    });
}

/// A step traces no more blocks than its limit and keeps the rest young.
#[test]
fn a_step_traces_up_to_its_limit_and_keeps_the_rest_young() {
    alone(|| {
        recyc::disable();
        garbage(2_000);
        let limit = NonZeroUsize::new(600).expect("not zero");
        for left in [1_700, 1_400, 1_100, 800, 500, 200, 0, 0] {
            let report = recyc::collect_step(limit);
            assert!(report.captured <= 600);
            assert_eq!(recyc::stats().live, left);
            recyc::inspect::check();
        }
        assert_eq!(recyc::stats().old_candidates, 0);
    });
}

#[test]
fn a_work_limit_holds_for_automatic_collections() {
    alone(|| {
        let limit = 50;
        let config = Config::default()
            .with_young_threshold(200)
            .with_adaptive(false)
            .with_work_limit(NonZeroUsize::new(limit));
        recyc::configure(config).expect("valid");
        let most = Rc::new(Cell::new(0));
        let seen = most.clone();
        let _callback = recyc::on_collection(move |event| {
            if let Event::Stop { full: false, report } = event {
                seen.set(seen.get().max(report.captured));
            }
        });
        garbage(times(10_000, 1_000));
        assert!(most.get() > 0 && most.get() <= limit, "{}", most.get());
    });
}

/// A structure that is built by moves is young however long it exists.
#[test]
#[cfg_attr(miri, ignore = "makes more than 100,000 blocks, which Miri takes hours for")]
fn an_automatic_young_collection_is_bounded_by_default() {
    alone(|| {
        const LENGTH: usize = 100_000;
        let limit = Config::default().automatic_work_limit.expect("limited by default").get();
        let list = (1..LENGTH).fold(loose(), |next, _| {
            let one = loose();
            one.next.set(Some(next));
            one
        });
        let most = Rc::new(Cell::new(0));
        let seen = most.clone();
        let _callback = recyc::on_collection(move |event| {
            if let Event::Stop { full: false, report } = event {
                seen.set(seen.get().max(report.captured));
            }
        });
        drop(list.clone());
        garbage(50_000);
        assert_eq!(most.get(), limit);
        let last = knot();
        last.other.set(Some(list));
        drop(last);
        garbage(5 * LENGTH + 50_000);
        assert!(recyc::stats().live < LENGTH, "the structure is found by a full collection");
    });
}

/// Callbacks are called for every collection in order until they are taken out.
#[test]
fn callbacks_see_all_collections_in_order_until_removed() {
    alone(|| {
        small();
        let told = Rc::new(RefCell::new(Vec::new()));
        let register = |name: &'static str| {
            let told = told.clone();
            recyc::on_collection(move |event| {
                let (start, full) = match event {
                    Event::Start { full } => (true, full),
                    Event::Stop { full, .. } => (false, full),
                    other => unreachable!("{other:?}"),
                };
                told.borrow_mut().push((name, start, full));
            })
        };
        let (a, b) = (register("a"), register("b"));
        recyc::collect();
        let full = [("a", true, true), ("b", true, true), ("a", false, true), ("b", false, true)];
        assert_eq!(told.take(), full);
        drop(a);
        garbage(THRESHOLD + 1);
        assert_eq!(told.take(), [("b", true, false), ("b", false, false)]);
        drop(b);
        recyc::collect();
        assert_eq!(told.take(), []);
    });
}

/// A callback may take itself out and register others for the next collection.
#[test]
fn a_callback_may_remove_itself_and_register_others() {
    alone(|| {
        recyc::disable();
        let (calls, place) = (Rc::new(Cell::new(0)), Rc::new(RefCell::new(Vec::new())));
        let (count, own) = (calls.clone(), Rc::downgrade(&place));
        let callback = recyc::on_collection(move |_| {
            count.set(count.get() + 1);
            let later = count.clone();
            let place = own.upgrade().expect("alive");
            place.borrow_mut().clear();
            place.borrow_mut().push(recyc::on_collection(move |_| later.set(later.get() + 100)));
        });
        place.borrow_mut().push(callback);
        recyc::collect();
        assert_eq!(
            calls.get(),
            1,
            "it was out before the end was told, and the other was not in yet at the start"
        );
        recyc::collect();
        assert_eq!(calls.get(), 201);
    });
}

#[test]
fn callbacks_may_allocate_and_panic() {
    alone(|| {
        recyc::disable();
        let callback = recyc::on_collection(|event| {
            garbage(10);
            assert!(!matches!(event, Event::Stop { .. }), "told");
        });
        assert!(catch_unwind(AssertUnwindSafe(recyc::collect)).is_err());
        drop(callback);
        recyc::collect();
        assert_eq!(recyc::stats().live, 0);
    });
}

/// Handles that come and go allocate nothing. What they register is memory all the same, and the
/// longer it waits the more.
#[test]
fn a_long_young_buffer_makes_the_next_allocation_collect() {
    alone(|| {
        let paused = recyc::pause();
        let all: Vec<_> = (0..2_000).map(|_| loose()).collect();
        recyc::collect();
        drop(paused);
        let config = Config::default().with_young_threshold(100).with_adaptive(false);
        recyc::configure(config).expect("valid");
        drop(loose());
        let before = recyc::stats();
        all.iter().for_each(|one| drop(one.clone()));
        assert_eq!(recyc::stats().young_candidates, 2_000);
        drop(loose());
        let after = recyc::stats();
        let runs = |stats: &recyc::Stats| stats.young.collections + stats.full.collections;
        assert_eq!((runs(&after) - runs(&before), after.young_candidates), (1, 0));
    });
}
