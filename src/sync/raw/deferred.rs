//! Handles that keep blocks whose finalizers wait until the program collects.
//!
//! With [`Config::finalize_on_demand`](crate::Config::finalize_on_demand) an automatic collection
//! calls no finalizer. A block that it finds dead gets one handle more, which is kept here, so the
//! block and all that it reaches live on. The last handle of a block that dies by counting in the
//! course of it comes here too. A collection that the program asks for takes the handles and drops
//! them like any other.

use super::block::BlockPtr;
#[cfg(not(loom))]
use super::primitive::MutexGuard;
use super::primitive::{Mutex, global, lock_global as lock};

/// The kept handles.
///
/// **deferred**: each entry owns one count of its block.
pub(crate) struct Deferred {
    kept: Vec<BlockPtr>,
    /// A full collection has captured a kept block, which may be old by now.
    needs_full: bool,
}

global! {
    static DEFERRED: Mutex<Deferred> = Mutex::new(Deferred { kept: Vec::new(), needs_full: false });
}

/// The lock, for a thread that forks. A thread that has it waits for no other lock.
#[cfg(not(loom))]
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

/// Whether finalizers wait, and if so, whether only a full collection is sure to find the kept
/// blocks dead again.
pub(crate) fn needs_full() -> Option<bool> {
    // Under the model checker every lock multiplies the executions, and nothing is automatic.
    if cfg!(loom) {
        return None;
    }
    let deferred = lock(&DEFERRED);
    (!deferred.kept.is_empty()).then_some(deferred.needs_full)
}

/// Records that a full collection has captured kept blocks, if there are any.
pub(crate) fn require_full() {
    let mut deferred = lock(&DEFERRED);
    deferred.needs_full = !deferred.kept.is_empty();
}

/// Takes all kept handles, which are the caller's now.
pub(crate) fn take_all() -> Vec<BlockPtr> {
    if cfg!(loom) {
        return Vec::new();
    }
    let mut deferred = lock(&DEFERRED);
    deferred.needs_full = false;
    std::mem::take(&mut deferred.kept)
}
