//! The phases of a round. Between two shares of a collection its phase is kept as a value.

use super::capture::Tracing;
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

    /// The number of candidates that the collection has taken from the lists and not put back.
    pub(super) fn candidates(&self) -> usize {
        let capture = match self {
            Self::Trace(tracing) => tracing.capture(),
            Self::Guess(captured) => captured.capture(),
            Self::Commit(presumed) => presumed.capture(),
            Self::Release(decided) => return decided.candidates(),
            Self::Reclaim(_) => return 0,
        };
        capture.roots.entries.len()
    }
}
