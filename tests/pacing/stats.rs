//! What is counted, and how it is shown.

use std::panic::{AssertUnwindSafe, catch_unwind};

use recyc::{Config, Gc, GcCell, Leaf, Trace};

use super::{alone, garbage, knot, old, times};

#[test]
fn each_kind_of_collection_is_summed_up() {
    alone(|| {
        recyc::disable();
        garbage(10);
        let young = recyc::collect_young();
        garbage(20);
        let full = recyc::collect();
        let stats = recyc::stats();
        assert_eq!((stats.young.collections, stats.full.collections), (1, 1));
        assert_eq!((stats.young.captured, stats.young.reclaimed), (10, 10));
        assert_eq!((stats.full.captured, stats.full.reclaimed), (20, 20));
        assert_eq!(stats.young.elapsed, young.elapsed);
        assert_eq!(stats.full.longest, full.elapsed);
        garbage(30);
        let second = recyc::collect();
        let sum = recyc::stats().full;
        assert_eq!((sum.collections, sum.captured, sum.reclaimed), (2, 50, 50));
        assert_eq!(sum.elapsed, full.elapsed + second.elapsed);
        assert_eq!(sum.longest, full.elapsed.max(second.elapsed));
    });
}

#[test]
fn candidates_and_allocations_count_towards_thresholds() {
    alone(|| {
        recyc::configure(Config::manual()).expect("valid");
        garbage(7);
        let kept = knot();
        drop(kept.clone());
        let stats = recyc::stats();
        assert_eq!(
            (stats.live, stats.allocated, stats.young_candidates, stats.old_candidates),
            (8, 8, 8, 0)
        );
        assert_eq!(stats.young_threshold, Config::default().young_threshold);
        recyc::freeze();
        assert_eq!(recyc::stats().frozen_candidates, 8);
        recyc::unfreeze();
        assert_eq!(recyc::stats().old_candidates, 8);
        recyc::collect();
        assert_eq!((recyc::stats().live, recyc::stats().allocated), (1, 0));
        drop(kept);
    });
}

/// Deaths by counting are subtracted from the allocations, down to zero.
#[test]
fn counted_deaths_reduce_net_allocations_to_zero_at_most() {
    alone(|| {
        recyc::configure(Config::manual()).expect("valid");
        let many: Vec<_> = (0..1_000).map(recyc::Gc::new).collect();
        assert_eq!(recyc::stats().allocated, 1_000);
        recyc::collect();
        drop(many);
        assert_eq!((recyc::stats().live, recyc::stats().allocated), (0, 0));
    });
}

#[test]
fn reports_and_sums_are_shown_in_words() {
    alone(|| {
        recyc::disable();
        garbage(3);
        let report = recyc::collect();
        assert!(report.to_string().starts_with("3 reclaimed ("), "{report}");
        assert!(report.to_string().contains("0 alive, 3 looked at in"), "{report}");
        let shown = recyc::stats().to_string();
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[0], "0 live, 0 + 0 candidates");
        assert!(lines[1].starts_with("young: 0 collections, 0 looked at, 0 reclaimed"), "{shown}");
        assert!(lines[2].starts_with("full: 1 collections, 3 looked at, 3 reclaimed"), "{shown}");
    });
}

/// The threshold grows while little is found up to sixteen times and comes back.
#[test]
fn the_threshold_grows_sixteenfold_at_most_and_comes_back() {
    alone(|| {
        let config = Config::default().with_young_threshold(100);
        recyc::configure(config).expect("valid");
        let kept = old(10);
        let mut alive = Vec::new();
        for _ in 0..times(50_000, 6_000) {
            let one = knot();
            drop(one.clone());
            alive.push(one);
            assert!(recyc::stats().young_threshold <= 16 * 100);
        }
        assert_eq!(recyc::stats().young_threshold, 16 * 100);
        drop(alive);
        garbage(times(50_000, 6_000));
        assert_eq!(recyc::stats().young_threshold, 100);
        drop(kept);
    });
}

/// The number of old values is no measure for the young ones, and a long threshold makes the next
/// young collection a long pause.
#[test]
fn full_collections_that_find_nothing_leave_the_threshold() {
    alone(|| {
        recyc::configure(Config::default().with_young_threshold(100)).expect("valid");
        let kept = old(50);
        for _ in 0..5 {
            kept.iter().for_each(|one| drop(one.clone()));
            assert_eq!(recyc::collect().reclaimed, 0);
        }
        assert_eq!(recyc::stats().young_threshold, 100);
        kept.iter().for_each(|one| drop(one.clone()));
    });
}

#[test]
fn without_adaptation_the_threshold_stays() {
    alone(|| {
        let config = Config::default().with_young_threshold(100).with_adaptive(false);
        recyc::configure(config).expect("valid");
        let alive: Vec<_> = (0..times(5_000, 500)).map(|_| knot()).collect();
        assert_eq!(recyc::stats().young_threshold, 100);
        drop(alive);
    });
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the end of a value");
    }
}

#[derive(Trace)]
struct Armed {
    me: GcCell<Option<Gc<Armed>>>,
    _bomb: Leaf<Bomb>,
}

/// A slice that is not made for a panic in its collection is not counted.
#[test]
fn a_slice_whose_collection_panics_is_not_counted() {
    alone(|| {
        recyc::configure(Config::default().with_young_threshold(10).with_adaptive(false))
            .expect("valid");
        let one = Gc::new(Armed { me: GcCell::default(), _bomb: Leaf(Bomb) });
        one.me.set(Some(one.clone()));
        drop(one);
        let kept: Vec<_> = (0..9).map(Gc::new).collect();
        assert!(catch_unwind(AssertUnwindSafe(|| Gc::<[Gc<i32>]>::from(kept.as_slice()))).is_err());
        assert_eq!(recyc::stats().live, 9);
        drop(kept);
        assert_eq!(recyc::stats().live, 0);
    });
}
