//! Takes the present candidates out of collections, as Python's `gc.freeze` does.

use super::collector::with_all_candidates;

/// Takes all present candidates out of collections, until [`unfreeze`]. The [local
/// `freeze`](crate::freeze()) does this for the candidates of one thread.
///
/// Waits for a collection that decides. Candidates for which there is no memory stay what they are.
///
/// # Panics
///
/// In a call from a `trace`, which would wait for its own collection.
///
/// # Examples
///
/// ```standalone_crate
/// use recyc::{Trace, sync::{self, Gc}};
/// use std::sync::OnceLock;
///
/// #[derive(Trace)]
/// struct Node(OnceLock<Gc<Node>>);
///
/// let node = Gc::new(Node(OnceLock::new()));
/// _ = node.0.set(node.clone());
/// drop(node); // garbage, but:
/// sync::freeze();
/// assert_eq!(sync::frozen_count(), 1);
/// assert_eq!(sync::collect().reclaimed, 0);
/// sync::unfreeze();
/// assert_eq!(sync::collect().reclaimed, 1);
/// ```
pub fn freeze() {
    with_all_candidates(|young, old, frozen| {
        young.move_all_to(frozen);
        old.move_all_to(frozen);
        frozen.sweep();
    });
}

/// Makes the frozen candidates candidates again. The next full collection starts from them.
///
/// Takes time in proportion to their number. Waits for a collection that decides.
///
/// # Panics
///
/// In a call from a `trace`, as [`freeze`].
pub fn unfreeze() {
    with_all_candidates(|_, old, frozen| frozen.move_all_to(old));
}

/// How many candidates are frozen. Waits for a collection that decides.
///
/// # Panics
///
/// In a call from a `trace`, as [`freeze`].
#[must_use]
pub fn frozen_count() -> usize {
    with_all_candidates(|_, _, frozen| {
        frozen.sweep();
        frozen.len()
    })
}
