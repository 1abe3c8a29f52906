//! What a user sees of the heap, and whether the heap is in order.

use crate::raw::{BlockPtr, heap};

#[cfg(recyc_sabotage)]
pub use crate::raw::heap::Sabotage;

/// The addresses of the values, as from [`Gc::as_ptr`](crate::Gc::as_ptr), that the next collections start from.
///
/// Every dead cycle can be reached from one of them.
#[must_use]
pub fn candidates() -> Vec<usize> {
    heap(|heap| {
        let mut all = heap.young.snapshot();
        all.extend(heap.old.snapshot());
        all.extend(heap.scratch.snapshot());
        all.into_iter().map(BlockPtr::value_addr).collect()
    })
}

/// How many blocks this thread has: every value in a [`Gc`](crate::Gc), reachable or not.
#[must_use]
pub fn live_blocks() -> usize {
    heap(|heap| heap.balance.live())
}

/// Checks what this thread's heap keeps about itself. Takes time in proportion to the number of candidates.
///
/// # Panics
///
/// If something is not as it must be, which is a bug in this crate or in some `unsafe` code.
pub fn check() {
    heap(|heap| {
        for block in heap.young.snapshot() {
            let header = block.header();
            assert!(heap.young.contains(block), "a young candidate does not know its index: {header:?}");
            assert!(!header.is_armed(), "a young candidate is armed: {header:?}");
            assert!(!header.is_visited(), "a candidate is in the captured state: {header:?}");
            assert!(header.count() > 0, "a candidate has no handle: {header:?}");
            assert!(!header.vtable().is_leaf(), "a leaf is a young candidate: {header:?}");
        }
        for set in [heap.old.snapshot(), heap.frozen.snapshot(), heap.scratch.snapshot()] {
            for block in set {
                let header = block.header();
                assert!(header.is_in_old(), "an old candidate does not know it: {header:?}");
                assert!(!header.is_visited(), "a candidate is in the captured state: {header:?}");
                assert!(header.count() > 0, "a candidate has no handle: {header:?}");
            }
        }
        assert!(!heap.collecting.get() || heap.to_free.get().is_none() || heap.depth.get() > 0);
    });
}

/// Switches a safeguard of this thread's heap off, or all on again.
#[cfg(recyc_sabotage)]
pub fn sabotage(what: Option<Sabotage>) {
    heap(|heap| heap.sabotage.set(what));
}
