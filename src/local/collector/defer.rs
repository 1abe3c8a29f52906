//! What an automatic collection does with finalizers that wait until the program collects.
//!
//! A dead block whose finalizer is still to be called is kept: a list of the heap gets a count of
//! it, so it lives like a block with a handle outside, with all that it reaches. The rest of the
//! dead are reclaimed. Nothing has to be found again later: the list gives up its counts before a
//! collection that calls finalizers, and that drop makes a candidate of each block.

use super::capture::{Capture, waits};
use super::{GivenUp, decide};
use crate::local::raw::BlockPtr;
use crate::local::raw::Heap;

/// Keeps the dead blocks that wait for their finalizers, if finalizers wait, and marks what they
/// reach as live.
pub(crate) fn keep_finalizable(heap: &Heap, capture: &mut Capture) -> Result<(), GivenUp> {
    if !heap.deferred.is_active() {
        return Ok(());
    }
    if capture.is_full() && heap.deferred.is_pending() {
        heap.deferred.require_full();
    }
    if !capture.has_finalizers_to_call() {
        return Ok(());
    }
    let count = capture.blocks().iter().filter(|block| is_kept(block)).count();
    heap.deferred.reserve(count).map_err(|_| GivenUp::NoMemory)?;
    if capture.all_dead() {
        // The decision has looked at no block, so none has a place, and it is not known what the
        // live own.
        capture.blocks().iter().enumerate().for_each(|(place, block)| block.header().set_captured_index(place as u32));
        capture.owners_known = capture.has_owners();
    }
    let live = capture.live();
    decide::mark_kept(capture, is_kept)?;
    // From here on nothing can fail.
    for &place in &capture.marked[live..live + count] {
        heap.deferred.keep(capture.blocks()[place as usize]);
    }
    capture.found_outside(count);
    if capture.is_full() {
        heap.deferred.require_full();
    } else {
        // A young collection is to find them again, and does not enter old blocks.
        capture.marked[live..].iter().for_each(|&place| capture.blocks()[place as usize].header().get_younger());
    }
    Ok(())
}

/// Whether the block is dead, and its finalizer is still to be called.
fn is_kept(block: &BlockPtr) -> bool {
    block.header().is_dead() && waits(*block)
}
