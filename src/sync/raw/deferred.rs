//! Handles that keep blocks whose finalizers wait until the program collects.
//!
//! With [`Config::finalize_on_demand`](crate::Config::finalize_on_demand) an automatic collection
//! calls no finalizer. A block that it finds dead gets one handle more, which is kept here, so the
//! block and all that it reaches live on. The last handle of a block that dies by counting in the
//! course of it comes here too. A collection that the program asks for takes the handles and drops
//! them like any other.

use super::block::BlockPtr;
use super::primitive::{Mutex, MutexGuard, global, lock_global as lock};
use super::rules;
use crate::sync::collector::pacing;

/// The kept handles.
///
/// **deferred**: each entry owns one count of its block.
pub(crate) struct Deferred {
    kept: Vec<BlockPtr>,
    /// A full collection has captured a kept block, which may be old by now.
    needs_full: bool,
    /// How many full collections have decided so far.
    full_collections: usize,
}

/// What a thread knows about the handles that it has taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    needs_full: bool,
    full_collections: usize,
}

impl Taken {
    /// Whether only a full collection is sure to find the blocks dead again, because they may be
    /// old. To be called under the collector's lock: a full collection may have decided after the
    /// handles were taken.
    pub(crate) fn needs_full(self) -> bool {
        self.needs_full
            || rules::has_decided(self.full_collections, lock(&DEFERRED).full_collections)
    }
}

global! {
    static DEFERRED: Mutex<Deferred> = Mutex::new(Deferred { kept: Vec::new(), needs_full: false, full_collections: 0 });
}

/// The lock, for a thread that forks. A thread that has it waits for no other lock.
pub(crate) fn lock_all() -> MutexGuard<'static, Deferred> {
    lock(&DEFERRED)
}

/// Keeps a handle, if there is memory for that and `make` has made one. Otherwise returns `false`.
#[cold]
pub(crate) fn keep(block: BlockPtr, make: impl FnOnce() -> bool) -> bool {
    let kept = &mut lock(&DEFERRED).kept;
    let is_kept = kept.try_reserve(1).is_ok() && make();
    if is_kept {
        kept.push(block);
    }
    is_kept
}

/// Whether finalizers wait.
pub(crate) fn is_pending() -> bool {
    pacing::keeps_handles() && !lock(&DEFERRED).kept.is_empty()
}

/// Records that a full collection has decided, which may have captured kept blocks. The collector's
/// lock is held.
pub(crate) fn full_has_decided() {
    if pacing::keeps_handles() {
        let mut deferred = lock(&DEFERRED);
        deferred.needs_full = !deferred.kept.is_empty();
        deferred.full_collections = deferred.full_collections.wrapping_add(1);
    }
}

/// Takes all kept handles, which are the caller's now. Returns `None` if there are none.
pub(crate) fn take_all() -> Option<(Vec<BlockPtr>, Taken)> {
    if !pacing::keeps_handles() {
        return None;
    }
    let mut deferred = lock(&DEFERRED);
    let needs_full = std::mem::take(&mut deferred.needs_full);
    let taken = Taken { needs_full, full_collections: deferred.full_collections };
    (!deferred.kept.is_empty()).then(|| (std::mem::take(&mut deferred.kept), taken))
}
