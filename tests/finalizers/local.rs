//! The promises about waiting finalizers that only the local heap makes.

use super::kind::{Config, collect_if_needed, configure, inspect};
use super::model::{File, Log, alone};

fn on_demand() {
    let config = Config::default()
        .with_finalize_on_demand(true)
        .with_young_threshold(100)
        .with_adaptive(false);
    configure(config).unwrap();
}

#[test]
fn the_end_of_a_thread_calls_the_finalizers_that_wait() {
    let log = Log::default();
    let theirs = log.clone();
    alone(move || {
        on_demand();
        (0..250).for_each(|number| drop(File::knot(&theirs, number)));
        assert_eq!(theirs.finalized().len(), 0);
        configure(recyc::config().with_automatic(false)).unwrap();
    });
    assert_eq!((log.finalized().len(), log.destroyed()), (250, 250));
}

/// A value whose finalizer waits is live for the policy, and is not a candidate.
#[test]
fn what_waits_is_not_looked_at_by_each_collection() {
    alone(|| {
        on_demand();
        let log = Log::default();
        let before = recyc::stats();
        (0..20_000).for_each(|number| drop(File::knot(&log, number)));
        let after = recyc::stats();
        let (young, full) = (
            after.young.captured - before.young.captured,
            after.full.captured - before.full.captured,
        );
        assert_eq!(after.live, 20_000);
        assert!(young + full <= 2 * 20_000, "{young} and {full} blocks were captured");
        recyc::run_finalizers();
        assert_eq!((log.finalized().len(), log.destroyed()), (20_000, 20_000));
    });
}

#[test]
fn a_step_finalizes_no_more_than_its_limit() {
    alone(|| {
        on_demand();
        let log = Log::default();
        (0..300).for_each(|number| drop(File::knot(&log, number)));
        let report = recyc::collect_step(std::num::NonZeroUsize::new(10).unwrap());
        assert!((1..=10).contains(&report.finalized), "{report:?}");
        assert!(recyc::is_pending());
        inspect::check();
        recyc::collect();
        assert_eq!((log.finalized().len(), log.destroyed()), (300, 300));
    });
}

/// The dead do not become old in the collection that keeps them, so a young one finds them again.
#[test]
fn a_young_collection_finalizes_what_a_young_one_has_kept() {
    alone(|| {
        on_demand();
        let log = Log::default();
        let file = File::knot(&log, 1);
        drop(file.clone());
        recyc::collect_young();
        drop(file);
        let unused = Log::default();
        let all: Vec<_> = (0..250).map(|number| File::new(&unused, number)).collect();
        configure(recyc::config().with_automatic(false)).unwrap();
        let before = recyc::stats();
        collect_if_needed().expect("a finalizer waits");
        assert_eq!(
            (log.finalized(), recyc::stats().full.collections),
            (vec![1], before.full.collections)
        );
        drop(all);
    });
}
