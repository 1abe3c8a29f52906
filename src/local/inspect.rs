//! Inspection of a thread's heap, and checks of its state.

use crate::Trace;
use crate::local::raw::BlockPtr;
use crate::local::raw::check;
use crate::local::raw::heap;

#[cfg(recyc_mutants)]
#[doc(hidden)]
pub use crate::mutants::{Mutant, mutants};

/// The addresses of the values, as from [`Gc::as_ptr`](crate::Gc::as_ptr), that the next
/// collections start from.
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

/// Checks the records of this thread's heap: the lists of candidates and the flags of their blocks.
/// Takes time in proportion to the number of candidates.
///
/// # Panics
///
/// If something is not as it must be, which is a bug in this crate or in some `unsafe` code.
pub fn check() {
    heap(check::candidates);
}

/// Checks the records as [`check`] does, and every block that can be reached from the handles in
/// `value` or from candidates. Takes time and memory in proportion to their number, which is
/// returned. Does nothing in the middle of a collection.
///
/// # Panics
///
/// As [`check`], and if a `trace` does.
///
/// # Examples
///
/// The end of a test, for a type whose [`Trace`] is written by hand:
///
/// ```
/// use recyc::{Gc, GcCell, Trace};
///
/// #[derive(Trace)]
/// struct Node(GcCell<Option<Gc<Node>>>);
///
/// let two = Gc::new(Node(GcCell::new(Some(Gc::new(Node(GcCell::new(None)))))));
/// assert_eq!(recyc::inspect::check_reachable(&two), 2);
/// ```
pub fn check_reachable(value: &(impl Trace + ?Sized)) -> usize {
    heap(|heap| check::reachable(heap, |tracer| value.trace(tracer)))
}
