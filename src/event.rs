//! The argument of the callbacks at the start and at the end of a collection.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::raw::unwind::{Payload, keep_first};
use crate::report::CollectionReport;

/// The argument of a callback of [`on_collection`](crate::on_collection()).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A collection starts.
    Start {
        /// Whether it looks at all candidates, and not only at the young.
        full: bool,
    },
    /// A collection has ended. What died is destroyed already, except what died by counting in the
    /// course of it.
    Stop {
        /// Whether it looked at all candidates, and not only at the young.
        full: bool,
        /// The report of the collection.
        report: CollectionReport,
    },
}

/// Calls those callbacks that are still wanted, of either heap.
#[inline]
pub(crate) fn tell<F>(callbacks: impl Iterator<Item = F>, event: Event, panic: &mut Option<Payload>)
where
    F: Deref<Target: Fn(Event)>,
{
    for callback in callbacks {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| callback(event))) {
            keep_first(panic, payload);
        }
        // If the callback has removed itself, the values that it owns are dropped here.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(callback))) {
            keep_first(panic, payload);
        }
    }
}
