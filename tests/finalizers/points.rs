//! With `Config::finalize_on_demand` finalizers are called where the program collects, and nowhere
//! else.

use super::kind::{
    Config, Gc, collect, collect_if_needed, collect_young, config, configure, inspect, is_pending,
    run_finalizers,
};
use super::model::{File, Log, Plain, alone, weak};

const THRESHOLD: usize = 40;

/// Lets finalizers wait, with young collections at short intervals.
fn on_demand() {
    let config = Config::default()
        .with_finalize_on_demand(true)
        .with_young_threshold(THRESHOLD)
        .with_adaptive(false);
    configure(config).unwrap();
}

/// Makes values until several automatic collections have run.
fn allocate() {
    let log = Log::default();
    let all: Vec<_> = (0..4 * THRESHOLD as u32).map(|number| Plain::new(&log, number)).collect();
    drop(all);
    inspect::check();
}

/// Makes dead values without finalizers, so that young collections run.
fn allocate_rings(count: usize) {
    let log = Log::default();
    (0..count as u32).for_each(|number| drop(Plain::knot(&log, number)));
}

#[test]
fn automatic_collections_keep_what_waits_for_a_finalizer() {
    alone(|| {
        on_demand();
        let log = Log::default();
        (0..1_000).for_each(|number| drop(File::knot(&log, number)));
        assert_eq!((log.finalized().len(), log.destroyed()), (0, 0));
        assert!(is_pending());
        let report = run_finalizers().expect("finalizers wait");
        assert_eq!(log.finalized(), (0..1_000).collect::<Vec<_>>());
        assert_eq!((report.finalized, log.destroyed()), (1_000, 1_000));
        assert!(!is_pending());
        assert_eq!(run_finalizers(), None);
        inspect::check();
    });
}

#[test]
fn what_needs_no_finalizer_is_reclaimed_beside_what_waits() {
    alone(|| {
        on_demand();
        let log = Log::default();
        for number in 0..100 {
            // The plain ring leads to a file, which is on no cycle, and which leads to a plain
            // value.
            let (plain, file, kept) =
                (Plain::knot(&log, number), File::new(&log, number), Plain::knot(&log, number));
            file.plain.set(Some(kept));
            plain.file.set(Some(file));
        }
        allocate();
        assert_eq!((log.finalized().len(), log.destroyed()), (0, 100));
        collect();
        assert_eq!((log.finalized().len(), log.destroyed()), (100, 300));
        inspect::check();
    });
}

/// A large capture does not record which block owns which handle.
#[test]
fn the_dead_of_a_large_capture_give_up_what_waits() {
    const COUNT: u32 = 6_000;
    alone(|| {
        configure(config().with_automatic(false)).unwrap();
        let log = Log::default();
        for number in 0..COUNT {
            let plain = Plain::knot(&log, number);
            plain.file.set(Some(File::new(&log, number)));
        }
        on_demand();
        allocate();
        assert_eq!((log.finalized().len(), log.destroyed()), (0, COUNT as usize));
        run_finalizers().expect("finalizers wait");
        assert_eq!((log.finalized().len(), log.destroyed()), (COUNT as usize, 2 * COUNT as usize));
    });
}

#[test]
fn a_file_that_dies_by_counting_in_a_collection_waits() {
    alone(|| {
        let log = Log::default();
        let (file, rest) = (File::new(&log, 1), File::new(&log, 2));
        file.next.set(Some(rest));
        // Old values are not captured by a young collection.
        for _ in 0..4 {
            drop((file.clone(), file.next.get()));
            collect();
        }
        on_demand();
        let plain = Plain::knot(&log, 3);
        plain.file.set(Some(file));
        drop(plain);
        allocate();
        assert_eq!((log.finalized(), log.destroyed()), (vec![], 1));
        assert!(is_pending());
        let report = run_finalizers().expect("a finalizer waits");
        assert_eq!((log.finalized(), log.destroyed(), report.finalized), (vec![1, 2], 3, 1));
        inspect::check();
    });
}

#[test]
fn a_value_that_is_in_use_again_is_not_finalized() {
    alone(|| {
        on_demand();
        let log = Log::default();
        let file = File::knot(&log, 1);
        let other = File::knot(&log, 2);
        let (weak, other) = (weak(&file), (weak(&other), drop(other)).0);
        drop(file);
        allocate();
        let file = weak.upgrade().expect("it waits");
        assert_eq!(Gc::strong_count(&file), 3);
        run_finalizers().expect("finalizers wait");
        assert_eq!((log.finalized(), Gc::strong_count(&file)), (vec![2], 2));
        assert!(other.upgrade().is_none());
        drop(file);
        assert_eq!(collect().finalized, 1);
        assert_eq!((log.finalized(), log.destroyed()), (vec![1, 2], 2));
    });
}

#[test]
fn collect_if_needed_calls_the_finalizers_that_wait() {
    alone(|| {
        on_demand();
        let log = Log::default();
        (0..100).for_each(|number| drop(File::knot(&log, number)));
        let found = 100 / THRESHOLD * THRESHOLD;
        assert!(is_pending());
        let report = collect_if_needed().expect("finalizers wait");
        assert!(report.finalized >= found, "{report:?}");
        assert_eq!((log.finalized().len(), log.destroyed()), (report.finalized, report.finalized));
        assert_eq!((is_pending(), collect_if_needed()), (false, None));
    });
}

/// Values that a full collection has found are old, and a young collection would not enter them.
#[test]
fn collect_if_needed_finalizes_what_a_full_collection_found() {
    alone(|| {
        let log = Log::default();
        let files: Vec<_> = (0..10).map(|number| File::knot(&log, number)).collect();
        for _ in 0..4 {
            files.iter().for_each(|file| drop(file.clone()));
            collect();
        }
        on_demand();
        drop(files);
        // Growth makes a full collection due.
        let kept: Vec<_> = (0..10 * THRESHOLD).map(|_| Plain::new(&log, 100)).collect();
        configure(config().with_automatic(false)).unwrap();
        assert_eq!(log.finalized().len(), 0);
        while collect_if_needed().is_some() {}
        assert_eq!(log.finalized(), (0..10).collect::<Vec<_>>());
        drop(kept);
    });
}

/// A young collection does not find them dead. Until a full one has, they wait.
#[test]
fn a_young_collection_leaves_old_values_that_wait_pending() {
    alone(|| {
        let log = Log::default();
        let files: Vec<_> = (0..10).map(|number| File::knot(&log, number)).collect();
        for _ in 0..4 {
            files.iter().for_each(|file| drop(file.clone()));
            collect();
        }
        on_demand();
        drop(files);
        // Growth makes a full collection due.
        let kept: Vec<_> = (0..10 * THRESHOLD).map(|_| Plain::new(&log, 100)).collect();
        configure(config().with_automatic(false)).unwrap();
        collect_young();
        assert_eq!((log.finalized().len(), is_pending()), (0, true));
        inspect::check();
        let report = run_finalizers().expect("finalizers wait");
        assert_eq!((report.finalized, log.finalized()), (10, (0..10).collect::<Vec<_>>()));
        assert_eq!((is_pending(), run_finalizers()), (false, None));
        drop(kept);
    });
}

/// A value that waits is used from time to time, so young collections trace it until it is old.
#[test]
fn values_that_become_old_while_they_wait_are_finalized() {
    alone(|| {
        let (log, unused) = (Log::default(), Log::default());
        // After a full collection of a heap of this size none is due for some time.
        let live: Vec<_> =
            (0..10 * THRESHOLD as u32).map(|number| Plain::new(&unused, number)).collect();
        live.iter().for_each(|plain| drop(plain.clone()));
        collect();
        on_demand();
        configure(config().with_heap_growth(100.0)).unwrap();
        let file = File::knot(&log, 1);
        let weak = weak(&file);
        drop(file);
        for _ in 0..6 {
            allocate_rings(2 * THRESHOLD);
            drop(weak.upgrade());
        }
        configure(config().with_automatic(false)).unwrap();
        assert!(is_pending());
        while is_pending() {
            collect_if_needed().expect("a finalizer waits");
        }
        assert_eq!(log.finalized(), [1]);
        drop(live);
    });
}

#[test]
fn the_last_drop_calls_the_finalizer_as_always() {
    alone(|| {
        on_demand();
        let log = Log::default();
        drop(File::new(&log, 1));
        assert_eq!((log.finalized(), log.destroyed(), is_pending()), (vec![1], 1, false));
    });
}

#[test]
fn without_the_setting_what_still_waits_is_finalized_next() {
    alone(|| {
        on_demand();
        let log = Log::default();
        (0..100).for_each(|number| drop(File::knot(&log, number)));
        configure(Config::default().with_young_threshold(THRESHOLD)).unwrap();
        allocate();
        collect();
        assert_eq!((log.finalized().len(), log.destroyed()), (100, 100));
    });
}

/// A borrow that is held while values are made, and that the finalizers take as well.
#[test]
fn a_finalizer_may_take_what_is_borrowed_while_values_are_made() {
    alone(|| {
        on_demand();
        let log = Log::default();
        let registry = std::sync::Arc::new(std::sync::Mutex::new((0..300).collect::<Vec<u32>>()));
        for number in 0..300 {
            let taken = registry.clone();
            let remove = move |_: &File| {
                taken.try_lock().expect("not held").retain(|entry| *entry != number)
            };
            let file = File::with(&log, number, Some(Box::new(remove)));
            file.next.set(Some(file.clone()));
        }
        let held = registry.lock().unwrap();
        held.iter().for_each(|number| drop(File::knot(&log, *number)));
        drop(held);
        assert_eq!(log.finalized().len(), 0);
        collect();
        assert_eq!(
            (registry.lock().unwrap().len(), log.finalized().len(), log.destroyed()),
            (0, 600, 600)
        );
    });
}
