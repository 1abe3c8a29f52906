//! How long a value is pending that waits for its finalizer.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::kind::{
    Config, Gc, GcCell, Trace, Tracer, collect, collect_if_needed, collect_young, config,
    configure, is_pending, run_finalizers,
};
use super::model::{File, Log, Plain, alone, weak};

const THRESHOLD: usize = 40;

/// Lets finalizers wait. No full collection is due, since the heap has many old values.
fn without_full_collections() -> Vec<Gc<Plain>> {
    configure(Config::default().with_automatic(false)).unwrap();
    let log = Log::default();
    let live: Vec<_> = (0..10 * THRESHOLD as u32).map(|number| Plain::new(&log, number)).collect();
    live.iter().for_each(|plain| drop(plain.clone()));
    collect();
    let config = Config::default()
        .with_finalize_on_demand(true)
        .with_young_threshold(THRESHOLD)
        .with_adaptive(false)
        .with_promote_after(2)
        .with_heap_growth(100.0);
    configure(config).unwrap();
    live
}

/// Makes garbage until one automatic collection has run.
fn collect_automatically() {
    let log = Log::default();
    while log.destroyed() == 0 {
        drop(Plain::knot(&log, 0));
    }
}

/// Runs what is needed until nothing is pending.
fn collect_while_pending() {
    configure(config().with_automatic(false)).unwrap();
    while is_pending() {
        collect_if_needed().expect("a finalizer waits");
    }
}

/// A young collection does not enter the older value, so it does not find the younger one dead.
#[test]
fn a_value_that_waits_with_an_older_one_is_finalized() {
    alone(|| {
        let (log, unused) = (Log::default(), Log::default());
        let live = without_full_collections();
        let older = Plain::new(&unused, 0);
        drop(older.clone());
        collect_young();
        let file = File::new(&log, 1);
        file.plain.set(Some(older.clone()));
        older.file.set(Some(file.clone()));
        let weak = weak(&file);
        drop((older, file));
        collect_automatically();
        assert!(is_pending());
        drop(weak.upgrade().expect("it waits"));
        collect_automatically();
        collect_while_pending();
        assert_eq!((log.finalized(), unused.destroyed()), (vec![1], 1));
        drop(live);
    });
}

/// A value on a cycle with itself, whose `trace` panics once if that is wanted.
struct Bomb {
    next: GcCell<Option<Gc<Self>>>,
    panics: Arc<AtomicBool>,
}

// SAFETY: the handle belongs to this value alone, and is reported once.
unsafe impl Trace for Bomb {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if self.panics.swap(false, Ordering::Relaxed) {
            resume_unwind(Box::new(()));
        }
        self.next.trace(tracer);
    }
}

#[test]
fn a_collection_that_is_given_up_leaves_values_pending() {
    alone(|| {
        let log = Log::default();
        let live = without_full_collections();
        (0..10).for_each(|number| drop(File::knot(&log, number)));
        collect_automatically();
        configure(config().with_automatic(false)).unwrap();
        let panics = Arc::new(AtomicBool::new(false));
        let bomb = Gc::new(Bomb { next: GcCell::default(), panics: panics.clone() });
        bomb.next.set(Some(bomb.clone()));
        drop(bomb);
        panics.store(true, Ordering::Relaxed);
        assert!(catch_unwind(AssertUnwindSafe(collect)).is_err());
        assert_eq!((log.finalized().len(), is_pending()), (0, true));
        let report = run_finalizers().expect("finalizers wait");
        assert_eq!((report.finalized, log.destroyed()), (10, 10));
        assert_eq!((is_pending(), run_finalizers()), (false, None));
        drop(live);
    });
}
