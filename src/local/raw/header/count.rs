//! The count word of a header: the number of handles of a block, and whether the block is armed.

use std::fmt;

/// The number of handles of a block, and whether the next drop that is not the last registers it.
///
/// With `c` handles:
///
/// | state                 | value of the word     | drop, not the last | last drop          |
/// |-----------------------|-----------------------|--------------------|--------------------|
/// | quiet                 | `2(c - 1)`            | ends at 0 or above | ends at -2         |
/// | armed, `c ≤ 2^29 + 1` | `2(c - 1) + 1 - 2^30` | ends in `-2^30..0` | ends below `-2^30` |
/// | armed, `c > 2^29 + 1` | `2(c - 1) + 1 - 2^30` | ends above 0       |                    |
///
/// A clone adds 2. So a drop subtracts 2 and tests the sign, and a drop that ends below zero has
/// more to do: it was the last, or it registers the block. The third row merely loses that
/// registration. Bit 0 tells the two states apart, so the number of handles is right up to the
/// overflow, which aborts.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(super) struct Count(i32);

impl Count {
    /// What one handle adds.
    const ONE: i32 = 2;
    /// Bit 0 of the word of an armed block.
    const ARMED: i32 = 1;
    /// What arming adds, apart from bit 0.
    const BIAS: i32 = -(1 << 30);
    /// What arming adds.
    const ARMING: i32 = Self::BIAS + Self::ARMED;

    /// One handle, quiet.
    pub(super) const QUIET: Self = Self(0);
    /// One handle, armed.
    pub(super) const NEW: Self = Self(Self::ARMING);

    /// One handle more, and whether the word has overflowed.
    #[inline(always)]
    pub(super) fn incremented(self) -> (Self, bool) {
        let (word, has_overflowed) = self.0.overflowing_add(Self::ONE);
        (Self(word), has_overflowed)
    }

    /// One handle less. The number of handles may reach zero.
    #[inline(always)]
    pub(super) fn decremented(self) -> Self {
        Self(self.0.wrapping_sub(Self::ONE))
    }

    /// `handles` handles less, where others remain.
    #[inline]
    pub(super) fn decremented_by(self, handles: u32) -> Self {
        Self(self.0.wrapping_sub(Self::ONE.wrapping_mul(handles as i32)))
    }

    /// Whether the drop that ended with this word has more to do: it was the last, or the block is
    /// armed.
    #[inline(always)]
    pub(super) fn has_more_to_do(self) -> bool {
        self.0 < 0
    }

    /// For a word that [has more to do](Self::has_more_to_do): the quiet word, if handles remain.
    #[inline(always)]
    pub(super) fn quieted_candidate(self) -> Option<Self> {
        let remains = self.is_armed() && self.0 >= Self::BIAS;
        remains.then(|| Self(self.0 - Self::ARMING))
    }

    /// The number of handles.
    #[inline]
    pub(super) fn handles(self) -> u32 {
        let word = i64::from(self.0);
        let handles = ((word + ((word & 1) << 30)) >> 1) + 1;
        handles as u32
    }

    #[inline(always)]
    pub(super) fn is_armed(self) -> bool {
        self.0 & Self::ARMED != 0
    }

    /// The armed word of a quiet one.
    #[inline]
    pub(super) fn armed(self) -> Self {
        debug_assert!(!self.is_armed());
        Self(self.0 + Self::ARMING)
    }

    /// The quiet word of an armed one. Returns `None` on overflow: an armed word has room for 1.5
    /// times the handles of a quiet one.
    #[inline]
    pub(super) fn quieted(self) -> Option<Self> {
        debug_assert!(self.is_armed());
        self.0.checked_sub(Self::ARMING).map(Self)
    }

    /// Adds handles to a quiet word that are never released.
    pub(super) fn leaked(self) -> Self {
        Self(self.0.saturating_add(Self::ONE << 28))
    }
}

impl fmt::Debug for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.is_armed() { "armed" } else { "quiet" };
        write!(f, "{} handles, {state}", self.handles())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::raw::header::Header;
    use crate::local::raw::vtable::Vtable;

    /// A test has no memory for these numbers of handles. A program may have it.
    #[test]
    fn a_dead_block_outlives_the_drop_of_all_its_handles() {
        for handles in
            [0, 1, 2, 3, (1 << 28) + 1, (1 << 28) + 9, (1 << 29) + 1, (1 << 30) - 2, (1 << 30) - 1]
        {
            for is_armed in [false, true] {
                let header = Header::new(Vtable::of::<crate::Gc<u8>>());
                let quiet = Count(Count::ONE * (handles - 1));
                header.count.set(if is_armed { quiet.armed() } else { quiet });
                assert_eq!((header.count(), header.is_armed()), (handles as u32, is_armed));
                header.add_keepalive();
                // All the drops at once.
                header.count.set(header.count.get().decremented_by(handles as u32));
                let left = header.count.get();
                assert!(
                    !left.has_more_to_do() && !left.is_armed(),
                    "{handles} drops have freed a dead block"
                );
                assert_eq!(header.count(), 1);
            }
        }
    }

    #[test]
    fn the_table_of_the_count_word_holds() {
        for handles in [2, 3, 100, (1 << 29) - 1] {
            let quiet = Count(Count::ONE * (handles - 1));
            let armed = quiet.armed();
            assert_eq!((quiet.handles(), armed.handles()), (handles as u32, handles as u32));
            assert!(!quiet.decremented().has_more_to_do());
            assert!(armed.decremented().has_more_to_do());
            assert_eq!(armed.decremented().quieted_candidate(), Some(quiet.decremented()));
            assert_eq!(
                (armed.quieted(), quiet.incremented()),
                (Some(quiet), (Count(quiet.0 + 2), false))
            );
        }
        for last in [Count::QUIET, Count::NEW] {
            assert_eq!(last.handles(), 1);
            assert!(last.decremented().has_more_to_do());
            assert_eq!(
                (last.decremented().quieted_candidate(), last.decremented().handles()),
                (None, 0)
            );
        }
        let many = Count(Count::ONE * ((1 << 29) + 1)).armed();
        assert!(
            !many.decremented().has_more_to_do(),
            "a count above 2^29 + 1 loses its registration"
        );
        assert_eq!(many.decremented().handles(), (1 << 29) + 1);
    }

    #[test]
    fn the_count_word_describes_itself_in_words() {
        assert_eq!(format!("{:?}", Count::NEW.incremented().0), "2 handles, armed");
        assert_eq!(format!("{:?}", Count::QUIET.decremented()), "0 handles, quiet");
    }
}
