//! What an automatic collection does with finalizers that wait until the program collects.
//!
//! A dead block whose finalizer is still to be called is kept: a list of the heap gets a count of
//! it, so it lives like a block with an external count, with all that it reaches. The rest of the
//! dead are reclaimed. Nothing has to be found again later: the list gives up its counts before a
//! collection that calls finalizers, and that drop makes a candidate of each block. Before a young
//! collection, the list keeps its counts if some of its blocks may be old.
//!
//! Not `forbid(unsafe_code)` because the counts of the list are given up here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::GivenUp;
use super::decide::{Decided, Live};
use crate::local::raw::BlockPtr;
use crate::local::raw::Heap;
use crate::local::raw::{death, drop, finalizer};
use crate::policy::Kind;
use crate::raw::depth::DEEPEST;
use crate::raw::unwind::{Payload, keep_first};
use crate::report::CollectionReport;

/// Keeps the dead blocks that wait for their finalizers, if finalizers wait, and marks what they
/// reach as live.
pub(super) fn keep_finalizable<'a>(
    heap: &Heap,
    mut decided: Decided<'a>,
) -> Result<Decided<'a>, GivenUp> {
    if heap.deferred.is_active() {
        keep(heap, &mut decided)?;
    }
    Ok(decided)
}

#[cold]
fn keep(heap: &Heap, decided: &mut Decided<'_>) -> Result<(), GivenUp> {
    let is_full = decided.captured().limits.is_full;
    if is_full && heap.deferred.is_pending() {
        heap.deferred.require_full();
    }
    if !decided.has_finalizers_to_call() {
        return Ok(());
    }
    let count = decided.captured().blocks().iter().filter(|block| is_kept(block)).count();
    heap.deferred.reserve(count).map_err(|_| GivenUp::NoMemory)?;
    let first = decided.live_count();
    decided.mark_kept(is_kept)?;
    // From here on nothing can fail.
    let Live::Some(live) = &decided.live else { unreachable!("kept blocks are live") };
    let block_at = |&index: &u32| decided.captured().blocks()[index as usize];
    live[first..first + count].iter().map(block_at).for_each(|block| heap.deferred.keep(block));
    if is_full {
        heap.deferred.require_full();
    } else {
        // A young collection is to find them again, and does not enter old blocks. From here on a
        // block is no older than the kept blocks that it reaches, because collections that capture
        // it capture these too.
        live[first..].iter().map(block_at).for_each(|block| block.header().reset_age());
    }
    Ok(())
}

/// Whether the block is dead, and its finalizer is still to be called.
fn is_kept(block: &BlockPtr) -> bool {
    block.header().is_dead() && !block.header().is_finalized()
}

/// Ends the wait of finalizers that automatic collections have left, in a collection that calls
/// finalizers.
///
/// Kept blocks become candidates, and this collection decides again whether they are dead. Blocks
/// that have ended are finalized at once. A limited collection takes no more blocks of either sort
/// than it takes candidates. If kept blocks may be old, a young collection takes none of them, as
/// it would not find them dead. Returns whether blocks became candidates that a collection is to
/// decide.
pub(super) fn end_deferral(
    heap: &Heap,
    kind: Kind,
    report: &mut CollectionReport,
    panic: &mut Option<Payload>,
) -> bool {
    if heap.deferred.is_active() || !heap.deferred.is_pending() {
        return false;
    }
    let limit = match kind {
        Kind::Young { work_limit: Some(limit) } => limit.get().div_ceil(2),
        _ => usize::MAX,
    };
    let mut are_released = kind == Kind::Full && heap.deferred.take_undecided();
    let takes_kept = kind == Kind::Full || {
        heap.deferred.look_for_old(limit, heap.promote_after.get());
        !heap.deferred.may_be_old()
    };
    let kept_limit = if takes_kept { limit } else { 0 };
    // No user code runs before the counts are given up: a block that dies by that has ended, and at
    // this depth is only linked.
    let depth = heap.depth.replace(DEEPEST);
    heap.deferred.set_active(true);
    for block in std::iter::from_fn(|| heap.deferred.take_kept()).take(kept_limit) {
        // SAFETY: by *deferred*, the entry that was taken owned one count, which is given up here.
        unsafe { drop::release_kept(heap, block) };
        are_released = true;
    }
    heap.deferred.set_active(false);
    heap.depth.set(depth);
    for block in std::iter::from_fn(|| heap.deferred.take_ended()).take(limit) {
        report.finalized += 1;
        let name = block.header().vtable().name;
        // SAFETY: by *deferred*, the block has ended and is in no list any more.
        let finalize = || unsafe { finalizer::finalize_ended(block) };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(finalize)) {
            report.panicked_finalizer.get_or_insert_with(name);
            keep_first(panic, payload);
        }
    }
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| death::drain(heap))) {
        keep_first(panic, payload);
    }
    are_released
}
