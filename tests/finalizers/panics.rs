//! A finalizer that panics is reported with its type.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use super::kind::{CollectionReport, Event, collect, on_collection};
use super::model::{File, Log, alone};

/// The report that a collection gives its callbacks, and the text of the panic that the collection
/// raised.
fn collect_and_catch() -> (CollectionReport, Option<String>) {
    let last = Arc::new(Mutex::new(CollectionReport::default()));
    let put = last.clone();
    let callback = on_collection(move |event| {
        if let Event::Stop { report, .. } = event {
            *put.lock().unwrap() = report;
        }
    });
    let text = catch_unwind(AssertUnwindSafe(collect))
        .err()
        .map(|payload| *payload.downcast::<String>().unwrap());
    drop(callback);
    let report = *last.lock().unwrap();
    (report, text)
}

fn knot_that_panics(log: &Log, number: u32) {
    let file = File::with(log, number, Some(Box::new(move |_| panic!("file {number}"))));
    file.next.set(Some(file.clone()));
}

#[test]
fn a_finalizer_that_panics_is_reported_with_its_type() {
    alone(|| {
        let log = Log::default();
        knot_that_panics(&log, 1);
        drop(File::knot(&log, 2));
        let (report, panic) = collect_and_catch();
        assert_eq!(report.panicked_finalizer, Some(std::any::type_name::<File>()));
        assert_eq!((report.finalized, report.reclaimed, log.destroyed()), (2, 2, 2));
        assert_eq!(panic.as_deref(), Some("file 1"));
        let shown = report.to_string();
        assert!(shown.contains("File` panicked"), "{shown}");
    });
}

#[test]
fn a_collection_without_such_a_panic_reports_no_type() {
    alone(|| {
        let log = Log::default();
        drop(File::knot(&log, 1));
        let (report, panic) = collect_and_catch();
        assert_eq!((report.panicked_finalizer, report.finalized, panic), (None, 1, None));
        assert_eq!(log.finalized(), [1]);
    });
}
