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
use super::watch;

/// The kept handles.
///
/// **deferred**: each entry owns one count of its block.
pub(crate) struct Deferred {
    kept: Vec<BlockPtr>,
    /// A kept block may be old by now, or the handle of an old one was taken, and no full
    /// collection was sure to start from the block since.
    needs_full: bool,
    /// How many full collections have decided so far.
    full_collections: usize,
}

impl Deferred {
    fn is_pending(&self) -> bool {
        self.needs_full || !self.kept.is_empty()
    }
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
    watch::keeps_handles() && lock(&DEFERRED).is_pending()
}

/// Records that handles were taken, and that no collection is sure to find their blocks dead before
/// the next full one.
pub(crate) fn require_full() {
    lock(&DEFERRED).needs_full = true;
}

/// Records that a young collection has decided, which may have made kept blocks old: those that have
/// reached the age `promote_after`. The collector's lock is held.
pub(crate) fn young_has_decided(promote_after: u8) {
    if watch::keeps_handles() {
        let mut deferred = lock(&DEFERRED);
        if !deferred.needs_full {
            deferred.needs_full =
                deferred.kept.iter().any(|block| block.header().age() >= promote_after);
        }
    }
}

/// Records that a full collection has decided, which may have captured kept blocks. The collector's
/// lock is held.
pub(crate) fn full_has_decided() {
    if watch::keeps_handles() {
        let mut deferred = lock(&DEFERRED);
        deferred.needs_full |= !deferred.kept.is_empty();
        deferred.full_collections = deferred.full_collections.wrapping_add(1);
    }
}

/// Takes all kept handles, which are the caller's now. Returns `None` if no finalizer waits. The
/// list is empty if only the blocks of handles that were taken before wait for a full collection.
pub(crate) fn take_all() -> Option<(Vec<BlockPtr>, Taken)> {
    if !watch::keeps_handles() {
        return None;
    }
    let mut deferred = lock(&DEFERRED);
    let is_pending = deferred.is_pending();
    let needs_full = std::mem::take(&mut deferred.needs_full);
    let taken = Taken { needs_full, full_collections: deferred.full_collections };
    is_pending.then(|| (std::mem::take(&mut deferred.kept), taken))
}
