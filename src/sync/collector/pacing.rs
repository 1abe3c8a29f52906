//! Decides when to collect, and what: the rules of the local pacing for a heap that all threads
//! share.
//!
//! Each thread counts the blocks it makes less those it frees, and calls this module when the
//! number reaches the young threshold. So allocating writes to no memory that other threads write
//! to. The thread then adds its number to the common one, and does so again when it ends. The
//! common number counts until the next collection begins. A collection that is due while another
//! one decides is left out, as the running one does the work. The exception is a thread that finds
//! the running collection outrun (`is_behind`): it waits.

mod bytes;
#[cfg_attr(loom, path = "../model/reports.rs")]
pub(crate) mod reports;

use std::num::NonZeroUsize;
use std::sync::atomic::Ordering::Relaxed;

pub(super) use bytes::sampled;
use bytes::{EXTERNAL, MADE_BYTES, YOUNG_BYTES, due_bytes, new_bytes};
pub(crate) use bytes::{external_changes, large_block};
pub(crate) use reports::{
    begins, collected, config, decided, set_suspended, suspended_is_given_up,
};

use super::collection::Collection;
use super::turn::{Turn, Wait, assert_can_wait};
use super::{Job, background, run_chosen};
use crate::config::Config;
use crate::policy::By;
use crate::policy::Kind;
use crate::policy::bytes::Bytes;
use crate::policy::{self, BYTES_PER_BLOCK, LastFull, YOUNG_LIMIT};
use crate::report::Stats;
use crate::sync::raw::candidates;
use crate::sync::raw::deferred::{self, Taken};
use crate::sync::raw::primitive::{Mutex, MutexGuard, global, lock_global as lock};
use crate::sync::raw::thread::{Local, local};

/// The history of the heap, by which the next collection is chosen.
pub(crate) struct Pacing {
    config: Config,
    stats: Stats,
    /// The young threshold as adapted.
    threshold: usize,
    /// The number of blocks that threads have made since the last collection began, as far as they
    /// have reported it.
    made: usize,
    /// The last full collection, with the number of blocks that were made since it and before the
    /// last collection.
    last_full: LastFull,
    old_candidates: usize,
    /// How many young candidates the last collection has not taken, because of its limit.
    left: usize,
    /// `left` was smaller after the collection before.
    left_grows: bool,
    /// The estimates of the bytes of blocks, from earlier collections.
    bytes: Bytes,
    /// The present number of pauses.
    pauses: usize,
    /// A collection is due whatever was made.
    pending: bool,
    /// A full collection is suspended, and due to be continued.
    is_suspended: bool,
    /// A part of a full collection was done and the rest was not.
    is_in_shares: bool,
    /// The number of blocks that were made since that collection began and before its present
    /// share.
    made_in_shares: usize,
    /// The bytes of large blocks that were made in that time.
    bytes_in_shares: usize,
    /// The last full collection in shares was given up, so the next one is done at once.
    was_given_up: bool,
}

/// How many blocks a share of a full collection traces for each block that a thread makes in the
/// meantime.
const PACE: usize = 10;

/// The number of thresholds of blocks that may be made while a collection decides. A young
/// collection takes less time than making that many blocks. A full collection reads all live
/// blocks, so half of their number is added.
const BACKLOG: usize = 8;

/// The part of a threshold that a thread may make between two waits.
const HELD_BACK_PART: usize = 64;

global! {
    static PACING: Mutex<Pacing> = Mutex::new(Pacing {
        config: Config::DEFAULT,
        stats: Stats::NONE,
        threshold: Config::DEFAULT.young_threshold,
        made: 0,
        last_full: LastFull::NONE,
        old_candidates: 0,
        left: 0,
        left_grows: false,
        bytes: Bytes::NONE,
        pauses: 0,
        pending: false,
        is_suspended: false,
        is_in_shares: false,
        made_in_shares: 0,
        bytes_in_shares: 0,
        was_given_up: false,
    });
}

impl Pacing {
    /// The collection that is due now, with `live` blocks in the heap.
    fn due(&self, live: usize, made: usize) -> Kind {
        if self.is_suspended {
            return Kind::Full;
        }
        let since = self.last_full.since.saturating_add(self.made).saturating_add(made);
        let waiting =
            self.old_candidates.saturating_add(if self.left_grows { self.left } else { 0 });
        match policy::due(&self.config, waiting, live, LastFull { since, ..self.last_full }) {
            Kind::Young { .. } if waiting > 0 && self.bytes.are_due(&self.config) => Kind::Full,
            Kind::Young { work_limit } => Kind::Young { work_limit: self.limited(work_limit) },
            Kind::Full => Kind::Full,
        }
    }

    /// Whether a collection is due for a thread that has made `made` blocks which it has not
    /// reported.
    fn is_due(&self, made: usize) -> bool {
        let made = self.made.saturating_add(self.left).saturating_add(made);
        self.pending || made >= self.interval() || new_bytes() >= due_bytes(self.config.young_bytes)
    }

    /// The young threshold in force.
    fn threshold(&self) -> usize {
        self.bytes.limit(self.threshold)
    }

    /// How many blocks are made between two collections, or between two shares of one.
    fn interval(&self) -> usize {
        if self.is_suspended {
            self.threshold().min((self.share_limit() / PACE).max(1))
        } else {
            self.threshold()
        }
    }

    /// How many blocks one `Gc::new` traces of a full collection. No limit if the last collection
    /// in shares was given up.
    fn share_limit(&self) -> usize {
        let limit = self.config.automatic_work_limit.filter(|_| !self.was_given_up);
        limit.map_or(usize::MAX, |limit| limit.get().max(PACE))
    }

    /// The next share of a full collection. No limit if the bytes of large blocks outrun the
    /// shares.
    fn share(&self) -> usize {
        let bytes = self.bytes_in_shares.saturating_add(MADE_BYTES.load(Relaxed));
        let is_outrun = self.is_suspended && bytes >= self.config.young_bytes / 2;
        if is_outrun { usize::MAX } else { self.share_limit() }
    }

    /// Whether the program has outrun the collection that began last: more was made since than
    /// `BACKLOG` allows. A thread that makes more should wait for the collection.
    fn is_behind(&self) -> bool {
        let most_bytes = self.config.young_bytes.saturating_add(self.bytes.live() / 2);
        let (earlier, earlier_bytes) =
            if self.is_in_shares { (self.made_in_shares, self.bytes_in_shares) } else { (0, 0) };
        let made = self.made.saturating_add(earlier);
        made > self.threshold().saturating_mul(BACKLOG).saturating_add(self.last_full.live / 2)
            || new_bytes().saturating_add(earlier_bytes) > most_bytes
    }

    /// The limit of an automatic young collection. The candidates that it leaves are due again at
    /// the next check of any thread, so threads share the work. The limit is at least two
    /// thresholds, as the collections would not keep up with the allocations otherwise.
    fn limited(&self, work_limit: Option<NonZeroUsize>) -> Option<NonZeroUsize> {
        let least = NonZeroUsize::MIN.saturating_add(self.threshold.saturating_mul(2));
        let automatic = self.config.automatic_work_limit.map(|limit| limit.max(least));
        [work_limit, automatic].into_iter().flatten().min()
    }

    /// A young collection that the program runs where the policy would.
    fn young(&self) -> Kind {
        Kind::Young { work_limit: self.limited(self.config.work_limit) }
    }

    /// How many blocks a thread may make until it calls the pacing again. The number is small while
    /// garbage is made faster than it is collected: the thread waits each time, and the waits are
    /// short.
    fn budget(&self) -> usize {
        let is_held_back = self.is_behind() && self.is_automatic();
        if is_held_back { (self.threshold() / HELD_BACK_PART).max(1) } else { self.interval() }
    }

    /// Whether a new block may collect.
    fn is_automatic(&self) -> bool {
        self.config.automatic && self.pauses == 0
    }
}

/// Takes the lock of the policy, for a thread that forks.
pub(crate) fn lock_pacing() -> MutexGuard<'static, Pacing> {
    lock(&PACING)
}

/// Puts a checked configuration in force; returns the one before.
pub(crate) fn configure(config: Config) -> Config {
    let before = {
        let mut pacing = lock(&PACING);
        pacing.threshold = config.young_threshold;
        pacing.bytes = pacing.bytes.without_average();
        YOUNG_BYTES.store(config.young_bytes, Relaxed);
        std::mem::replace(&mut pacing.config, config)
    };
    if before.promote_after != config.promote_after {
        deferred::full_has_decided();
    }
    // This thread follows at once, others when their present budget is spent.
    local(|local| local.set_limit(config.young_threshold));
    catch_up();
    before
}

/// Changes the settings that decide whether collections are automatic.
fn change(how: impl FnOnce(&mut Pacing)) {
    how(&mut lock(&PACING));
    catch_up();
}

/// Makes a collection that came due in the meantime due at this thread's next block.
fn catch_up() {
    let is_due = {
        let pacing = lock(&PACING);
        pacing.is_automatic() && pacing.is_due(0)
    };
    if is_due {
        local(Local::ask);
    }
}

/// Switches automatic collections on or off.
pub(crate) fn set_automatic(automatic: bool) {
    change(|pacing| pacing.config.automatic = automatic);
}

/// Whether a new block may collect.
pub(crate) fn is_automatic() -> bool {
    lock(&PACING).is_automatic()
}

/// One pause more.
pub(crate) fn pause() {
    change(|pacing| pacing.pauses += 1);
}

/// One pause less.
pub(crate) fn resume() {
    change(|pacing| pacing.pauses -= 1);
}

/// The automatic collection that is due, or the share of it that one new block runs.
pub(crate) fn automatic() -> Option<Job> {
    let job = is_automatic().then(pending).flatten()?;
    Some(if job.kind == Kind::Full { Job { share: lock(&PACING).share(), ..job } } else { job })
}

/// The automatic collection that is due, for a thread that does nothing else: only the
/// configuration limits it.
pub(crate) fn automatic_in_background() -> Option<Job> {
    automatic().map(|job| match job.kind {
        Kind::Young { .. } => Job { kind: Kind::Young { work_limit: config().work_limit }, ..job },
        Kind::Full => Job { share: usize::MAX, ..job },
    })
}

/// The collection that is due and was not run.
pub(crate) fn pending() -> Option<Job> {
    let made = local(Local::made).unwrap_or(0);
    let live = weight();
    let pacing = lock(&PACING);
    let job = |kind| Job { kind, continues: true, share: usize::MAX };
    pacing.is_due(made).then(|| job(pacing.due(live, made)))
}

/// Whether a program should run a collection now: one is due that was not run, or finalizers wait.
///
/// # Panics
///
/// If a sample is due and the `trace` of a value panics.
pub(crate) fn is_needed() -> bool {
    super::sample::take();
    deferred::is_pending() || pending().is_some()
}

/// The collection that a program should run after kept blocks became candidates again. The
/// collector's lock is held.
pub(crate) fn after_deferral(taken: Taken) -> Job {
    let pacing = || lock(&PACING);
    let promote_after = config().promote_after;
    let kind = match () {
        // A full collection if a full one has captured the blocks, or a part of them.
        () if taken.needs_full(promote_after) || pacing().is_suspended => Kind::Full,
        () => pending().map_or_else(|| pacing().young(), |pending| pending.kind),
    };
    // These blocks are to be decided from the start.
    Job { kind, continues: false, share: usize::MAX }
}

/// The size of the heap in blocks, with external bytes converted to blocks.
fn weight() -> usize {
    candidates::blocks().saturating_add(EXTERNAL.load(Relaxed) / BYTES_PER_BLOCK)
}

/// The sums so far, and how the heap stands. Panics in a call from a `trace`.
pub(crate) fn stats() -> Stats {
    assert_can_wait();
    let (young, old, frozen) = {
        let collector = Turn::wait();
        let in_suspended = collector.suspended.as_ref().map_or(0, Collection::candidates);
        (collector.young.len(), collector.old.len() + in_suspended, collector.frozen.len())
    };
    let (entries, live) = candidates::totals();
    let pacing = lock(&PACING);
    Stats {
        live,
        young_candidates: young + entries,
        old_candidates: old,
        frozen_candidates: frozen,
        allocated: pacing.made.saturating_add(local(Local::made).unwrap_or(0)),
        external: EXTERNAL.load(Relaxed),
        young_threshold: pacing.threshold(),
        ..pacing.stats
    }
}

/// The budget of this thread is spent by a block that is about to be made, or it has none yet:
/// collects first, if that is due and wanted.
#[cold]
#[inline(never)]
pub(crate) fn budget_spent() {
    // The block is counted after the collection: if that panics, there will be no block.
    if sample_and_resume() {
        return;
    }
    if let Some(wait) = due() {
        run_chosen(wait, By::Allocation, &|_| automatic());
    }
    let budget = lock(&PACING).budget();
    if local(|local| local.count_and_refill(budget)) != Some(true) {
        tell(1);
    }
}

/// Takes a sample if one is due, and counts the block if nothing but the sample was. What a limit
/// has left over is not due by a sample.
fn sample_and_resume() -> bool {
    if local(|local| local.must_sample.get() && !local.is_over()) != Some(true) {
        return false;
    }
    if is_automatic() {
        super::sample::take();
    }
    let is_due = {
        let pacing = lock(&PACING);
        pacing.pending || new_bytes() >= due_bytes(pacing.config.young_bytes)
    };
    !is_due && local(|local| local.resume() && local.count_allocation()) == Some(true)
}

/// Adds blocks that this thread does not count any more to the common number, which counts until
/// the next collection begins.
pub(crate) fn tell(made: usize) {
    if made > 0 {
        let mut pacing = lock(&PACING);
        pacing.made = pacing.made.saturating_add(made);
    }
}

/// How long this thread is to wait for another one that decides, if this thread is to collect at
/// all. What the thread has made is recorded in the common sum if a collection is due.
fn due() -> Option<Wait> {
    if !lock(&PACING).is_due(local(Local::made)?) {
        return None;
    }
    tell(local(Local::take_made)?);
    // At the end of a thread its own destructors run, and it should not run those of other values.
    if !is_automatic() || local(Local::is_over)? {
        return None;
    }
    // A thread that is collecting cannot wait for the end of its own collection.
    let wait = {
        let pacing = lock(&PACING);
        let is_held_back = pacing.is_behind() && !super::is_running();
        if is_held_back { Wait::AtMost(pacing.config.wait_limit) } else { Wait::No }
    };
    (!background::take_over(wait)).then_some(wait)
}

/// This thread's list of candidates has reached a length at which a sample is due, which the next
/// allocation takes. If the length is large, the next allocation collects.
#[cold]
pub(crate) fn buffer_grew(length: usize) {
    local(Local::ask_for_sample);
    if length.is_power_of_two() && length >= 1024 {
        let mut pacing = lock(&PACING);
        if length >= pacing.threshold().saturating_mul(YOUNG_LIMIT) {
            pacing.pending = true;
            drop(pacing);
            local(Local::ask);
        }
    }
}
