//! What `aux` says: a place in a list of candidates while a block is at rest, what a collection has found while it is captured.

use super::{Header, LIVE, NOWHERE, VISITED};

/// So many [held](Header::held) handles of a live block are all that it has, whatever its count says: what is counted cannot
/// be believed, or there is no room for it.
pub(crate) const ALL_HELD: u32 = LIVE - 1;

/// What stands in that place when a live block has [lost](Header::lose_one) a handle.
const LOST: u32 = ALL_HELD - 1;

impl Header {
    /// The block's place in the list of candidates that it is in.
    #[inline]
    pub(crate) fn list_index(&self) -> u32 {
        self.aux.get()
    }

    #[inline]
    pub(crate) fn set_list_index(&self, index: u32) {
        debug_assert!(index < NOWHERE);
        self.aux.set(index);
    }

    /// Whether the block may be in a list of candidates.
    #[inline]
    pub(crate) fn may_be_listed(&self) -> bool {
        self.aux.get() != NOWHERE
    }

    /// Leaves the captured state: in no list of candidates, not visited.
    #[inline]
    pub(crate) fn rest(&self) {
        self.aux.set(NOWHERE);
    }

    #[inline]
    pub(crate) fn is_visited(&self) -> bool {
        self.aux.get() & VISITED != 0
    }

    /// Enters the captured state with `unexplained` handles.
    #[inline]
    pub(crate) fn visit(&self, unexplained: u32) {
        self.aux.set(VISITED | unexplained);
    }

    /// Captured, and every handle was found in a captured block.
    #[inline]
    pub(crate) fn is_explained(&self) -> bool {
        self.aux.get() == VISITED
    }

    /// Captured and dead, as far as it is decided.
    #[inline]
    pub(crate) fn is_dead(&self) -> bool {
        self.aux.get() & (VISITED | LIVE) == VISITED
    }

    /// Notes the place of a captured block that may be dead in the list of captured blocks, below [`NOWHERE`].
    #[inline]
    pub(crate) fn set_place(&self, place: u32) {
        debug_assert!(self.is_explained() && place < NOWHERE);
        self.aux.set(VISITED | place);
    }

    /// The place that was noted last.
    #[inline]
    pub(crate) fn place(&self) -> u32 {
        self.aux.get() & !(VISITED | LIVE)
    }

    /// One more handle was found in a captured block.
    #[inline]
    pub(crate) fn explain_one(&self) {
        debug_assert!(self.unexplained() > 0);
        self.aux.set(self.aux.get().wrapping_sub(1));
    }

    /// How many handles of a captured block were not found yet.
    #[inline]
    pub(crate) fn unexplained(&self) -> u32 {
        self.aux.get() & !VISITED
    }

    /// Captured and decided: lives, and so many of its handles are known not to be owned by the dead.
    #[inline]
    pub(crate) fn mark_live(&self, held: u32) {
        self.aux.set(VISITED | LIVE | held.min(ALL_HELD));
    }

    #[inline]
    pub(crate) fn is_live(&self) -> bool {
        self.aux.get() & (VISITED | LIVE) == VISITED | LIVE
    }

    /// One more of a live block's handles is not owned by the dead.
    #[inline]
    pub(crate) fn hold_one(&self) {
        debug_assert!(self.is_live());
        if self.held() < ALL_HELD {
            self.aux.set(self.aux.get() + 1);
        }
    }

    /// How many handles of a live block are known not to be owned by the dead, or [`ALL_HELD`].
    #[inline]
    pub(crate) fn held(&self) -> u32 {
        self.aux.get() & !(VISITED | LIVE)
    }

    /// How many handles of a live block the dead own, if what has not been told of belongs to them.
    #[inline]
    pub(crate) fn owned_by_dead(&self) -> u32 {
        let held = self.held();
        if held < ALL_HELD { self.count().saturating_sub(held) } else { 0 }
    }

    /// A live block of which it is not known how many handles are held loses one to the dead. The last one is leaked: its
    /// owner has not told of it before, or the block would be dead.
    #[inline]
    pub(crate) fn lose_one(&self) {
        if self.held() != ALL_HELD && self.count() > 1 {
            self.decrement_raw();
            self.mark_live(LOST);
        }
    }

    /// Whether the block has lost some in that way. One that has not may be taken for one that has, if it has 2^30 handles.
    #[inline]
    pub(crate) fn has_lost(&self) -> bool {
        self.held() == LOST
    }
}
