//! The registration of candidates: a block that loses a handle and lives on goes into a list.
//!
//! The usual case, a list with room, is `register` in [`drop`](super::drop).

use super::block::BlockPtr;
use super::exit;
use super::heap::Heap;
use super::heap::heap;
use crate::raw::sizes::size;

/// Makes a quiet block a candidate that is old, or in the old set though it is young, or for which
/// the young buffer must grow. Without memory for that the block is armed again, so that the next
/// drop tries again.
#[cold]
#[inline(never)]
pub(super) fn register_slow(block: BlockPtr) {
    heap(|heap| {
        let is_old = block.header().age() >= heap.promote_after.get();
        // After the last collection of the thread no block is registered.
        let is_registered = exit::prepare(heap)
            && if is_old { heap.old.insert(block) } else { register_as_young(heap, block) };
        if !is_registered {
            block.header().arm();
        }
    });
}

/// Registers a block that is not old and may be in the old set. In the young buffer a young
/// collection finds it again.
fn register_as_young(heap: &Heap, block: BlockPtr) -> bool {
    if heap.young.must_be_measured() {
        heap.pacing.measure_soon(heap);
    }
    if heap.young.has_room() || grow_young(heap) {
        heap.old.remove(block);
        heap.young.push(block)
    } else {
        heap.old.contains(block)
    }
}

/// Makes room in the young buffer. Returns `false` if there is no memory.
fn grow_young(heap: &Heap) -> bool {
    if heap.young.compact() {
        return true;
    }
    heap.pacing.young_grows(heap);
    heap.young.reserve(size(32, 2))
}

/// Takes a block out of all lists of candidates, so that no collection starts from it, and lets its
/// next drop register it.
#[inline]
pub(crate) fn deregister(block: BlockPtr) {
    heap(|heap| {
        if heap.young.remove(block) {
            block.header().set_idle();
            block.header().arm();
        }
        if block.header().is_in_old() {
            heap.remove_old(block);
            block.header().arm();
        }
    });
}
