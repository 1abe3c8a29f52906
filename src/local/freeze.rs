//! Takes the present candidates out of collections, as Python's `gc.freeze` does.

use crate::local::raw::heap;
use crate::local::raw::old_set::OldSet;
use crate::policy::sample;

/// Takes all present candidates out of collections, until [`unfreeze`].
///
/// For values that are built once and kept until the program ends: after start-up, before a loop or
/// a `fork`. Collections do not start from frozen candidates. A frozen value that is reached from
/// another candidate is captured like any other, and one that dies by counting is freed like any
/// other. A dead cycle whose only candidates are frozen is found after `unfreeze`.
///
/// Takes time in proportion to the number of candidates. Candidates for which there is no memory
/// stay what they are.
///
/// # Examples
///
/// ```
/// use recyc::{Gc, GcCell, Trace};
///
/// #[derive(Trace)]
/// struct Node(GcCell<Option<Gc<Node>>>);
///
/// let node = Gc::new(Node(GcCell::new(None)));
/// node.0.set(Some(node.clone()));
/// drop(node); // garbage, but:
/// recyc::freeze();
/// assert_eq!(recyc::frozen_count(), 1);
/// assert_eq!(recyc::collect().reclaimed, 0);
/// recyc::unfreeze();
/// assert_eq!(recyc::collect().reclaimed, 1);
/// ```
pub fn freeze() {
    heap(|heap| {
        let mut candidates = Vec::new();
        if heap.frozen.reserve(heap.young.len() + heap.old.len()).is_err()
            || heap.old.drain_into(&mut candidates).is_err()
        {
            return;
        }
        candidates.iter().for_each(|&block| OldSet::leave(block));
        // Without memory the young ones stay where they are.
        _ = heap.young.drain_into(&mut candidates);
        heap.young.measure_after(sample::FIRST);
        for block in candidates {
            // A frozen candidate is registered already; another drop need not do it again.
            block.header().set_idle();
            block.header().quiet();
            heap.frozen.insert(block);
        }
    });
}

/// Makes the frozen candidates candidates again. The next full collection starts from them.
///
/// Takes time in proportion to their number.
pub fn unfreeze() {
    heap(|heap| {
        let mut candidates = Vec::new();
        if heap.old.reserve(heap.frozen.len()) && heap.frozen.drain_into(&mut candidates).is_ok() {
            for block in candidates {
                // A block that lost a handle while it was frozen is in the young buffer.
                if !heap.young.contains(block) {
                    heap.old.insert(block);
                }
            }
        }
    });
}

/// How many candidates are frozen.
#[must_use]
pub fn frozen_count() -> usize {
    heap(|heap| heap.frozen.len())
}
