//! The actions of the guards and cleaners of both heaps.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::raw::unwind::swallow;
use crate::report::CollectionReport;

/// How often a [`CollectGuard`] collects, if the values that die leave new garbage.
const ROUNDS: usize = 10;

/// The action of a `CollectGuard` of either heap.
pub(crate) fn collect_until_nothing_is_found(collect: fn() -> CollectionReport) {
    let _ = (0..ROUNDS).find(|_| {
        let report = collect();
        report.nested || report.reclaimed == 0
    });
}

/// The action of a `Cleaner` of either heap.
pub(crate) fn run_last_first(actions: &mut Vec<impl FnOnce()>) {
    let mut first = None;
    // One at a time: a closure cannot reach the cleaner, which is dying, but what it owns may panic
    // as well.
    while let Some(action) = actions.pop() {
        match (catch_unwind(AssertUnwindSafe(action)), &first) {
            (Ok(()), _) => {}
            (Err(payload), None) if !std::thread::panicking() => first = Some(payload),
            (Err(payload), _) => swallow(payload),
        }
    }
    if let Some(payload) = first {
        resume_unwind(payload);
    }
}
