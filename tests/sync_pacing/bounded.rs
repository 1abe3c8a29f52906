//! How much one new block may collect, in blocks.

use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use recyc::Config;
use recyc::sync::{self, Event, Gc};

use crate::{Knot, alone, elsewhere, garbage};

/// The most blocks that an automatic young collection captures by default.
const LIMIT: usize = 20_000;

/// The most blocks that one collection captured while something ran.
fn most_captured(what: impl FnOnce()) -> usize {
    static MOST: AtomicUsize = AtomicUsize::new(0);
    MOST.store(0, Relaxed);
    let callback = sync::on_collection(|event| {
        if let Event::Stop { report, .. } = event {
            MOST.fetch_max(report.captured, Relaxed);
        }
    });
    what();
    drop(callback);
    MOST.load(Relaxed)
}

#[test]
#[cfg_attr(miri, ignore = "makes more than 100,000 blocks, which Miri takes hours for")]
fn one_new_collects_a_bounded_part_of_the_garbage_of_others() {
    alone(|| {
        let before = sync::stats().full.collections;
        sync::disable();
        elsewhere(|| garbage(10 * LIMIT));
        sync::enable();
        // Each 2,000 blocks collect up to 20,000.
        let most = most_captured(|| garbage(4 * LIMIT));
        let stats = sync::stats();
        assert!(
            0 < most && most <= LIMIT && stats.full.collections == before,
            "{most} captured at once, {stats}"
        );
        assert!(stats.live <= LIMIT, "{stats}");
    });
}

#[test]
#[cfg_attr(miri, ignore = "makes more than 100,000 blocks, which Miri takes hours for")]
fn one_new_looks_at_a_bounded_part_of_a_live_heap() {
    alone(|| {
        sync::disable();
        let live: Vec<_> = (0..5 * LIMIT).map(|_| Gc::new(Knot(OnceLock::new()))).collect();
        live.iter().for_each(|one| drop(one.clone()));
        sync::enable();
        let most = most_captured(|| garbage(2_001));
        assert!(0 < most && most <= LIMIT, "{most} captured at once, {}", sync::stats());
        drop(live);
    });
}

#[test]
#[cfg_attr(miri, ignore = "makes more than 100,000 blocks, which Miri takes hours for")]
fn the_configuration_sets_what_one_new_may_collect() {
    alone(|| {
        // A limit counts only above two thresholds, which the default is.
        for (limit, least) in [(None, 10 * LIMIT), (NonZeroUsize::new(2 * LIMIT), LIMIT + 1)] {
            let config = Config::default().with_automatic_work_limit(limit);
            let before = sync::configure(config).expect("valid");
            sync::disable();
            elsewhere(|| garbage(10 * LIMIT));
            sync::enable();
            let most = most_captured(|| garbage(2_001));
            let allowed = limit.map_or(usize::MAX, NonZeroUsize::get);
            assert!((least..=allowed).contains(&most), "{most} captured at once, {limit:?}");
            sync::collect();
            sync::configure(before).expect("it was in force");
        }
    });
}

#[test]
#[cfg_attr(miri, ignore = "makes more than 100,000 blocks, which Miri takes hours for")]
fn a_limit_that_is_too_low_delays_no_garbage_forever() {
    alone(|| {
        let work_limit = NonZeroUsize::new(500);
        sync::configure(Config::default().with_work_limit(work_limit).with_young_threshold(1_000))
            .unwrap();
        let mut most = 0;
        for _ in 0..200 {
            garbage(1_000);
            most = most.max(sync::stats().live);
        }
        assert!(most <= 20_000, "{most} blocks, {}", sync::stats());
    });
}
