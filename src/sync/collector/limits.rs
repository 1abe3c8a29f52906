//! Which blocks a collection enters, and how many.

use super::pacing;
use crate::policy::Kind;

/// An age that no block reaches.
const NEVER: u8 = u8::MAX;

/// The limits of a collection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    /// Blocks of this age are not entered, except as roots.
    pub(super) old_age: u8,
    pub(super) promote_after: u8,
    /// How many blocks may be traced in one round.
    pub(super) per_round: usize,
    /// How many of the nodes may be traced in this round.
    pub(super) this_round: usize,
    /// The trace is suspended when the [work](super::capture::Capture::work) has reached this
    /// number.
    pub(super) suspend_at: usize,
}

impl Limits {
    /// The limits of a collection of this kind, which is not suspended.
    pub(super) fn of(kind: Kind) -> Self {
        let promote_after = pacing::config().promote_after;
        let (old_age, per_round) = match kind {
            Kind::Young { work_limit } => {
                (promote_after, work_limit.map_or(usize::MAX, |limit| limit.get()))
            }
            _ => (NEVER, usize::MAX),
        };
        Self { old_age, promote_after, per_round, this_round: per_round, suspend_at: usize::MAX }
    }

    /// Whether every block is entered, whatever its age.
    pub(super) fn is_full(&self) -> bool {
        self.old_age == NEVER
    }
}
