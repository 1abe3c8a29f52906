//! Values that were shared once and have one handle now, to which `get_mut` was used: what they
//! cost later collections.

use std::num::NonZeroUsize;
use std::sync::OnceLock;

use recyc::sync::{self, Gc};
use recyc::{CollectionReport, Config};

use crate::{Knot, alone, garbage, times};

/// Values that are candidates and that no collection enters, because the last use of them was by
/// `&mut`.
fn withdrawn(count: usize) -> Vec<Gc<Knot>> {
    let mut values: Vec<_> = (0..count).map(|_| Gc::new(Knot(OnceLock::new()))).collect();
    values.iter().for_each(|value| drop(value.clone()));
    values.iter_mut().for_each(|value| assert!(Gc::get_mut(value).is_some()));
    values
}

/// How many candidates are young, and how many old.
fn candidates() -> (usize, usize) {
    let stats = sync::stats();
    (stats.young_candidates, stats.old_candidates)
}

#[test]
fn candidates_under_get_mut_become_old_and_cost_nothing_then() {
    alone(|| {
        sync::configure(Config::manual()).unwrap();
        for promote_after in 1..=3 {
            sync::configure(Config::manual().with_promote_after(promote_after)).unwrap();
            let values = withdrawn(100);
            for age in 1..=promote_after {
                assert_eq!(candidates(), (100, 0), "{age} of {promote_after}");
                assert_eq!(sync::collect_young().captured, 100);
            }
            assert_eq!(candidates(), (0, 100));
            assert_eq!(sync::collect_young().captured, 0);
            drop(values);
            sync::collect();
            assert_eq!(candidates(), (0, 0));
        }
    });
}

#[test]
fn old_candidates_under_get_mut_stay_old_in_a_full_collection() {
    alone(|| {
        sync::configure(Config::manual()).unwrap();
        let values = withdrawn(100);
        for _ in 0..4 {
            let CollectionReport { captured, survivors, reclaimed, .. } = sync::collect();
            assert_eq!(
                (captured, survivors, reclaimed),
                (100, 0, 0),
                "a look at each, and no trace"
            );
        }
        assert_eq!(candidates(), (0, 100));
        drop(values);
    });
}

#[test]
fn a_cycle_made_of_old_candidates_under_get_mut_is_reclaimed() {
    alone(|| {
        sync::configure(Config::manual()).unwrap();
        let values = withdrawn(100);
        (0..3).for_each(|_| _ = sync::collect_young());
        assert_eq!(candidates(), (0, 100));
        for (at, value) in values.iter().enumerate() {
            _ = value.0.set(values[(at + 1) % 100].clone());
        }
        assert_eq!(sync::collect().reclaimed, 0);
        drop(values);
        assert_eq!(sync::collect().reclaimed, 100);
        assert_eq!((candidates(), sync::stats().live), ((0, 0), 0));
    });
}

#[test]
fn candidates_under_get_mut_count_within_the_limit_of_a_step() {
    alone(|| {
        sync::configure(Config::manual()).unwrap();
        for limit in [1, 10, 11, 15, 20, 25] {
            // Each of the others leads to a value that is no candidate.
            let others: Vec<_> = (0..10).map(|_| Gc::new(Knot(OnceLock::new()))).collect();
            for other in &others {
                _ = other.0.set(Gc::new(Knot(OnceLock::new())));
                drop(other.clone());
            }
            let values = withdrawn(10);
            let done = sync::collect_step(NonZeroUsize::new(limit).unwrap());
            assert!(0 < done.captured && done.captured <= limit, "{done:?} of {limit}");
            drop((others, values));
            sync::collect();
        }
    });
}

/// The entry of a value that has died by counting stays in its list. To read it is work too.
#[test]
fn a_step_reads_no_more_entries_than_its_limit() {
    alone(|| {
        sync::configure(Config::manual()).unwrap();
        drop(withdrawn(60));
        for left in [50, 40, 30] {
            let done = sync::collect_step(NonZeroUsize::new(10).unwrap());
            assert_eq!((done.captured, candidates()), (0, (left, 0)));
        }
        sync::collect();
        assert_eq!(candidates(), (0, 0));
    });
}

#[test]
fn full_collections_do_not_come_back_to_back_for_the_withdrawn() {
    alone(|| {
        sync::configure(Config::manual().with_young_threshold(100).with_adaptive(false)).unwrap();
        let values = withdrawn(times(10_000, 300));
        (0..3).for_each(|_| _ = sync::collect());
        let before = sync::stats().full;
        sync::enable();
        garbage(times(60_000, 1_800));
        let full = sync::stats().full.collections - before.collections;
        assert!(full <= 2, "{full} full collections, each of which goes over 10,000 entries");
        drop(values);
    });
}
