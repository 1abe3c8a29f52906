//! Decides when to collect, and which kind of collection to run.
//!
//! Of the operations on handles only `Gc::new` can start a collection from here, when a number of
//! net allocations is reached, so `clone`, `drop` and `deref` never collect. Net allocations and
//! not candidates are counted: a structure of any size can be built by moves and hang on one
//! candidate.

use std::num::NonZeroUsize;

use super::decide::{Decided, Live};
use super::run_by;
use super::sample;
use crate::config::Config;
use crate::local::raw::Heap;
use crate::local::raw::heap;
use crate::local::raw::pacing::Pacing;
use crate::policy::By;
use crate::policy::Kind;
use crate::policy::bytes::Traced;
use crate::policy::{self, BYTES_PER_BLOCK, LastFull};
use crate::raw::sizes::size;
use crate::report::CollectionReport;

impl Pacing {
    /// Takes over a checked configuration.
    pub(crate) fn configure(&self, heap: &Heap, config: Config) {
        if self.config.replace(config).free_list_limit != config.free_list_limit {
            heap.free_lists.close();
        }
        heap.promote_after.set(config.promote_after);
        self.threshold.set(config.young_threshold);
        self.bytes.set(self.bytes.get().without_average());
        // The number of allocations is kept, so that a program that configures often still
        // collects.
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

    /// A collection that came due while collections were not automatic is due at the next block.
    fn catch_up(&self, heap: &Heap) {
        if self.pending.get() && self.is_automatic() {
            heap.balance.count_down(0);
        }
    }

    fn refill(&self, heap: &Heap) {
        self.last_full.set(self.last_full(heap));
        heap.balance.mark();
        self.forget_bytes();
        heap.balance.count_down(self.threshold());
    }

    /// The collection that a program should run now, if one is due that was not run, or if
    /// finalizers wait.
    ///
    /// # Panics
    ///
    /// If a sample is due and the `trace` of a value panics.
    pub(crate) fn needed(&self, heap: &Heap) -> Option<Kind> {
        self.sample(heap);
        let waits = heap.deferred.is_pending();
        let is_due =
            self.pending.get() || heap.balance.net() >= self.threshold() || self.is_large_due();
        match () {
            // As long as the collection that has found the dead.
            () if waits && heap.deferred.needs_full() => Some(Kind::Full),
            () if is_due => Some(self.due(heap)),
            () => waits.then(|| Kind::Young { work_limit: self.automatic_limit() }),
        }
    }

    /// The work limit of a young collection that the program has not started by name.
    fn automatic_limit(&self) -> Option<NonZeroUsize> {
        let config = self.config.get();
        [config.work_limit, config.automatic_work_limit].into_iter().flatten().min()
    }

    /// Returns `true` if the bytes of new large blocks make a young collection due.
    fn is_large_due(&self) -> bool {
        self.made_bytes.get().max(self.sampled_bytes.get()) >= self.config.get().young_bytes
    }

    /// Starts to count bytes from here.
    fn forget_bytes(&self) {
        self.made_bytes.set(0);
        self.sampled_bytes.set(0);
    }

    /// Takes a sample of the new candidates, if one is due and no collection runs.
    ///
    /// # Panics
    ///
    /// If the `trace` of a value does. The sample counts as taken.
    fn sample(&self, heap: &Heap) {
        if !self.must_sample.get() || heap.collecting.get() || std::thread::panicking() {
            return;
        }
        self.must_sample.set(false);
        let bytes = sample::take(heap, &self.choice);
        self.sampled_bytes.set(self.sampled_bytes.get().saturating_add(bytes));
    }

    /// Records a new block of this many bytes, including the bytes that its value owns elsewhere.
    #[cold]
    #[inline(never)]
    pub(crate) fn large_block(&self, heap: &Heap, bytes: usize) {
        self.made_bytes.set(self.made_bytes.get().saturating_add(bytes));
        if self.is_large_due() {
            heap.balance.count_down(0);
        }
    }

    /// Counts `bytes` more that a value owns outside of the heap.
    pub(crate) fn external_grows(&self, heap: &Heap, bytes: usize) {
        self.external.set(self.external.get().saturating_add(bytes));
        heap.balance.spend(bytes / BYTES_PER_BLOCK);
    }

    /// Counts `bytes` less that a value owns outside of the heap.
    pub(crate) fn external_shrinks(&self, heap: &Heap, bytes: usize) {
        self.external.set(self.external.get().saturating_sub(bytes));
        heap.balance.give_back(bytes / BYTES_PER_BLOCK);
    }

    pub(crate) fn external(&self) -> usize {
        self.external.get()
    }

    /// The size of the heap in blocks, with external bytes converted to blocks.
    fn weight(&self, heap: &Heap) -> usize {
        heap.balance.live().saturating_add(self.external.get() / BYTES_PER_BLOCK)
    }

    /// The last full collection, as seen now.
    fn last_full(&self, heap: &Heap) -> LastFull {
        let last = self.last_full.get();
        LastFull { since: last.since.saturating_add(heap.balance.net()), ..last }
    }

    /// The collection that is due now.
    pub(crate) fn due(&self, heap: &Heap) -> Kind {
        let waiting =
            heap.old.len() + if self.young_waits.get() { heap.young.registered() } else { 0 };
        let config = self.config.get();
        let config = Config { work_limit: self.automatic_limit(), ..config };
        let kind = policy::due(&config, waiting, self.weight(heap), self.last_full(heap));
        if waiting > 0 && self.bytes.get().are_due(&config) { Kind::Full } else { kind }
    }

    /// Records the result of a collection.
    pub(crate) fn collected(
        &self,
        heap: &Heap,
        kind: Kind,
        report: &CollectionReport,
        young_waits: bool,
        traced: Traced,
    ) {
        let config = self.config.get();
        let mut stats = self.stats.get();
        stats.add(kind, report, true);
        self.stats.set(stats);
        self.pending.set(false);
        self.young_waits.set(young_waits);
        self.threshold.set(policy::adapted(self.threshold.get(), &config, kind, report));
        let mut bytes = self.bytes.get();
        bytes.collected(&config, kind == Kind::Full, report.captured, traced, heap.balance.live());
        self.bytes.set(bytes);
        self.refill(heap);
        if kind == Kind::Full {
            self.last_full.set(LastFull {
                live: self.weight(heap),
                captured: report.captured,
                since: 0,
            });
            heap.old.shrink();
        }
        heap.young.shrink(self.young_limit().max(size(1024, 8)));
        self.must_sample.set(false);
        heap.young.measure_after(policy::sample::FIRST);
    }
}

/// The countdown is at its end, by a block that is about to be made: collects first, if it is time
/// and wanted.
#[cold]
#[inline(never)]
pub(crate) fn countdown_ended() {
    // The block is counted after the collection: if that panics, there will be no block.
    let due = heap(|heap| {
        let pacing = &heap.pacing;
        heap.balance.not_allocated();
        let is_sampled = pacing.must_sample.get() && pacing.is_automatic();
        if is_sampled {
            pacing.sample(heap);
        }
        let (net, threshold) = (heap.balance.net(), pacing.threshold());
        if pacing.is_large_due() && heap.young.registered() == 0 {
            // A young collection would have no block to start from.
            pacing.forget_bytes();
        }
        if net < threshold && !pacing.pending.get() && !pacing.is_large_due() {
            // Much was freed since. An eighth of the threshold at least, so that this test is rare.
            // A sample is rare as well, and came before the end of the countdown.
            let least = if is_sampled { 0 } else { threshold / 8 };
            heap.balance.count_down((threshold - net).max(least));
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
        run_by(kind, By::Allocation);
    }
    heap(|heap| heap.balance.allocated());
}

impl Traced {
    /// The bytes that the captured blocks own, once it is decided which of them live.
    pub(super) fn of(decided: &Decided<'_>, promote_after: u8) -> Self {
        let mut traced = Self::default();
        let captured = decided.captured();
        for &(index, bytes) in &captured.found.large {
            let header = captured.blocks()[index as usize].header();
            let lives = matches!(decided.live, Live::All) || !header.is_dead();
            traced.add(bytes, lives, lives && header.age() >= promote_after);
        }
        traced
    }
}
