//! What a collection reports whose finalizers make new garbage with finalizers.

use std::cell::RefCell;

use super::kind::{Gc, collect};
use super::model::{File, Log, Plain, alone};

thread_local!(static SAVED: RefCell<Option<Gc<File>>> = const { RefCell::new(None) });

/// The second round finds a new value dead whose finalizer is due, so there is a third.
#[test]
fn what_lives_before_the_last_round_is_reported() {
    alone(|| {
        let log = Log::default();
        let held = Plain::knot(&log, 0);
        drop(held.clone());
        let save = |file: &File| SAVED.set(file.next.get());
        let saved = File::with(&log, 1, Some(Box::new(save)));
        saved.next.set(Some(saved.clone()));
        let of_new = log.clone();
        let make = move |file: &File| {
            let between = Plain::new(&of_new, 3);
            between.file.set(Some(File::new(&of_new, 4)));
            file.plain.set(Some(between));
        };
        let maker = File::with(&log, 2, Some(Box::new(make)));
        maker.next.set(Some(maker.clone()));
        drop((saved, maker));
        let report = collect();
        assert_eq!(log.finalized(), [1, 2, 4]);
        assert_eq!((report.resurrected, report.reclaimed), (1, 3));
        assert_eq!(report.survivors, 2, "the value that is held, and the one that is saved");
        drop((SAVED.take(), held));
    });
}
