//! The last words of the dead.
//!
//! As in PEP 442: the finalizers of a dead set run while every member and every neighbour is whole and every `Weak` can be
//! upgraded; then it is decided again, because a finalizer may have made members reachable, by moves that leave no trace
//! in any count. Only what is dead in the second decision is destroyed. A finalizer runs once in the life of a value.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::capture::{Capture, waits};
use super::{Payload, keep_first, survivors};
use crate::raw::Heap;
use crate::raw::heap::Sabotage;
use crate::stats::Collected;

/// Calls the finalizers of the dead, and makes the dead the roots of the next round.
pub(crate) fn finalize_dead(heap: &Heap, capture: &mut Capture, report: &mut Collected, panic: &mut Option<Payload>) {
    // A finalizer may drop, clone, register and even free survivors, so those are put to rest before the first one runs.
    // The dead are at rest as well: a finalizer may register them.
    survivors::rest(heap, capture, false);
    for block in capture.blocks() {
        block.header().rest();
    }
    // Each dead block gets a count of ours, or a finalizer that drops its neighbour's last handle would free it under us.
    let pins = capture.blocks().len();
    if !heap.is_sabotaged(Sabotage::NoPin) {
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
    if !heap.is_sabotaged(Sabotage::NoPin) {
        capture.blocks().iter().for_each(|block| block.header().decrement_raw());
    }
    capture.next_round();
}
