//! The step between two decisions: the finalizers of the dead.
//!
//! As in PEP 442: the finalizers of a dead set run while every member and every neighbour is whole
//! and every `Weak` can be upgraded. Then it is decided again, because a finalizer may have made
//! members reachable, by moves that leave no trace in any count. A block is destroyed only if it is
//! dead in the second decision. A finalizer runs once in the life of a value.
//!
//! Not `forbid(unsafe_code)` because the finalizers of values are called here, whose blocks are
//! pinned.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::survivors::Dead;
use crate::local::rules;
use crate::raw::erased;
use crate::raw::unwind::Payload;
use crate::raw::unwind::keep_first;
use crate::report::CollectionReport;

/// Calls the finalizers of the dead, and makes the dead the roots of the next round.
pub(super) fn finalize(dead: Dead<'_>, report: &mut CollectionReport, panic: &mut Option<Payload>) {
    let blocks = dead.blocks();
    // A finalizer may register a dead block, so the dead are idle like the survivors.
    blocks.iter().for_each(|block| block.header().set_idle());
    rules::pin(blocks);
    for &block in blocks {
        if block.header().is_finalized() {
            continue;
        }
        let vtable = block.header().vtable();
        block.header().set_finalized();
        report.finalized += 1;
        // SAFETY: by *count* the pin keeps the value whole, and by *unreached* it is not under
        // `&mut`: it has another handle or none.
        let call = || unsafe { erased::finalize(block) };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(call)) {
            report.panicked_finalizer.get_or_insert_with(vtable.name);
            keep_first(panic, payload);
        }
    }
    // A block whose count is zero now is dead in the decision that follows, so nothing else is done
    // about it here.
    rules::unpin(blocks);
    dead.into_capture().start_next_round();
}
