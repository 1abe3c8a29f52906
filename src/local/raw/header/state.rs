//! The state word of a header: the index in a list of candidates, or what a collection has found.

use std::fmt;

use super::Header;
use crate::raw::fallible::LONGEST_LIST;

/// What the running collection, or a list of candidates, has recorded about a block.
///
/// | state    | bit 31 | bit 30 | the rest                                                        |
/// |----------|--------|--------|-----------------------------------------------------------------|
/// | idle     | 0      | 0      | [`NOWHERE`]: the block is in no list of candidates              |
/// | listed   | 0      | 0      | the index in a list of candidates, if that entry is this block  |
/// | captured | 1      | -      | the external count so far                                       |
/// | dead     | 1      | 0      | once it is decided: the index in the list of captured blocks    |
/// | live     | 1      | 1      | once it is decided: the number of retained handles              |
///
/// A captured block is dead unless the decision marks it live, so *captured* and *dead* look alike.
/// An external count of `2^30` or more sets bit 30. The decision overwrites such a word before it
/// reads bit 30. A handle is **retained** if the dead are known not to own it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(super) struct State(u32);

/// The state of a block that is in no list of candidates. No list has that many entries.
pub(crate) const NOWHERE: u32 = LONGEST_LIST;
const _: () = assert!(NOWHERE < State::LIVE);

/// The [retained](Header::retained) handles of a live block whose count is not believed, or for
/// which the state has no room: all handles that the block has.
pub(crate) const ALL_RETAINED: u32 = State::LIVE - 1;

/// The retained handles of a live block that has [lost](Header::lose_one) a handle.
const LOST: u32 = ALL_RETAINED - 1;

impl State {
    const CAPTURED: u32 = 1 << 31;
    const LIVE: u32 = 1 << 30;

    pub(super) const IDLE: Self = Self(NOWHERE);

    #[inline]
    fn listed(index: u32) -> Self {
        debug_assert!(index < NOWHERE);
        Self(index)
    }

    #[inline]
    fn captured(external: u32) -> Self {
        Self(Self::CAPTURED | external)
    }

    #[inline]
    fn dead(index: u32) -> Self {
        debug_assert!(index < NOWHERE);
        Self(Self::CAPTURED | index)
    }

    #[inline]
    fn live(retained: u32) -> Self {
        Self(Self::CAPTURED | Self::LIVE | retained.min(ALL_RETAINED))
    }

    #[inline]
    fn is_captured(self) -> bool {
        self.0 & Self::CAPTURED != 0
    }

    #[inline]
    fn is_dead(self) -> bool {
        self.0 & (Self::CAPTURED | Self::LIVE) == Self::CAPTURED
    }

    #[inline]
    fn is_live(self) -> bool {
        self.0 & (Self::CAPTURED | Self::LIVE) == Self::CAPTURED | Self::LIVE
    }

    /// The index of a dead block, or the retained handles of a live one.
    #[inline]
    fn rest(self) -> u32 {
        self.0 & !(Self::CAPTURED | Self::LIVE)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rest() {
            _ if *self == Self::IDLE => write!(f, "idle"),
            index if !self.is_captured() => write!(f, "listed at {index}"),
            ALL_RETAINED if self.is_live() => write!(f, "live, all handles retained"),
            LOST if self.is_live() => write!(f, "live, has lost a handle"),
            retained if self.is_live() => write!(f, "live, {retained} handles retained"),
            rest => write!(f, "captured, external count or index {rest}"),
        }
    }
}

impl Header {
    /// The index of the block in the list of candidates that it is in.
    #[inline]
    pub(crate) fn list_index(&self) -> u32 {
        self.state.get().0
    }

    #[inline]
    pub(crate) fn set_list_index(&self, index: u32) {
        self.state.set(State::listed(index));
    }

    /// Whether the block may be in a list of candidates.
    #[inline]
    pub(crate) fn may_be_listed(&self) -> bool {
        self.state.get() != State::IDLE
    }

    /// Leaves the captured state and any list of candidates.
    #[inline]
    pub(crate) fn set_idle(&self) {
        self.state.set(State::IDLE);
    }

    #[inline]
    pub(crate) fn is_captured(&self) -> bool {
        self.state.get().is_captured()
    }

    /// Enters the captured state with the given external count.
    #[inline]
    pub(crate) fn capture(&self, external: u32) {
        self.state.set(State::captured(external));
    }

    /// Whether the block is captured and every handle was found in a captured block.
    #[inline]
    pub(crate) fn is_internal(&self) -> bool {
        self.state.get() == State::captured(0)
    }

    /// Subtracts a handle that a captured block owns from the external count.
    #[inline]
    pub(crate) fn subtract_one(&self) {
        debug_assert!(self.external() > 0);
        self.state.set(State(self.state.get().0.wrapping_sub(1)));
    }

    /// The external count of a captured block, as far as it is known.
    #[inline]
    pub(crate) fn external(&self) -> u32 {
        self.state.get().0 & !State::CAPTURED
    }

    /// Whether the block is captured and dead, as far as the decision has come.
    #[inline]
    pub(crate) fn is_dead(&self) -> bool {
        self.state.get().is_dead()
    }

    /// Sets the index of a block that may be dead in the list of captured blocks, below
    /// [`NOWHERE`].
    #[inline]
    pub(crate) fn set_captured_index(&self, index: u32) {
        debug_assert!(self.is_internal());
        self.state.set(State::dead(index));
    }

    /// The index that was set last.
    #[inline]
    pub(crate) fn captured_index(&self) -> u32 {
        self.state.get().rest()
    }

    /// Marks a captured block as live. The dead are known not to own `retained` of its handles.
    #[inline]
    pub(crate) fn mark_live(&self, retained: u32) {
        self.state.set(State::live(retained));
    }

    #[inline]
    pub(crate) fn is_live(&self) -> bool {
        self.state.get().is_live()
    }

    /// Records one more handle of a live block that the dead do not own.
    #[inline]
    pub(crate) fn retain_one(&self) {
        debug_assert!(self.is_live());
        if self.retained() < ALL_RETAINED {
            self.state.set(State(self.state.get().0 + 1));
        }
    }

    /// The number of handles of a live block that the dead are known not to own, or
    /// [`ALL_RETAINED`].
    #[inline]
    pub(crate) fn retained(&self) -> u32 {
        self.state.get().rest()
    }

    /// The number of handles of a live block that the dead own, if they own all that are not
    /// retained.
    #[inline]
    pub(crate) fn owned_by_dead(&self) -> u32 {
        let retained = self.retained();
        if retained < ALL_RETAINED { self.count().saturating_sub(retained) } else { 0 }
    }

    /// Takes a handle that the dead own from a live block whose retained handles are not counted.
    /// The last handle is leaked: the block is live, so the capture has not seen that handle.
    #[inline]
    pub(crate) fn lose_one(&self) {
        if self.retained() != ALL_RETAINED && self.count() > 1 {
            self.decrement_raw();
            self.mark_live(LOST);
        }
    }

    /// Whether the block has lost a handle by [`lose_one`](Self::lose_one). A block with `2^30`
    /// handles that has lost none may be taken for one that has.
    #[inline]
    pub(crate) fn has_lost(&self) -> bool {
        self.retained() == LOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::raw::vtable::Vtable;

    /// Every index in a list, and none, differs from the captured states.
    #[test]
    fn a_block_at_rest_is_neither_captured_nor_decided() {
        let header = Header::new(Vtable::of::<crate::Gc<u8>>());
        let at_rest =
            || assert!(![header.is_captured(), header.is_dead(), header.is_live()].contains(&true));
        at_rest();
        for index in [0, 1, NOWHERE / 2, NOWHERE - 1] {
            header.set_list_index(index);
            at_rest();
            assert_eq!((header.list_index(), header.may_be_listed()), (index, true));
            header.capture(index);
            assert_eq!(
                (header.is_captured(), header.is_live(), header.external()),
                (true, false, index)
            );
            header.set_idle();
            at_rest();
            assert!(!header.may_be_listed());
        }
    }

    #[test]
    fn the_state_word_describes_itself_in_words() {
        let described = |state: State| format!("{state:?}");
        assert_eq!(described(State::IDLE), "idle");
        assert_eq!(described(State::listed(7)), "listed at 7");
        assert_eq!(described(State::captured(2)), "captured, external count or index 2");
        assert_eq!(described(State::live(3)), "live, 3 handles retained");
        assert_eq!(described(State::live(u32::MAX)), "live, all handles retained");
        assert_eq!(described(State::live(LOST)), "live, has lost a handle");
    }
}
