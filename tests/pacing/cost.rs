//! The collector's work follows allocations and drops, not what is alive.

use recyc::{Config, Gc};

use super::{Knot, alone, garbage, knot, old, times};

/// How many blocks collections have looked at so far.
fn captured() -> usize {
    let stats = recyc::stats();
    stats.young.captured + stats.full.captured
}

/// Clones and drops handles to 100 old blocks; returns what a young collection looks at then.
fn captured_after_drops_among(live: usize) -> usize {
    recyc::configure(Config::manual()).expect("valid");
    let all = old(live);
    for at in 0..100 {
        drop(all[at * 7_919 % live].clone());
    }
    garbage(50);
    recyc::collect_young().captured
}

#[test]
fn a_young_collection_does_not_notice_what_is_old() {
    alone(|| {
        let costs = [1_000, 10_000, 100_000].map(|live| {
            let cost = captured_after_drops_among(times(live, live / 100));
            recyc::collect();
            cost
        });
        assert_eq!(costs, [50; 3]);
    });
}

/// Drops of old handles register a block once until the next full collection.
#[test]
fn an_old_block_is_registered_once_per_full_collection() {
    alone(|| {
        recyc::configure(Config::manual()).expect("valid");
        let count = times(1_000, 100);
        let all = old(count);
        for _ in 0..10 {
            all.iter().for_each(|one| drop(one.clone()));
            recyc::collect_young();
        }
        assert_eq!((recyc::stats().old_candidates, recyc::stats().young_candidates), (count, 0));
    });
}

/// Steady garbage beside a large live heap costs a few visits for each allocation.
#[test]
#[cfg_attr(miri, ignore = "makes more than 100,000 blocks, which Miri takes hours for")]
fn steady_garbage_beside_a_large_heap_costs_few_visits() {
    alone(|| {
        for live in [0, 1_000, 100_000] {
            recyc::configure(Config::default()).expect("valid");
            let kept = if live > 0 { old(live) } else { Vec::new() };
            let (before, allocated) = (captured(), 200_000);
            for at in 0..allocated / 2 {
                let one = knot();
                one.other.set(kept.get(at * 31 % live.max(1)).cloned());
                let two = knot();
                two.other.set(Some(one));
            }
            let cost = (captured() - before) as f64 / allocated as f64;
            assert!(cost <= 4.0, "{cost} for each allocation with {live} alive");
            drop(kept);
            recyc::collect();
        }
    });
}

#[test]
fn what_is_built_and_kept_is_traced_a_bounded_number_of_times() {
    alone(|| {
        let mut all: Vec<Gc<Knot>> = Vec::new();
        let count = times(300_000, 3_000);
        for at in 0..count {
            let one = knot();
            one.other.set(all.get(at / 2).cloned());
            drop(one.clone());
            all.push(one);
        }
        let cost = captured() as f64 / count as f64;
        assert!(cost <= 8.0, "{cost} for each allocation");
    });
}

#[test]
fn values_that_are_freed_by_counting_cost_no_collection() {
    alone(|| {
        for _ in 0..times(100_000, 3_000) {
            let one = Gc::new((Gc::new(1), 2));
            drop(one.clone());
        }
        assert_eq!((recyc::stats().young.collections, captured()), (0, 0));
    });
}
