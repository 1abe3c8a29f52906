//! What the policy of a thread's heap remembers.
//!
//! The policy itself is in the collector, which reads and writes all of this. The floor reports
//! here that the young buffer grows, which may make a collection due.

use std::cell::Cell;

use super::Heap;
use crate::config::Config;
use crate::policy::bytes::Bytes;
use crate::policy::{LastFull, YOUNG_LIMIT};
use crate::report::Stats;

/// The history of a thread's heap, by which the next collection is chosen.
pub(crate) struct Pacing {
    pub(crate) config: Cell<Config>,
    pub(crate) stats: Cell<Stats>,
    /// The young threshold as adapted.
    pub(crate) threshold: Cell<usize>,
    /// How many pauses there are now.
    pub(crate) pauses: Cell<usize>,
    /// A collection was due and was not run, because collections are not automatic.
    pub(crate) pending: Cell<bool>,
    /// With the net allocations since then as far as they are not in the balance any more.
    pub(crate) last_full: Cell<LastFull>,
    /// The work limit of the last collection has left young candidates. They wait for a full
    /// collection, like the old ones.
    pub(crate) young_waits: Cell<bool>,
    /// Bytes that values hold outside of their blocks, as far as they have reported them.
    pub(crate) external: Cell<usize>,
    /// Bytes of large blocks that were made since the last collection.
    pub(crate) made_bytes: Cell<usize>,
    /// Bytes that young candidates own which came since the last collection, by samples.
    pub(crate) sampled_bytes: Cell<usize>,
    /// The next block takes a sample.
    pub(crate) must_sample: Cell<bool>,
    /// Chooses the block of the next sample.
    pub(crate) choice: Cell<u32>,
    pub(crate) bytes: Cell<Bytes>,
}

impl Pacing {
    pub(crate) const fn new() -> Self {
        Self {
            config: Cell::new(Config::DEFAULT),
            stats: Cell::new(Stats::NONE),
            threshold: Cell::new(Config::DEFAULT.young_threshold),
            pauses: Cell::new(0),
            pending: Cell::new(false),
            last_full: Cell::new(LastFull::NONE),
            young_waits: Cell::new(false),
            external: Cell::new(0),
            made_bytes: Cell::new(0),
            sampled_bytes: Cell::new(0),
            must_sample: Cell::new(false),
            choice: Cell::new(1),
            bytes: Cell::new(Bytes::NONE),
        }
    }

    /// The young buffer is about to take more memory: if it is long, the next allocation collects.
    pub(crate) fn young_grows(&self, heap: &Heap) {
        if heap.young.len() >= self.young_limit() {
            self.pending.set(true);
            heap.balance.count_down(0);
        }
    }

    /// The length at which the young buffer makes a collection due.
    pub(crate) fn young_limit(&self) -> usize {
        self.threshold().saturating_mul(YOUNG_LIMIT)
    }

    /// New candidates are to be measured: the next block takes a sample of them.
    #[cold]
    pub(crate) fn measure_soon(&self, heap: &Heap) {
        self.must_sample.set(true);
        heap.balance.count_down(0);
    }

    /// The young threshold in force.
    pub(crate) fn threshold(&self) -> usize {
        self.bytes.get().limit(self.threshold.get())
    }
}
