//! What the controls return and change: the allocated bytes, the pending bytes, and the effect of a
//! configuration.

use recyc::Config;
use recyc::sync::{self, Gc};

use crate::{alone, collections, elsewhere, garbage, old, times};

#[test]
fn what_was_pending_is_not_pending_after_it_was_collected() {
    alone(|| {
        sync::configure(Config::manual().with_young_threshold(10).with_adaptive(false)).unwrap();
        let _kept: Vec<_> = (0..10).map(Gc::new).collect();
        assert!(sync::is_pending());
        assert!(sync::collect_if_needed().is_some());
        assert!(!sync::is_pending() && sync::collect_if_needed().is_none());
    });
}

/// Here and not in `tests/sync`: there, a thread of another test may end late and report its blocks
/// between two checks.
#[test]
fn what_is_due_without_automatic_collections_waits_for_a_call() {
    alone(|| {
        sync::configure(Config::manual().with_young_threshold(10).with_adaptive(false)).unwrap();
        let before = collections();
        garbage(50);
        assert!(sync::is_pending());
        assert_eq!((sync::stats().live, collections()), (50, before));
        assert_eq!(sync::collect_if_needed().map(|done| done.reclaimed), Some(50));
        assert!(!sync::is_pending() && sync::collect_if_needed().is_none());
    });
}

#[test]
fn allocated_counts_from_the_last_collection_on() {
    alone(|| {
        let kept: Vec<_> = (0..100).map(Gc::new).collect();
        assert_eq!(sync::stats().allocated, 100);
        sync::collect();
        assert_eq!(sync::stats().allocated, 0);
        let more: Vec<_> = (0..10).map(Gc::new).collect();
        drop(kept);
        // Dropping values from before the collection lowers the count to 0 and not below.
        assert_eq!((sync::stats().allocated, more.len()), (0, 10));
        garbage(5);
        assert_eq!(sync::stats().allocated, 5);
    });
}

#[test]
fn a_configuration_makes_nothing_due_and_forgets_nothing() {
    alone(|| {
        let before = collections();
        let _one = Gc::new(1);
        sync::configure(Config::default().with_young_threshold(100_000)).unwrap();
        assert!(sync::stats().allocated == 1 && !sync::is_pending());
        let _two = Gc::new(2);
        assert_eq!((sync::stats().allocated, collections()), (2, before));
        garbage(98);
        // A smaller threshold is held against what was allocated before.
        sync::configure(Config::default().with_young_threshold(100)).unwrap();
        assert!(sync::is_pending());
        let _three = Gc::new(3);
        assert_eq!((sync::stats().live, collections()), (3, before + 1));
    });
}

#[test]
fn what_is_made_while_nothing_is_automatic_counts_once() {
    alone(|| {
        const COUNT: usize = times(5_000, 500);
        sync::disable();
        garbage(COUNT);
        elsewhere(|| garbage(COUNT));
        assert_eq!(sync::stats().allocated, 2 * COUNT);
    });
}

#[test]
fn what_was_made_between_young_collections_makes_a_full_one_due() {
    alone(|| {
        sync::configure(Config::default().with_young_threshold(100).with_adaptive(false)).unwrap();
        let _old = old(10);
        let before = sync::stats();
        garbage(1_000);
        let after = sync::stats();
        assert_eq!(after.full.collections, before.full.collections + 1, "{after}");
        assert!(after.young.collections > before.young.collections, "{after}");
    });
}

/// A configuration that takes effect again does not count as allocated values, or full collections
/// would come too early.
#[test]
fn repeated_configuration_makes_no_full_collection_due() {
    alone(|| {
        let _old = old(10);
        let (threshold, rounds) = (times(10_000, 500), times(200, 20));
        let before = sync::stats().full.collections;
        for _ in 0..rounds {
            sync::configure(Config::default().with_young_threshold(threshold)).unwrap();
            drop(Gc::new(1));
        }
        garbage(threshold + 1);
        let stats = sync::stats();
        assert_eq!(
            (stats.full.collections, stats.young.collections > 0),
            (before, true),
            "{stats}"
        );
    });
}

/// A collection that came due while nothing was automatic is run by the next block of any thread.
#[test]
fn what_came_due_while_paused_is_collected_by_any_thread() {
    alone(|| {
        let due = || {
            elsewhere(|| garbage(times(10_000, 2_100)));
            assert!(sync::is_pending());
        };
        let paused = sync::pause();
        due();
        drop(paused);
        // This thread has made no block before.
        let _one = Gc::new(1);
        assert_eq!(sync::stats().live, 1);

        sync::disable();
        due();
        sync::enable();
        elsewhere(|| drop(Gc::new(2)));
        assert_eq!(sync::stats().live, 1);

        sync::disable();
        due();
        sync::configure(Config::default()).unwrap();
        let _three = Gc::new(3);
        assert_eq!(sync::stats().live, 2);
    });
}
