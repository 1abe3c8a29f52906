//! Bytes that values own outside of their blocks, as far as they weigh in the decision when to
//! collect.
//!
//! Blocks are counted, and a block of 32 bytes may own a buffer of a mebibyte. The bytes become
//! known at two times. When a value moves into its block,
//! [`Trace::owned_bytes`](crate::Trace::owned_bytes) returns what it owns; the sum since the last
//! collection makes a young collection due. When a collection traces a value, the impls of
//! containers report their capacities. From these follow the average of a block, which limits the
//! young threshold, and how many bytes have become old, which makes a full collection due.

use crate::config::Config;
use crate::trace::Trace;

/// Fewer bytes than this are not counted. With the largest adapted threshold these are 32 MiB.
pub(crate) const MANY_BYTES: usize = 1024;

/// The bytes that each block counts in addition to those that its value reports.
pub(crate) const BYTES_OF_BLOCK: usize = 64;

/// The young threshold is not lowered below this number of blocks, unless it is configured lower.
const LEAST_BLOCKS: usize = 16;

/// How many bytes an array of this many elements takes.
#[inline]
pub(crate) fn array_bytes<T>(length: usize) -> usize {
    length.saturating_mul(size_of::<T>())
}

/// What a value takes as a block: its size, and what it owns elsewhere. 0 if that is not worth
/// counting.
#[inline(always)]
pub(crate) fn of_value<T: Trace>(value: &mut T) -> usize {
    of_size(size_of::<T>().saturating_add(value.owned_bytes()))
}

/// This many bytes, or 0 if they are not worth counting.
#[inline(always)]
pub(crate) fn of_size(bytes: usize) -> usize {
    if bytes >= MANY_BYTES { bytes } else { 0 }
}

/// The bytes that the blocks of one collection own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traced {
    /// All that were reported.
    pub(crate) all: usize,
    /// The part of the survivors.
    pub(crate) survived: usize,
    /// The part of the survivors that are old now.
    pub(crate) old: usize,
}

impl Traced {
    /// Adds a block that owns this many bytes.
    pub(crate) fn add(&mut self, bytes: usize, lives: bool, is_old: bool) {
        self.all = self.all.saturating_add(bytes);
        self.survived = self.survived.saturating_add(if lives { bytes } else { 0 });
        self.old = self.old.saturating_add(if is_old { bytes } else { 0 });
    }
}

/// The estimates of bytes that a heap has made from its collections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes {
    /// How many blocks of the average size that was seen last own [`Config::young_bytes`].
    blocks: usize,
    /// The size of the values that were live after the last full collection.
    live: usize,
    /// The size of the values that have become old since then.
    promoted: usize,
}

impl Bytes {
    pub(crate) const NONE: Self = Self { blocks: usize::MAX, live: 0, promoted: 0 };

    /// The young threshold, as far as the average size of a block allows it.
    pub(crate) fn limit(&self, threshold: usize) -> usize {
        threshold.min(self.blocks)
    }

    /// Returns `true` if the bytes that have become old make a full collection due.
    pub(crate) fn are_due(&self, config: &Config) -> bool {
        let grown = self.live as f64 * f64::from(config.heap_growth) + config.young_bytes as f64;
        self.promoted as f64 > grown
    }

    /// These figures without a limit for the young threshold.
    pub(crate) fn without_average(self) -> Self {
        Self { blocks: usize::MAX, ..self }
    }

    /// The bytes of the values that were live after the last full collection.
    pub(crate) fn live(&self) -> usize {
        self.live
    }

    /// Takes over what a collection has seen. `blocks` is the number of blocks in the heap.
    pub(crate) fn collected(
        &mut self,
        config: &Config,
        full: bool,
        captured: usize,
        traced: Traced,
        blocks: usize,
    ) {
        self.blocks = if captured == 0 {
            // Nothing was learned. The limit is lifted gradually, so that it does not last without
            // a reason.
            self.blocks.saturating_mul(2)
        } else if traced.all == 0 {
            usize::MAX
        } else {
            let blocks = config.young_bytes as u128 * captured as u128 / traced.all as u128;
            usize::try_from(blocks).unwrap_or(usize::MAX).max(LEAST_BLOCKS)
        };
        if full {
            self.live = traced.survived.saturating_add(blocks.saturating_mul(BYTES_OF_BLOCK));
            self.promoted = 0;
        } else {
            self.promoted = self.promoted.saturating_add(traced.old);
        }
    }
}
