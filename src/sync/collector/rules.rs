//! The rules of a collection that a test can leave out, one function for each; see [`raw::rules`].
//!
//! [`raw::rules`]: crate::sync::raw::rules

use super::Collector;
use super::node::Node;
use super::turn::Turn;
use crate::mutants::{Mutant, without};
use crate::raw::guards::Guards;

/// The number of blocks of a window that may be verified. Nothing changes the wanted size, except
/// for models of the commit: these release each value at once.
pub(super) fn window_size(wanted: usize) -> usize {
    if without(Mutant::NoWindow) { 1 } else { wanted }
}

/// Whether a window is verified when it holds all that its blocks reach. It is, except in models of
/// the commit.
pub(super) fn verifies_windows() -> bool {
    !without(Mutant::NoWindow)
}

/// Whether the handles that were found are all that there are, as the decision presumes.
#[inline(always)]
pub(super) fn is_explained(count: u32, found: u32) -> bool {
    count == found || without(Mutant::NoDecision)
}

/// Whether a block is presumed live that a live block reaches. It is, except in models of the
/// commit.
#[inline(always)]
pub(super) fn reached_is_live() -> bool {
    !without(Mutant::NoDecision)
}

/// Keeps the locks in a value that was read, until the group of its block is decided.
#[inline(always)]
pub(super) fn keep_locks(guards: &mut Guards) {
    if without(Mutant::NoFreeze) {
        guards.release();
    }
}

/// Whether only handles in the window keep the memory of the block, so that the collection needs a
/// pin before the window ends.
#[inline(always)]
pub(super) fn needs_pin(node: &Node) -> bool {
    !node.has_entry() && !node.is_in_group() && !without(Mutant::NoHold)
}

/// Whether a value with a cell that could not be read is settled. It is not: the cell may be filled
/// later.
#[inline(always)]
pub(super) fn unread_is_settled() -> bool {
    without(Mutant::UnreadSettled)
}

/// Verifies a group that is presumed dead by `verify`, which returns `None` if the group lives.
pub(super) fn verified<V: Default>(verify: impl FnOnce() -> Option<V>) -> Option<V> {
    if without(Mutant::NoCommit) { Some(V::default()) } else { verify() }
}

/// Whether the first attempt at a group is closed to upgrades. It is not, as no upgrade has
/// disturbed the group yet.
pub(super) fn closes_first_attempt() -> bool {
    without(Mutant::CloseFirst)
}

/// Whether the dead whose finalizers are due are made live after the last round. They are.
pub(super) fn waiting_are_live() -> bool {
    !without(Mutant::NoRevival)
}

/// Whether the second reading of a word equals the first one.
#[inline(always)]
pub(super) fn is_unchanged(node: &Node) -> bool {
    // Acquire: as for the first reading.
    let read = || node.block.header().settled_word().count_and_version();
    without(Mutant::OneRound) || read() == node.count_and_version
}

/// Gives a suspended collection up, whose captured blocks another one may have captured too.
pub(super) fn give_suspended_up(collector: &mut Collector) {
    if !without(Mutant::LeaveSuspended) {
        super::give_suspended_up(collector, false);
    }
}

/// Whether a collection may be suspended, which it may if no other one is.
pub(super) fn may_suspend(collector: &Collector) -> bool {
    collector.suspended.is_none() || without(Mutant::SuspendTwice)
}

/// Releases the collector's lock before values are destroyed: that runs user code.
pub(super) fn unlock_for_destructors(turn: Turn) -> impl Sized {
    without(Mutant::LockWhileDestroying).then_some(turn)
}
