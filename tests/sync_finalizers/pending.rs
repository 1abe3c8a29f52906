//! How long values are pending whose handles a collection has taken that does not find them dead.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use recyc::sync::collect_step;

use super::kind::{
    Config, Event, Gc, collect, collect_young, config, configure, is_pending, on_collection,
    run_finalizers,
};
use super::model::{File, Log, Plain, alone};

const SHARE: usize = if cfg!(miri) { 20 } else { 100 };
/// Files that wait for their finalizers, each on a cycle with itself.
const FILES: usize = SHARE * 3 / 5;

/// Old live values, and files that wait for their finalizers. A young collection has found these.
fn waiting(log: &Log) -> Vec<Gc<Plain>> {
    let base = Config::default()
        .with_automatic(false)
        .with_finalize_on_demand(true)
        .with_young_threshold(10)
        .with_adaptive(false)
        .with_promote_after(1)
        .with_automatic_work_limit(NonZeroUsize::new(SHARE));
    configure(base.with_heap_growth(100.0)).unwrap();
    let plain = Log::default();
    let live: Vec<_> = (0..20 * SHARE as u32).map(|number| Plain::new(&plain, number)).collect();
    live.iter().for_each(|plain| drop(plain.clone()));
    collect();
    (0..FILES as u32).for_each(|number| drop(File::knot(log, number)));
    configure(config().with_automatic(true)).unwrap();
    drop(Plain::knot(&plain, 0));
    configure(base.with_heap_growth(0.001)).unwrap();
    assert_eq!((is_pending(), log.finalized().len()), (true, 0));
    live
}

/// Allocates until a full collection is suspended, which has captured the young candidates.
fn suspend_full() {
    configure(config().with_automatic(true)).unwrap();
    let (plain, before) = (Log::default(), recyc::sync::stats().full);
    let mut made = Vec::new();
    while recyc::sync::stats().full.captured < before.captured + 2 * FILES {
        made.push(Plain::new(&plain, 0));
    }
    assert_eq!(recyc::sync::stats().full.collections, before.collections);
    configure(config().with_automatic(false)).unwrap();
}

/// Asserts that the files are pending, and that a full collection calls their finalizers.
fn are_finalized_by_a_full_collection(log: &Log) {
    assert!(is_pending());
    run_finalizers().expect("finalizers wait");
    assert_eq!((log.finalized().len(), log.destroyed()), (FILES, FILES));
    assert_eq!((is_pending(), run_finalizers()), (false, None));
}

/// The step drops the handles of all files, and decides about a few.
#[test]
fn a_step_leaves_the_files_pending_that_it_does_not_reach() {
    alone(|| {
        let log = Log::default();
        let live = waiting(&log);
        collect_step(NonZeroUsize::new(FILES / 10).unwrap());
        assert!(log.finalized().len() < FILES);
        are_finalized_by_a_full_collection(&log);
        drop(live);
    });
}

/// The young collection gives up the suspended one, whose survivors are old.
#[test]
fn a_young_collection_in_a_suspended_one_leaves_files_pending() {
    alone(|| {
        let log = Log::default();
        let live = waiting(&log);
        suspend_full();
        collect_young();
        assert_eq!(log.finalized().len(), 0);
        are_finalized_by_a_full_collection(&log);
        drop(live);
    });
}

/// The handles are taken before the callback, and the young collection begins after it.
#[test]
fn a_collection_suspended_in_a_callback_leaves_files_pending() {
    alone(|| {
        let log = Log::default();
        let live = waiting(&log);
        let is_first = AtomicBool::new(true);
        let callback = on_collection(move |event| {
            if matches!(event, Event::Start { full: false })
                && is_first.swap(false, Ordering::Relaxed)
            {
                thread::spawn(suspend_full).join().expect("it suspends a collection");
            }
        });
        collect_young();
        drop(callback);
        assert_eq!(log.finalized().len(), 0);
        are_finalized_by_a_full_collection(&log);
        drop(live);
    });
}
