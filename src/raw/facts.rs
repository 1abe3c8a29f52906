//! Facts about the type of a value, which the vtables of both heaps hold.

use crate::trace::Facts;

/// Facts about a type, as bits, so that a collection can join those of all it has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct TypeFacts(u8);

impl TypeFacts {
    pub(crate) const LEAF: u8 = 1;
    pub(crate) const DROPS: u8 = 2;
    pub(crate) const FINALIZES: u8 = 4;
    pub(crate) const TRIVIAL: u8 = 8;
    pub(crate) const WIDE: u8 = 16;
    const NO_HANDLES: u8 = 64;

    /// The facts that follow from the promises of a type.
    pub(crate) const fn of(facts: Facts) -> Self {
        let leaf = if facts.leaf || facts.acyclic { Self::LEAF } else { 0 };
        let drops = if facts.disposes { 0 } else { Self::DROPS };
        let no_handles = if facts.leaf { Self::NO_HANDLES } else { 0 };
        Self(leaf | drops | no_handles)
    }

    /// These facts and others.
    pub(crate) const fn with(self, bits: u8) -> Self {
        Self(self.0 | bits)
    }

    #[inline]
    pub(crate) fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Owns no handles, or is declared to be on no cycle: never a candidate.
    #[inline]
    pub(crate) fn is_leaf(self) -> bool {
        cfg!(recyc_rc_only) || self.0 & Self::LEAF != 0
    }

    /// Owns no handles. Read by the audit only.
    pub(crate) fn has_no_handles(self) -> bool {
        self.0 & Self::NO_HANDLES != 0
    }

    /// Cannot be disposed: its dead values are dropped by ordinary glue.
    #[inline]
    pub(crate) fn drops(self) -> bool {
        self.0 & Self::DROPS != 0
    }

    /// Has a finalizer.
    #[inline]
    pub(crate) fn finalizes(self) -> bool {
        self.0 & Self::FINALIZES != 0
    }

    /// May be the kind of a `MaybeUninit`: owns no handles and has no finalizer.
    #[inline]
    pub(crate) fn may_be_uninit(self) -> bool {
        self.is_leaf() && !self.finalizes()
    }

    /// Has nothing to drop: the end of its memory is all. Only told of shared values.
    #[inline]
    pub(crate) fn is_trivial(self) -> bool {
        self.0 & Self::TRIVIAL != 0
    }

    /// Has a word in front of the header, see [`wide`](crate::raw::wide).
    #[inline]
    pub(crate) fn is_wide(self) -> bool {
        self.0 & Self::WIDE != 0
    }
}
