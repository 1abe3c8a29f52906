//! Panics of user code: kept until the state of the heap is in order, or dropped.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A panic that user code has raised, kept until the state of the heap is consistent.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Keeps the first panic of a collection; the others end here.
pub(crate) fn keep_first(panic: &mut Option<Payload>, payload: Payload) {
    if panic.is_none() {
        *panic = Some(payload);
    } else {
        swallow(payload);
    }
}

/// Drops the payload of a panic that is not to go on. What panics in that is not even dropped.
#[cold]
pub(crate) fn swallow(payload: Payload) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(payload);
    }
}
