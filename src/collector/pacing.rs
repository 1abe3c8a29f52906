//! When to collect, and what.
//!
//! Only `Gc::new` asks, when a number of net allocations is reached, so `clone`, `drop` and `deref` never collect. Net
//! allocations and not candidates are counted: a structure of any size can be built by moves and hang on one candidate.

use std::cell::Cell;

use super::{Kind, run};
use crate::config::Config;
use crate::raw::{Heap, heap};
use crate::stats::{Collected, Stats};

/// The adapted young threshold stays within this factor of the configured one.
pub(crate) const MAX_BACK_OFF: usize = 16;

/// A young buffer of more than this many young thresholds is collected at the next allocation.
const YOUNG_LIMIT: usize = 4;

/// A major collection that looked at `n` blocks pays for this many times `n` net allocations without another, however
/// little the heap has grown.
const IDLE_FACTOR: usize = 4;

/// How many bytes elsewhere count as one block.
pub(crate) const BYTES_PER_BLOCK: usize = 1024;

/// What a thread knows about its past, in order to decide about its next collection.
pub(crate) struct Pacing {
    pub(crate) config: Cell<Config>,
    pub(crate) stats: Cell<Stats>,
    /// The young threshold as adapted.
    threshold: Cell<usize>,
    /// How many pauses there are now.
    pauses: Cell<usize>,
    /// A collection was due and was not run, because collections are not automatic.
    pending: Cell<bool>,
    live_after_major: Cell<usize>,
    captured_by_major: Cell<usize>,
    /// Bytes that values hold outside of their blocks, as far as they have said so.
    external: Cell<usize>,
    /// Net allocations since the last major collection, as far as they are not in the balance any more.
    since_major: Cell<usize>,
}

impl Pacing {
    pub(crate) const fn new() -> Self {
        Self {
            config: Cell::new(Config::DEFAULT),
            stats: Cell::new(Stats::NONE),
            threshold: Cell::new(Config::DEFAULT.young_threshold),
            pauses: Cell::new(0),
            pending: Cell::new(false),
            live_after_major: Cell::new(0),
            captured_by_major: Cell::new(0),
            external: Cell::new(0),
            since_major: Cell::new(0),
        }
    }

    /// Takes over a checked configuration.
    pub(crate) fn configure(&self, heap: &Heap, config: Config) {
        if self.config.replace(config).spare_limit != config.spare_limit {
            heap.spare.close();
        }
        heap.promote_after.set(config.promote_after);
        self.threshold.set(config.young_threshold);
        // What was allocated counts on: a program that configures all the time must collect as well.
        heap.balance.count_down(config.young_threshold.saturating_sub(heap.balance.net()));
        self.catch_up(heap);
    }

    /// Whether a new block may collect.
    pub(crate) fn is_automatic(&self) -> bool {
        self.config.get().automatic && self.pauses.get() == 0
    }

    /// Switches automatic collections on or off.
    pub(crate) fn set_automatic(&self, heap: &Heap, automatic: bool) {
        self.config.set(Config { automatic, ..self.config.get() });
        self.catch_up(heap);
    }

    /// One pause more.
    pub(crate) fn pause(&self) {
        self.pauses.set(self.pauses.get() + 1);
    }

    /// One pause less.
    pub(crate) fn resume(&self, heap: &Heap) {
        self.pauses.set(self.pauses.get() - 1);
        self.catch_up(heap);
    }

    /// What came due while collections were not automatic is due at the next block.
    fn catch_up(&self, heap: &Heap) {
        if self.pending.get() && self.is_automatic() {
            heap.balance.count_down(0);
        }
    }

    /// The young buffer is about to take more memory: if it is long, the next allocation collects.
    pub(crate) fn young_grows(&self, heap: &Heap) {
        if heap.young.len() >= self.young_limit() {
            self.pending.set(true);
            heap.balance.count_down(0);
        }
    }

    fn young_limit(&self) -> usize {
        self.threshold.get().saturating_mul(YOUNG_LIMIT)
    }

    fn refill(&self, heap: &Heap) {
        self.since_major.set(self.since_major.get().saturating_add(heap.balance.net()));
        heap.balance.mark();
        heap.balance.count_down(self.threshold.get());
    }

    /// Whether a collection is due that was not run.
    pub(crate) fn is_pending(&self, heap: &Heap) -> bool {
        self.pending.get() || heap.balance.net() >= self.threshold.get()
    }

    /// A value says that it holds so many bytes more elsewhere.
    pub(crate) fn external_grows(&self, heap: &Heap, bytes: usize) {
        self.external.set(self.external.get().saturating_add(bytes));
        heap.balance.spend(bytes / BYTES_PER_BLOCK);
    }

    /// A value says that it holds so many bytes less elsewhere.
    pub(crate) fn external_shrinks(&self, heap: &Heap, bytes: usize) {
        self.external.set(self.external.get().saturating_sub(bytes));
        heap.balance.give_back(bytes / BYTES_PER_BLOCK);
    }

    pub(crate) fn external(&self) -> usize {
        self.external.get()
    }

    /// What the heap weighs, in blocks.
    fn weight(&self, heap: &Heap) -> usize {
        heap.balance.live().saturating_add(self.external.get() / BYTES_PER_BLOCK)
    }

    /// The collection that is due now.
    pub(crate) fn due(&self, heap: &Heap) -> Kind {
        let config = self.config.get();
        let minor = Kind::Minor { work_limit: config.work_limit };
        if heap.old.len() == 0 {
            return minor;
        }
        let grown = self.live_after_major.get() as f64 * (1.0 + f64::from(config.old_growth));
        let since_major = self.since_major.get().saturating_add(heap.balance.net());
        let has_grown = self.weight(heap) as f64 > grown + config.young_threshold as f64;
        let has_waited =
            since_major > self.captured_by_major.get().max(config.young_threshold).saturating_mul(IDLE_FACTOR);
        if has_grown || has_waited { Kind::Major } else { minor }
    }

    /// Notes what a collection has found.
    pub(crate) fn collected(&self, heap: &Heap, kind: Kind, report: &Collected) {
        let config = self.config.get();
        let mut stats = self.stats.get();
        stats.add(kind, report);
        self.stats.set(stats);
        self.pending.set(false);
        if config.adaptive && !report.abandoned {
            self.adapt(config.young_threshold, report);
        }
        self.refill(heap);
        if kind == Kind::Major {
            self.live_after_major.set(self.weight(heap));
            self.captured_by_major.set(report.captured);
            self.since_major.set(0);
            heap.old.shrink();
        }
        heap.young.shrink(self.young_limit().max(1024));
    }

    /// Collects less often while little is found, and more often while most is garbage.
    fn adapt(&self, configured: usize, report: &Collected) {
        let threshold = self.threshold.get();
        let reclaimed = report.reclaimed;
        if reclaimed.saturating_mul(10) < report.captured {
            self.threshold.set((threshold + threshold / 2 + 1).min(configured.saturating_mul(MAX_BACK_OFF)));
        } else if reclaimed.saturating_mul(2) > report.captured {
            self.threshold.set((threshold / 3 * 2).max(configured));
        }
    }

    /// The young threshold in force.
    pub(crate) fn threshold(&self) -> usize {
        self.threshold.get()
    }
}

/// The countdown is at its end, by a block that is about to be made: collects first, if it is time and wanted.
#[cold]
#[inline(never)]
pub(crate) fn countdown_ended() {
    // The block is counted after the collection: if that panics, there will be no block.
    let due = heap(|heap| {
        let pacing = &heap.pacing;
        heap.balance.not_allocated();
        let net = heap.balance.net();
        if net < pacing.threshold.get() && !pacing.pending.get() {
            // Much was freed meanwhile. An eighth of the threshold at least, so that this is asked seldom.
            heap.balance.count_down((pacing.threshold.get() - net).max(pacing.threshold.get() / 8));
            return None;
        }
        if heap.collecting.get() || !pacing.is_automatic() {
            pacing.pending.set(true);
            pacing.refill(heap);
            return None;
        }
        Some(pacing.due(heap))
    });
    if let Some(kind) = due {
        run(kind);
    }
    heap(|heap| heap.balance.allocated());
}
