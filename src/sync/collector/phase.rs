//! The phases of a round. Between two shares of a collection its phase is kept as a value.

use super::capture::{Capture, Tracing};
use super::commit::Presumed;
use super::decide::Captured;
use super::reclaim::Dead;
use super::survivors::Decided;

/// The phase that a collection is in. Each value is made from the one before, by the function that
/// does the work of that phase.
pub(super) enum Phase {
    Trace(Tracing),
    Guess(Captured),
    Commit(Presumed),
    Release(Decided),
    Reclaim(Dead),
}

/// What a share of a phase leaves.
pub(super) enum Extent<Next, Same> {
    /// The phase is over.
    All(Next),
    /// The phase can be continued.
    Part(Same),
}

impl Phase {
    /// Turns the phase into a decision to which no block is left that waits for a finalizer: the
    /// decision that was made, or that no more blocks are dead than were marked so. `Err` if the
    /// survivors are released already.
    pub(super) fn give_up(self) -> Result<Decided, Dead> {
        match self {
            Self::Trace(tracing) => Ok(Decided::abandoned(tracing.into_capture())),
            Self::Guess(captured) => Ok(Decided::abandoned(captured.into_capture())),
            Self::Commit(presumed) => Ok(Decided::abandoned(presumed.into_capture())),
            Self::Release(mut decided) => {
                // No later round comes.
                decided.revive_waiting();
                Ok(decided)
            }
            Self::Reclaim(dead) => Err(dead),
        }
    }

    /// The capture, unless its survivors are released.
    pub(super) fn unreleased(&self) -> Option<&Capture> {
        match self {
            Self::Trace(tracing) => Some(tracing.capture()),
            Self::Guess(captured) => Some(captured.capture()),
            Self::Commit(presumed) => Some(presumed.capture()),
            Self::Release(decided) => Some(decided.capture()),
            Self::Reclaim(_) => None,
        }
    }
}
