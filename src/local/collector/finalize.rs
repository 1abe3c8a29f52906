//! The last words of the dead.
//!
//! As in PEP 442: the finalizers of a dead set run while every member and every neighbour is whole and every `Weak` can be
//! upgraded; then it is decided again, because a finalizer may have made members reachable, by moves that leave no trace
//! in any count. Only what is dead in the second decision is destroyed. A finalizer runs once in the life of a value.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::capture::{Capture, waits};
use super::survivors;
use crate::local::raw::Heap;
use crate::local::raw::heap::Mutant;
use crate::local::raw::release;
use crate::policy::Kind;
use crate::raw::depth::DEEPEST;
use crate::raw::unwind::Payload;
use crate::raw::unwind::keep_first;
use crate::report::CollectionReport;

/// Calls the finalizers of the dead, and makes the dead the roots of the next round.
pub(crate) fn finalize_dead(
    heap: &Heap,
    capture: &mut Capture,
    report: &mut CollectionReport,
    panic: &mut Option<Payload>,
) {
    // A finalizer may drop, clone, register and even free survivors, so those are put to rest before the first one runs.
    // The dead are at rest as well: a finalizer may register them.
    survivors::rest(heap, capture, false);
    for block in capture.blocks() {
        block.header().set_idle();
    }
    // Each dead block gets a count of ours, or a finalizer that drops its neighbour's last handle would free it under us.
    let pins = capture.blocks().len();
    if !heap.is_mutant(Mutant::NoPin) {
        capture.blocks().iter().for_each(|block| block.header().increment());
    }
    for at in 0..pins {
        let block = capture.blocks()[at];
        if waits(block) {
            let vtable = block.header().vtable();
            block.header().set_finalized();
            report.finalized += 1;
            // SAFETY: the pin keeps the value whole, and nobody can have `&mut` to it: it has another handle or none.
            let call = || unsafe { (vtable.finalize)(block) };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(call)) {
                report.panicked_finalizer.get_or_insert_with(vtable.name);
                keep_first(panic, payload);
            }
        }
    }
    // Taken back without a question: a block whose count is zero now is simply dead in the decision that follows.
    if !heap.is_mutant(Mutant::NoPin) {
        capture.blocks().iter().for_each(|block| block.header().decrement_raw());
    }
    capture.next_round();
}

/// Ends the wait of finalizers that automatic collections have left, in a collection that calls
/// finalizers.
///
/// Kept blocks become candidates, and this collection decides again whether they are dead. Blocks
/// that have ended are finalized at once. A limited collection takes no more blocks of either sort
/// than it takes candidates.
pub(crate) fn end_deferral(heap: &Heap, kind: Kind, report: &mut CollectionReport, panic: &mut Option<Payload>) {
    if heap.deferred.is_active() || !heap.deferred.is_pending() {
        return;
    }
    let limit = match kind {
        Kind::Young { work_limit: Some(limit) } => limit.get().div_ceil(2),
        _ => usize::MAX,
    };
    // No user code runs before the counts are given up: what dies of that has ended, and at this
    // depth is only linked.
    let depth = heap.depth.replace(DEEPEST);
    heap.deferred.set_active(true);
    for block in std::iter::from_fn(|| heap.deferred.take_kept()).take(limit) {
        // SAFETY: by *deferred*, the entry that was taken owned one count, which is given up here.
        unsafe { release::release_kept(heap, block) };
    }
    heap.deferred.set_active(false);
    heap.depth.set(depth);
    for block in std::iter::from_fn(|| heap.deferred.take_ended()).take(limit) {
        report.finalized += 1;
        let name = block.header().vtable().name;
        // SAFETY: by *deferred*, the block has ended and is in no list any more.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| unsafe { release::finalize_ended(block) })) {
            report.panicked_finalizer.get_or_insert_with(name);
            keep_first(panic, payload);
        }
    }
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| release::drain(heap))) {
        keep_first(panic, payload);
    }
}
