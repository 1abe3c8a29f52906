//! Inspection of the shared heap, and checks of its state.

use super::collector::{self, with_all_candidates};
use super::raw::{BlockPtr, candidates};
use crate::Trace;

/// The addresses of the values, as from [`Gc::as_ptr`](crate::sync::Gc::as_ptr), that the next
/// collections start from.
///
/// Every dead cycle can be reached from one of them, except while threads are in the middle of
/// letting go of handles. Waits for a collection that decides.
///
/// # Panics
///
/// In a call from a `trace`, which would wait for its own collection.
#[must_use]
pub fn candidates() -> Vec<usize> {
    with_all_candidates(|young, old, _| {
        let entries = young.iter().chain(old.iter());
        entries.filter_map(BlockPtr::root_addr).collect()
    })
}

/// How many blocks there are: every value in a [`Gc`](crate::sync::Gc), reachable or not, as far as
/// one can tell while threads come and go.
#[must_use]
pub fn live_blocks() -> usize {
    candidates::totals().1
}

/// Checks what the heap keeps about itself. Takes time in proportion to the number of candidates,
/// and waits for a collection that decides. Other threads may use the heap in the meantime.
///
/// # Panics
///
/// If something is not as it must be, which is a bug in this crate or in some `unsafe` code. Also
/// in a call from a `trace`, which would wait for its own collection.
pub fn check() {
    with_all_candidates(|young, old, frozen| {
        for block in young.iter().chain(old.iter()).chain(frozen.iter()) {
            let word = block.header().word();
            assert!(word.is_buffered(), "a candidate does not know its entry: {word:?}");
            assert!(!word.is_leaf(), "a leaf is a candidate: {word:?}");
            assert!(!word.is_frozen(), "a block is frozen, and no collection runs: {word:?}");
        }
    });
}

/// Checks the lists as [`check`] does, and every block that can be reached from the handles in
/// `value` or from candidates. Returns the number of these blocks. Takes time and memory in
/// proportion to it. Does nothing in the middle of a collection of this thread.
///
/// The other threads must be at rest, or wait for this call. If another thread uses the heap at
/// this time, then
///
/// - a handle which that thread moves may be found twice, or a block may be found whose entry that
///   thread has not yet handed over. In both cases this function panics, although nothing is wrong;
/// - a value behind a lock which that thread holds is not checked;
/// - `Gc::get_mut`, `Gc::try_unwrap` and the like may return `None` or an error there for an only
///   handle, because this function pins each block that it has found.
///
/// # Panics
///
/// As [`check`], if a `trace` panics, and without a fault if another thread is not at rest, see
/// above.
///
/// # Examples
///
/// The end of a test, for a type whose [`Trace`] is written by hand:
///
/// ```
/// use recyc::{Trace, sync::Gc};
/// use std::sync::Mutex;
///
/// #[derive(Trace)]
/// struct Node(Mutex<Option<Gc<Node>>>);
///
/// let two = Gc::new(Node(Mutex::new(Some(Gc::new(Node(Mutex::new(None)))))));
/// assert_eq!(recyc::sync::inspect::check_reachable(&two), 2);
/// ```
pub fn check_reachable(value: &(impl Trace + ?Sized)) -> usize {
    collector::check::reachable(|tracer| value.trace(tracer))
}
