//! The rules of a thread's heap that a test can leave out, one function for each.
//!
//! With [`Mutant`] a test shows that a rule is needed: some program fails without it. What a
//! function returns or does in any other build is what its first sentence says.

use super::raw::BlockPtr;
use super::raw::register::deregister;
use super::raw::side::Side;
use crate::mutants::{Mutant, without};

/// Whether roots that survive are kept as candidates: if some blocks were not entered, any of which
/// may have led to a root.
pub(crate) fn keeps_roots(is_pruned: bool, is_first_round: bool) -> bool {
    is_pruned
        && !without(Mutant::NoRetainedRoots)
        && (is_first_round || !without(Mutant::NoRetainedRevived))
}

/// Whether survivors are kept as candidates that have lost a handle to the dead: if some blocks
/// were not entered, any of which may have led to a survivor.
pub(crate) fn keeps_losers(is_pruned: bool) -> bool {
    is_pruned && !without(Mutant::NoRetainedTargets)
}

/// Gives each dead block a count of the collection, so that a finalizer that drops the last handle
/// of its neighbour does not free the neighbour.
pub(crate) fn pin(dead: &[BlockPtr]) {
    if !without(Mutant::NoPin) {
        dead.iter().for_each(|block| block.header().increment());
    }
}

/// Takes these counts back, and frees no block.
pub(crate) fn unpin(dead: &[BlockPtr]) {
    if !without(Mutant::NoPin) {
        dead.iter().for_each(|block| block.header().decrement_raw());
    }
}

/// Takes a dead block from its `Weak` handles, before any of the dead is destroyed.
#[inline(always)]
pub(crate) fn detach(block: BlockPtr) {
    if !without(Mutant::WeaksClearedLate) {
        Side::detach(block);
    }
}

/// Takes a block out of collections whose value is about to be put under `&mut`.
#[inline(always)]
pub(crate) fn withdraw(block: BlockPtr) {
    if !without(Mutant::KeepCandidateOnGetMut) {
        deregister(block);
    }
}
