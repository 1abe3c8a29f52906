//! The flags of a captured block, which one byte holds.

use std::fmt;

/// What the running collection has found out and decided about a captured block.
///
/// The decision is one of four states:
///
/// | decision      | `PRESUMED_DEAD` | `IN_GROUP` | `MARKED_DEAD` | meaning                                        |
/// |---------------|-----------------|------------|---------------|------------------------------------------------|
/// | live          | 0               | 0          | 0             | live, or not decided yet                       |
/// | presumed dead | 1               | 0          | 0             | to be verified, or waiting for its finalizer   |
/// | in the group  | -               | 1          | 0             | frozen, in the group that is being verified    |
/// | marked dead   | -               | 0          | 1             | verified: a [`DeadBlock`](super::DeadBlock)    |
///
/// The other flags are independent of the decision and of each other, but what is incomplete is
/// also unsettled:
///
/// | flag         | meaning                                                                            |
/// |--------------|------------------------------------------------------------------------------------|
/// | `ENTRY`      | the collection has taken over an entry of a candidate list, and the entry's pin    |
/// | `HELD`       | the collection has its own pin                                                     |
/// | `TRACED`     | the value was read                                                                 |
/// | `UNSETTLED`  | the value has a handle that was not seen or leads to a live block, or may get one  |
/// | `INCOMPLETE` | some handles of the value were not counted                                         |
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(super) struct State(u8);

impl State {
    const ENTRY: u8 = 1 << 0;
    const HELD: u8 = 1 << 1;
    const TRACED: u8 = 1 << 2;
    const PRESUMED_DEAD: u8 = 1 << 3;
    const IN_GROUP: u8 = 1 << 4;
    const MARKED_DEAD: u8 = 1 << 5;
    const UNSETTLED: u8 = 1 << 6;
    const INCOMPLETE: u8 = 1 << 7;

    /// A block that a candidate entry leads to.
    pub(super) const ROOT: Self = Self(Self::ENTRY);
    /// A block that a handle leads to.
    pub(super) const REACHED: Self = Self(0);

    #[inline]
    fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    #[inline]
    pub(super) fn has_entry(self) -> bool {
        self.has(Self::ENTRY)
    }

    #[inline]
    pub(super) fn is_held(self) -> bool {
        self.has(Self::HELD)
    }

    #[inline]
    pub(super) fn is_traced(self) -> bool {
        self.has(Self::TRACED)
    }

    /// Whether the block is presumed dead, also while it is in the group or marked dead.
    #[inline]
    pub(super) fn is_presumed_dead(self) -> bool {
        self.has(Self::PRESUMED_DEAD)
    }

    #[inline]
    pub(super) fn is_in_group(self) -> bool {
        self.has(Self::IN_GROUP)
    }

    #[inline]
    pub(super) fn is_marked_dead(self) -> bool {
        self.has(Self::MARKED_DEAD)
    }

    #[inline]
    pub(super) fn is_settled(self) -> bool {
        !self.has(Self::UNSETTLED)
    }

    #[inline]
    pub(super) fn is_complete(self) -> bool {
        !self.has(Self::INCOMPLETE)
    }

    #[inline]
    #[must_use]
    pub(super) fn with_entry(self) -> Self {
        Self(self.0 | Self::ENTRY)
    }

    #[inline]
    #[must_use]
    pub(super) fn held(self) -> Self {
        Self(self.0 | Self::HELD)
    }

    #[inline]
    #[must_use]
    pub(super) fn traced(self) -> Self {
        Self(self.0 | Self::TRACED)
    }

    #[inline]
    #[must_use]
    pub(super) fn presumed_dead(self) -> Self {
        Self(self.0 | Self::PRESUMED_DEAD)
    }

    #[inline]
    #[must_use]
    pub(super) fn in_group(self) -> Self {
        Self(self.0 | Self::IN_GROUP)
    }

    /// The state before the block joined the group.
    #[inline]
    #[must_use]
    pub(super) fn out_of_group(self) -> Self {
        Self(self.0 & !Self::IN_GROUP)
    }

    /// Live, unless the block is marked dead.
    #[inline]
    #[must_use]
    pub(super) fn live(self) -> Self {
        Self(self.0 & !(Self::PRESUMED_DEAD | Self::IN_GROUP))
    }

    #[inline]
    #[must_use]
    pub(super) fn marked_dead(self) -> Self {
        Self(self.0 & !Self::IN_GROUP | Self::MARKED_DEAD)
    }

    #[inline]
    #[must_use]
    pub(super) fn unsettled(self) -> Self {
        Self(self.0 | Self::UNSETTLED)
    }

    #[inline]
    #[must_use]
    pub(super) fn incomplete(self) -> Self {
        Self(self.0 | Self::INCOMPLETE | Self::UNSETTLED)
    }

    /// Before another reading of the value: settled and complete.
    #[inline]
    #[must_use]
    pub(super) fn unread(self) -> Self {
        Self(self.0 & !(Self::UNSETTLED | Self::INCOMPLETE))
    }

    /// At the start of the next round: only the pins are kept.
    #[inline]
    #[must_use]
    pub(super) fn next_round(self) -> Self {
        Self(self.0 & (Self::ENTRY | Self::HELD))
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match () {
            () if self.is_marked_dead() => "marked dead",
            () if self.is_in_group() => "in the group",
            () if self.is_presumed_dead() => "presumed dead",
            () => "live or undecided",
        })?;
        let flags = [
            (self.is_traced(), "traced"),
            (self.has_entry(), "with an entry"),
            (self.is_held(), "held"),
            (!self.is_settled(), "unsettled"),
            (!self.is_complete(), "incomplete"),
        ];
        flags.iter().filter(|(is_set, _)| *is_set).try_for_each(|(_, name)| write!(f, ", {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_state_describes_itself_in_words() {
        let described = |state: State| format!("{state:?}");
        assert_eq!(described(State::REACHED), "live or undecided");
        assert_eq!(described(State::ROOT.traced()), "live or undecided, traced, with an entry");
        assert_eq!(described(State::REACHED.held().presumed_dead()), "presumed dead, held");
        assert_eq!(described(State::REACHED.presumed_dead().in_group()), "in the group");
        assert_eq!(
            described(State::REACHED.incomplete().in_group()),
            "in the group, unsettled, incomplete"
        );
        assert_eq!(described(State::REACHED.in_group().marked_dead()), "marked dead");
    }

    /// The decision changes from each state to each, and leaves the other flags as they are.
    #[test]
    fn a_decision_keeps_the_flags_of_pins_and_readings() {
        let before = State::ROOT.held().traced().unsettled();
        assert_eq!(before.presumed_dead().in_group().live(), before);
        assert_eq!(before.presumed_dead().in_group().out_of_group(), before.presumed_dead());
        assert_eq!(before.in_group().out_of_group(), before);
        let marked = before.in_group().marked_dead();
        assert!(marked.is_marked_dead() && !marked.is_in_group() && !marked.is_presumed_dead());
        assert_eq!(marked.live(), marked, "a block that is marked dead stays so");
        assert_eq!(before.presumed_dead().incomplete().next_round(), State::ROOT.held());
        assert_eq!(before.incomplete().unread(), State::ROOT.held().traced());
    }
}
