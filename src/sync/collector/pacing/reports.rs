//! What a collection reads from the policy, and what it reports to it.
//!
//! `sync/model/reports.rs` takes the place of this file in a model, where nothing is automatic.

use std::cell::Cell;
use std::sync::atomic::Ordering::Relaxed;

use super::bytes::{IN_HAND_BYTES, MADE_BYTES, SAMPLED_BYTES, SHARE_BYTES};
use super::{PACING, lock, weight};
use crate::config::Config;
use crate::policy::bytes::{BYTES_OF_BLOCK, Traced};
use crate::policy::{self, Kind, LastFull};
use crate::report::CollectionReport;
use crate::sync::raw::candidates;
use crate::sync::raw::thread::{Local, local};

std::thread_local! {
    /// The bytes of large blocks that were made before the collection of this thread began.
    static COLLECTING_BYTES: Cell<usize> = const { Cell::new(0) };
}

/// The configuration in force.
pub(crate) fn config() -> Config {
    lock(&PACING).config
}

/// Records that a collection begins or is continued. It captures blocks that were made before it
/// began. The collector's lock is held.
pub(crate) fn begins(is_continued: bool) {
    let made = local(Local::take_made).unwrap_or(0);
    let bytes = MADE_BYTES.swap(0, Relaxed).max(SAMPLED_BYTES.swap(0, Relaxed));
    IN_HAND_BYTES.fetch_add(bytes, Relaxed);
    COLLECTING_BYTES.set(bytes);
    let mut pacing = lock(&PACING);
    let all = std::mem::take(&mut pacing.made).saturating_add(made);
    pacing.last_full.since = pacing.last_full.since.saturating_add(all);
    pacing.is_in_shares &= is_continued;
    (pacing.made_in_shares, pacing.bytes_in_shares) = if is_continued {
        (pacing.made_in_shares.saturating_add(all), pacing.bytes_in_shares.saturating_add(bytes))
    } else {
        (0, 0)
    };
    pacing.pending = false;
}

/// Records that a collection has decided, and how many old candidates it has left. The collector's
/// lock is held, so the thread that gets it next chooses its collection by these numbers.
///
/// `first` is the kind of the collection, how many blocks it has captured, how many young
/// candidates it has left, and how large the captured blocks are, in its first round.
pub(crate) fn decided(first: Option<(Kind, usize, usize, Traced)>, old_candidates: usize) {
    let live = weight();
    let mut pacing = lock(&PACING);
    pacing.old_candidates = old_candidates;
    let Some((kind, captured, left, traced)) = first else { return };
    let (config, blocks) = (pacing.config, candidates::blocks());
    pacing.bytes.collected(&config, kind == Kind::Full, captured, traced, blocks);
    // Limited collections do not keep up, so a full one takes the candidates that they leave.
    pacing.left_grows = pacing.left > 0 && left > pacing.left;
    pacing.left = left;
    if kind == Kind::Full {
        pacing.last_full = LastFull { live, captured, since: pacing.made_in_shares };
        pacing.was_given_up = false;
    }
}

/// Notes whether the collector keeps a suspended collection. The collector's lock is held.
pub(crate) fn set_suspended(is_suspended: bool) {
    let mut pacing = lock(&PACING);
    pacing.is_suspended = is_suspended;
    pacing.is_in_shares |= is_suspended;
    let bytes =
        if is_suspended { pacing.interval().saturating_mul(BYTES_OF_BLOCK) } else { usize::MAX };
    SHARE_BYTES.store(bytes, Relaxed);
}

/// Notes that a suspended collection was given up without another full one: the next full one is
/// not suspended.
pub(crate) fn suspended_is_given_up() {
    lock(&PACING).was_given_up = true;
}

/// Records the result of a collection after it has reclaimed the dead, or of a share of one.
/// `ended` is the sum of all shares, if this was the last one.
pub(crate) fn collected(kind: Kind, report: &CollectionReport, ended: Option<CollectionReport>) {
    IN_HAND_BYTES.fetch_sub(COLLECTING_BYTES.take(), Relaxed);
    let live = weight();
    let mut pacing = lock(&PACING);
    pacing.stats.add(kind, report, ended.is_some());
    if let Some(total) = ended {
        // Another thread may have suspended a collection in the meantime.
        pacing.is_in_shares = pacing.is_suspended;
        pacing.threshold = policy::adapted(pacing.threshold, &pacing.config, kind, &total);
    }
    if kind == Kind::Full && ended.is_some() {
        // Blocks that the dead owned have been freed by counting in the meantime.
        pacing.last_full.live = pacing.last_full.live.min(live);
    }
    let interval = pacing.interval();
    drop(pacing);
    local(|local| local.set_limit(interval));
}

/// Forgets the collections of other threads, in a child process that does not have these threads.
pub(crate) fn end_other_collections() {
    IN_HAND_BYTES.store(COLLECTING_BYTES.get(), Relaxed);
}
