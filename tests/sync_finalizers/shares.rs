//! Finalizers that wait, when a full collection is done in shares.

use std::num::NonZeroUsize;
use std::thread;

use super::kind::{Config, Gc, collect, collect_if_needed, configure, run_finalizers};
use super::model::{File, Log, Plain, alone};

const SHARE: usize = 100;
/// The dead that are old candidates, in rings of one.
const DEAD: usize = 20 * SHARE;

/// Old dead values with a finalizer, and a full collection of them that is suspended. With `waits`
/// the finalizers wait from the start.
fn begin_full(log: &Log, waits: bool) {
    let config = Config::default()
        .with_automatic(false)
        .with_finalize_on_demand(waits)
        .with_young_threshold(10)
        .with_adaptive(false)
        .with_heap_growth(0.001)
        .with_automatic_work_limit(NonZeroUsize::new(SHARE));
    configure(config).unwrap();
    let files: Vec<_> = (0..DEAD as u32).map(|number| File::knot(log, number)).collect();
    for _ in 0..4 {
        files.iter().for_each(|file| drop(file.clone()));
        collect();
    }
    drop(files);
    configure(config.with_automatic(true)).unwrap();
    drop(run_shares());
    assert_eq!(log.finalized().len(), 0);
}

/// Allocates until a full collection is suspended.
fn run_shares() -> Vec<Gc<Plain>> {
    let plain = Log::default();
    let before = recyc::sync::stats().full;
    let made = (0..3 * SHARE as u32).map(|number| Plain::new(&plain, number)).collect();
    let after = recyc::sync::stats().full;
    assert_eq!(after.collections, before.collections);
    assert!(after.captured > before.captured);
    made
}

/// Allocates until a full collection is over.
fn end_full() -> Vec<Gc<Plain>> {
    let (plain, before) = (Log::default(), recyc::sync::stats().full.collections);
    let mut made = Vec::new();
    while recyc::sync::stats().full.collections == before {
        made.push(Plain::new(&plain, 0));
        assert!(made.len() < 10 * DEAD, "no full collection came to an end");
    }
    made
}

#[test]
fn a_full_collection_in_shares_keeps_what_waits() {
    alone(|| {
        let log = Log::default();
        begin_full(&log, true);
        let made = end_full();
        assert_eq!((log.finalized().len(), log.destroyed()), (0, 0));
        run_finalizers().expect("finalizers wait");
        assert_eq!((log.finalized().len(), log.destroyed()), (DEAD, DEAD));
        drop(made);
    });
}

#[test]
fn a_collection_that_is_needed_finalizes_between_two_shares() {
    alone(|| {
        let log = Log::default();
        begin_full(&log, true);
        let made = end_full();
        assert_eq!(log.finalized().len(), 0);
        // Another full collection begins with the kept values and is suspended.
        let more = run_shares();
        collect_if_needed().expect("finalizers wait");
        assert_eq!((log.finalized().len(), log.destroyed()), (DEAD, DEAD));
        drop((made, more));
    });
}

#[test]
fn finalizers_that_no_longer_wait_are_called_by_the_next_share() {
    alone(|| {
        let log = Log::default();
        begin_full(&log, true);
        configure(recyc::sync::config().with_finalize_on_demand(false)).unwrap();
        let made = end_full();
        assert_eq!((log.finalized().len(), log.destroyed()), (DEAD, DEAD));
        drop(made);
    });
}

#[test]
fn finalizers_that_wait_are_not_called_by_the_next_share() {
    alone(|| {
        let log = Log::default();
        begin_full(&log, false);
        configure(recyc::sync::config().with_finalize_on_demand(true)).unwrap();
        let made = end_full();
        assert_eq!((log.finalized().len(), log.destroyed()), (0, 0));
        run_finalizers().expect("finalizers wait");
        assert_eq!((log.finalized().len(), log.destroyed()), (DEAD, DEAD));
        drop(made);
    });
}

/// The collection is given up after another number of new blocks each time, so in each of its
/// steps.
#[test]
fn a_collection_given_up_loses_no_value_with_a_finalizer() {
    alone(|| {
        for blocks in (0..400).step_by(8) {
            let (log, plain) = (Log::default(), Log::default());
            begin_full(&log, false);
            let made: Vec<_> = (0..blocks).map(|number| Plain::new(&plain, number)).collect();
            collect();
            drop(made);
            collect();
            assert_eq!(
                (log.finalized().len(), log.destroyed()),
                (DEAD, DEAD),
                "after {blocks} new blocks"
            );
        }
    });
}

/// While one collection waits for a finalizer, which holds no lock of the collector, another thread
/// suspends a full collection in which blocks have places that both reach.
#[test]
fn a_collection_suspended_in_a_finalizer_misleads_no_other() {
    alone(|| {
        let config = Config::default()
            .with_automatic(false)
            .with_young_threshold(10)
            .with_adaptive(false)
            .with_heap_growth(0.001)
            .with_automatic_work_limit(NonZeroUsize::new(SHARE));
        configure(config).unwrap();
        let (log, plain) = (Log::default(), Log::default());
        let chain: Vec<_> = (0..4 * DEAD as u32).map(|number| Plain::new(&plain, number)).collect();
        chain.windows(2).for_each(|pair| pair[0].next.set(Some(pair[1].clone())));
        let far = chain[SHARE - 20].clone();
        let first = chain[0].clone();
        drop(chain);
        for _ in 0..4 {
            drop(first.clone());
            collect();
        }
        let suspend = move |_: &File| {
            let thread = thread::spawn(move || {
                configure(config.with_automatic(true)).unwrap();
                drop(run_shares());
                configure(config).unwrap();
            });
            thread.join().expect("it suspends a collection");
        };
        let file = File::with(&log, 0, Some(Box::new(suspend)));
        let beside = Plain::new(&plain, 1);
        beside.file.set(Some(file.clone()));
        beside.next.set(Some(far.clone()));
        file.plain.set(Some(beside));
        drop(file);
        assert_eq!(collect().reclaimed, 2);
        assert_eq!((log.finalized().len(), log.destroyed()), (1, 1));
        // The handles are those of `far` and of the value before it.
        assert_eq!(Gc::strong_count(&far), 2);
        let mut length = 1;
        let mut last = first.clone();
        while let Some(next) = last.next.get() {
            (last, length) = (next, length + 1);
        }
        assert_eq!(length, 4 * DEAD);
    });
}
