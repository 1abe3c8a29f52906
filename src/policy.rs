//! The rules by which either heap decides what to collect, and how often.

pub(crate) mod bytes;
pub(crate) mod sample;

use crate::config::Config;
use crate::report::CollectionReport;

/// What has started a collection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum By {
    /// A function that collects, or the end of the thread.
    Program,
    /// A new block. The program has chosen no point for finalizers.
    Allocation,
}

/// Which candidates a collection starts from, and what it enters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// From the young buffer; old blocks are not entered.
    Young {
        /// How many blocks may be traced.
        work_limit: Option<std::num::NonZeroUsize>,
    },
    /// From all candidates; every block is entered.
    Full,
}

/// A list of more young candidates than this many young thresholds is collected at the next
/// allocation.
pub(crate) const YOUNG_LIMIT: usize = 4;

/// How many bytes elsewhere count as one block.
pub(crate) const BYTES_PER_BLOCK: usize = 1024;

/// The adapted young threshold stays within this factor of the configured one.
const MAX_BACK_OFF: usize = 16;

/// A full collection that captured `n` blocks pays for this many times `n` net allocations without
/// another, however little the heap has grown.
const IDLE_FACTOR: usize = 4;

/// The record of a heap's last full collection.
#[derive(Clone, Copy)]
pub(crate) struct LastFull {
    /// The size of the heap after it, in blocks.
    pub(crate) live: usize,
    /// The number of blocks that it captured.
    pub(crate) captured: usize,
    /// Net allocations since then.
    pub(crate) since: usize,
}

impl LastFull {
    pub(crate) const NONE: Self = Self { live: 0, captured: 0, since: 0 };
}

/// The collection that is due in a heap of this weight.
///
/// `waiting` is the number of candidates that wait for a full collection: the old ones, and the
/// young ones that a work limit has left over.
pub(crate) fn due(config: &Config, waiting: usize, weight: usize, last: LastFull) -> Kind {
    let young = Kind::Young { work_limit: config.work_limit };
    if waiting == 0 {
        return young;
    }
    let grown = last.live as f64 * (1.0 + f64::from(config.heap_growth));
    let has_grown = weight as f64 > grown + config.young_threshold as f64;
    let has_waited =
        last.since > last.captured.max(config.young_threshold).saturating_mul(IDLE_FACTOR);
    if has_grown || has_waited { Kind::Full } else { young }
}

/// The young threshold after a collection: young ones come less often while they find little, and
/// more often while most is garbage. A full collection that finds little was among the old blocks,
/// which implies nothing about the young ones.
pub(crate) fn adapted(
    threshold: usize,
    config: &Config,
    kind: Kind,
    report: &CollectionReport,
) -> usize {
    let configured = config.young_threshold;
    let found_little = report.reclaimed.saturating_mul(10) < report.captured;
    let found_much = report.reclaimed.saturating_mul(2) > report.captured;
    if !config.adaptive || report.abandoned {
        threshold
    } else if found_much {
        (threshold / 3 * 2).max(configured)
    } else if found_little && kind != Kind::Full {
        threshold.saturating_add(threshold / 2 + 1).min(configured.saturating_mul(MAX_BACK_OFF))
    } else {
        threshold
    }
}
