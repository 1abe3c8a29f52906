//! The bytes that make a collection of the shared heap due: common sums, which any thread changes
//! without a lock.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use super::tell;
use crate::config::Config;
use crate::policy::BYTES_PER_BLOCK;
use crate::sync::raw::thread::{Local, local};

/// Bytes that values hold outside of their blocks, as far as they have reported them.
pub(super) static EXTERNAL: AtomicUsize = AtomicUsize::new(0);

/// Bytes of large blocks that were made since the last collection began.
pub(super) static MADE_BYTES: AtomicUsize = AtomicUsize::new(0);

/// Bytes that the young candidates own which came since the last collection began, by samples.
pub(super) static SAMPLED_BYTES: AtomicUsize = AtomicUsize::new(0);

/// Bytes of large blocks that were made before the running collections began, whose dead are not
/// freed yet.
pub(super) static IN_HAND_BYTES: AtomicUsize = AtomicUsize::new(0);

/// Bytes of large blocks that make the next share of a suspended collection due; `usize::MAX` if
/// none is suspended.
pub(super) static SHARE_BYTES: AtomicUsize = AtomicUsize::new(usize::MAX);

/// [`Config::young_bytes`] of the configuration in force, which is read without the lock.
pub(super) static YOUNG_BYTES: AtomicUsize = AtomicUsize::new(Config::DEFAULT.young_bytes);

/// Records that a value holds `after` bytes outside of its block, where it held `before` bytes.
/// `change` stores the number, and returns `false` if another thread has stored another number
/// first. Returns the result of `change`.
pub(crate) fn external_changes(before: usize, after: usize, change: impl FnOnce() -> bool) -> bool {
    let (more, less) = (after.saturating_sub(before), before.saturating_sub(after));
    // Added before another thread can read the new number. Otherwise that thread could subtract it
    // first, and the sum would be below zero.
    change_external(more, usize::saturating_add);
    let changed = change();
    change_external(if changed { less } else { more }, usize::saturating_sub);
    if changed {
        let blocks = more / BYTES_PER_BLOCK;
        if blocks > 0 && local(|local| local.spend(blocks)) != Some(true) {
            tell(blocks);
        }
        local(|local| local.give_back(less / BYTES_PER_BLOCK));
    }
    changed
}

fn change_external(bytes: usize, how: fn(usize, usize) -> usize) {
    if bytes > 0 {
        // Relaxed: a number that publishes nothing.
        _ = EXTERNAL.fetch_update(Relaxed, Relaxed, |sum| Some(how(sum, bytes)));
    }
}

/// Records a new block of this many bytes, including the bytes that its value owns elsewhere.
#[cold]
#[inline(never)]
pub(crate) fn large_block(bytes: usize) {
    // Relaxed: numbers that publish nothing. A sum that wraps would be no worse than one that a
    // collection has reset.
    let made = MADE_BYTES.fetch_add(bytes, Relaxed).wrapping_add(bytes);
    if made >= due_bytes(YOUNG_BYTES.load(Relaxed)) {
        local(Local::ask);
    }
}

/// The young candidates that a sample stands for own this many bytes. A collection that comes due
/// by that begins at the block that is being made.
pub(crate) fn sampled(bytes: usize) {
    if bytes > 0 {
        // Relaxed: as in `large_block`.
        _ = SAMPLED_BYTES.fetch_update(Relaxed, Relaxed, |sum| Some(sum.saturating_add(bytes)));
    }
}

/// Bytes of large blocks that are new since the last collection. The two sums have the same blocks
/// in part, so the larger one counts.
pub(super) fn new_bytes() -> usize {
    MADE_BYTES.load(Relaxed).max(SAMPLED_BYTES.load(Relaxed))
}

/// How many bytes are made until a young collection is due: fewer while other threads free the dead
/// of theirs, which is the garbage of one collection for each of these threads. A quarter at least.
/// While a collection is suspended, the bytes of the blocks that make a share due.
pub(super) fn due_bytes(young_bytes: usize) -> usize {
    let in_hand = IN_HAND_BYTES.load(Relaxed);
    young_bytes.saturating_sub(in_hand).max(young_bytes / 4).min(SHARE_BYTES.load(Relaxed))
}
