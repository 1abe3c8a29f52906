//! The pins of a block: what keeps its memory.
//!
//! - **pins**: as defined at [`Header`].

use super::super::primitive::Ordering::{Acquire, Relaxed, Release};
use super::{HELD, Header, PIN, TOO_MANY_PINS};

impl Header {
    /// One pin more, for a caller that has one or has a handle.
    #[inline]
    pub(crate) fn pin(&self) {
        // Relaxed: the caller's own pin keeps the memory. A thread that must see the new pin
        // synchronizes with this thread by a handle or a lock.
        if self.pins.fetch_add(PIN, Relaxed) >= TOO_MANY_PINS {
            std::process::abort();
        }
    }

    /// Takes the collection's pin. Returns `false` if another collection has it.
    #[inline]
    pub(crate) fn hold(&self) -> bool {
        // Relaxed: a handle that the caller reads keeps the memory. The order between collections
        // is that of the collector's lock.
        self.pins.fetch_or(HELD, Relaxed) & HELD == 0
    }

    /// Whether a collection has its pin here.
    #[inline]
    pub(crate) fn is_held(&self) -> bool {
        // Relaxed: set and cleared under the collector's lock, or by the only owner of a dead
        // block.
        self.pins.load(Relaxed) & HELD != 0
    }

    /// Whether there are no pins but these, which are the caller's.
    #[inline]
    pub(crate) fn is_pinned_by(&self, pins: u32) -> bool {
        // Acquire: the memory must not be freed before all uses of it; pairs with the Release in
        // `unpin`. A pin is added by the owner of a pin only, so what equals the caller's pins
        // stays equal.
        self.pins.load(Acquire) == pins
    }

    /// Releases pins. Returns `true` if they were the last.
    #[inline]
    pub(crate) fn unpin(&self, pins: u32) -> bool {
        if self.is_pinned_by(pins) {
            return true;
        }
        // Release: pairs with the Acquire in `is_pinned_by`, with the one below, and with the one
        // in `is_alone`.
        if self.pins.fetch_sub(pins, Release) != pins {
            return false;
        }
        // Acquire: as in `is_pinned_by`.
        self.pins.load(Acquire) == 0
    }

    /// The number of `Weak` handles. A guess while other threads make and drop some.
    pub(crate) fn weak_count(&self) -> usize {
        let word = self.word();
        // Relaxed: a number to show.
        let pins = self.pins.load(Relaxed) / PIN;
        pins.saturating_sub(1 + word.entries()) as usize
    }
}
