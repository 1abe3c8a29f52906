//! A collection that is given up: its blocks live, and its roots are candidates again.
//!
//! No count was changed before, so a collection can be given up at any point up to the decision.
//!
//! Not `forbid(unsafe_code)` because a block whose last handle was dropped while it was pinned is
//! ended here.

use super::capture::Capture;
use super::decide::Decided;
use crate::local::raw::Heap;
use crate::local::raw::death::die;
use crate::raw::depth::DEEPEST;

/// Gives up a collection that could not decide.
pub(super) fn abandon(heap: &Heap, capture: &mut Capture) {
    for block in &capture.list {
        if block.header().is_captured() {
            block.header().set_idle();
        }
    }
    capture.displaced.settle(heap);
    let roots = capture.roots.all.max(capture.roots.taken_over).min(capture.list.len());
    // The young buffer may have given its memory to the list of the collection.
    heap.young.reserve(capture.roots.young.min(roots));
    make_candidates(heap, capture, roots, capture.roots.young);
}

/// Gives up a decision after the last round. Blocks that would have been dead live until the next
/// collection.
pub(super) fn revive_all(heap: &Heap, decided: Decided<'_>) {
    let capture = decided.into_capture();
    capture.list.iter().for_each(|block| block.header().set_idle());
    capture.displaced.settle(heap);
    let all = capture.list.len();
    make_candidates(heap, capture, all, all);
}

/// Makes the first `count` blocks candidates again. Those up to `young` go to the young buffer, as
/// far as it has room.
fn make_candidates(heap: &Heap, capture: &mut Capture, count: usize, young: usize) {
    // A pinned block may have lost its last handle to a finalizer. It dies, but its value is not
    // destroyed before all blocks have been registered.
    let depth = heap.depth.replace(DEEPEST);
    let mut left = 0;
    for at in 0..count {
        let block = capture.list[at];
        let header = block.header();
        if header.count() == 0 {
            heap.young.remove(block);
            // SAFETY: by *count* the block has no handle. It is idle and not in the young buffer.
            unsafe { die(block) };
        } else if !header.vtable().is_leaf()
            && !heap.young.contains(block)
            && !heap.old.contains(block)
        {
            header.quiet();
            let is_kept = (at < young && heap.young.push(block)) || heap.old.insert(block);
            if !is_kept {
                // There is no memory. The list of the collection is memory too, and waits for the
                // next one.
                capture.list[left] = block;
                left += 1;
            }
        }
    }
    heap.depth.set(depth);
    capture.list.truncate(left);
}
