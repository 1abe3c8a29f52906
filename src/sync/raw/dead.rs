//! Memory of dead blocks that stays because entries in candidate lists pin it: how much there is,
//! and when it is freed.
//!
//! A list is swept of the dead when its length has doubled. With large blocks that is late. The
//! list of an idle thread, or of old candidates, may not grow at all. So the bytes of such blocks
//! are counted when their values are gone, and all lists are swept when there are many. A thread
//! adds up [`BATCH`] bytes before it writes to the common sum.
//!
//! The sum is an estimate: blocks that a collection or another sweep has freed since are not
//! subtracted. A sweep that comes too early reads each entry, and there are [`BYTES_PER_ENTRY`]
//! bytes of dead blocks for each entry.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use super::hooks::Hooks;
use super::thread::local;
use crate::raw::heaps::Shared;
use crate::raw::sizes::size;

/// The least number of bytes for which a sweep is made, whatever the number of entries.
const LEAST: usize = size(1 << 20, 1 << 12);

/// The bytes of dead blocks for which reading one entry is worth its cost. Some live blocks are of
/// this size.
const BYTES_PER_ENTRY: usize = 128;

/// How many bytes a thread adds to the common sum at a time.
const BATCH: usize = LEAST / 16;

/// Bytes of dead blocks that threads have reported since all lists were last swept.
static DEAD: AtomicUsize = AtomicUsize::new(0);

/// All lists are swept when [`DEAD`] is as large.
static LIMIT: AtomicUsize = AtomicUsize::new(LEAST);

/// Counts a block whose value is gone and whose entry is left. May sweep all candidate lists, so
/// the caller has no lock of the heap; runs no foreign code.
#[inline]
pub(super) fn count(bytes: usize) {
    let is_full = local(|local| {
        let sum = local.dead_bytes.get().saturating_add(bytes);
        local.dead_bytes.set(sum);
        sum >= BATCH || local.is_over()
    });
    if is_full == Some(true) {
        tell();
    }
}

/// Adds the bytes that this thread has counted to the common sum, and sweeps all lists if the sum
/// has reached its limit.
#[cold]
#[inline(never)]
pub(super) fn tell() {
    let bytes = local(|local| local.dead_bytes.take()).unwrap_or(0);
    // Relaxed, here and below: numbers that publish nothing; the lists are changed under their
    // locks.
    DEAD.fetch_add(bytes, Relaxed);
    if is_much() {
        // If another thread collects, the next batch tries again.
        Shared::sweep_if_free(is_much);
    }
}

fn is_much() -> bool {
    DEAD.load(Relaxed) >= LIMIT.load(Relaxed)
}

/// Records that all lists were just swept, or taken by a full collection.
pub(crate) fn swept() {
    DEAD.store(0, Relaxed);
}

/// Sets the limit by the number of entries that are left.
pub(crate) fn set_entries(entries: usize) {
    LIMIT.store(entries.saturating_mul(BYTES_PER_ENTRY).max(LEAST), Relaxed);
}
