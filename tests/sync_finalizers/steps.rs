//! The blocks that a limited collection captures after finalizers.

use std::num::NonZeroUsize;

use recyc::sync::collect_step;

use super::kind::{Config, Gc, collect, configure};
use super::model::{File, Log, Plain, alone};

const LIMIT: usize = 20;

/// Live values that are no candidates, each with a handle to the next.
fn list(log: &Log, length: u32) -> Gc<Plain> {
    let first = Plain::new(log, 0);
    (1..length).fold(first, |rest, number| {
        let one = Plain::new(log, number);
        one.next.set(Some(rest));
        one
    })
}

#[test]
fn each_round_of_a_step_is_within_its_limit() {
    alone(|| {
        configure(Config::manual()).unwrap();
        let log = Log::default();
        let live = list(&log, 50 * LIMIT as u32);
        let target = live.clone();
        let file =
            File::with(&log, 0, Some(Box::new(move |file| file.plain.set(Some(target.clone())))));
        file.next.set(Some(file.clone()));
        drop(file);
        let done = collect_step(NonZeroUsize::new(LIMIT).unwrap());
        assert_eq!((done.finalized, done.reclaimed), (1, 1), "{done:?}");
        assert!(done.captured <= 2 * LIMIT, "{done:?}");
        drop(live);
        collect();
        assert_eq!(log.destroyed(), 50 * LIMIT + 1);
    });
}

#[test]
fn what_a_limited_round_has_not_traced_is_found_later() {
    alone(|| {
        configure(Config::manual()).unwrap();
        let log = Log::default();
        let new = log.clone();
        // The finalizer puts more values into its own cycle than the second round may trace.
        let action = move |file: &File| {
            let last = Plain::new(&new, 0);
            last.file.set(file.next.replace(None));
            let list = list(&new, 3 * LIMIT as u32);
            last.next.set(Some(list));
            file.plain.set(Some(last));
        };
        let file = File::with(&log, 0, Some(Box::new(action)));
        file.next.set(Some(file.clone()));
        drop(file);
        let done = collect_step(NonZeroUsize::new(LIMIT).unwrap());
        assert_eq!(done.finalized, 1, "{done:?}");
        assert!(done.captured <= 2 * LIMIT, "{done:?}");
        collect();
        assert_eq!((log.finalized().len(), log.destroyed()), (1, 3 * LIMIT + 2));
    });
}
