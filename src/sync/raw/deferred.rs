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

/// The blocks that wait: those of the kept handles, and undecided ones.
///
/// **deferred**: each entry owns one count of its block.
pub(crate) struct Deferred {
    kept: Vec<BlockPtr>,
    /// Some handles were taken, and no collection that was sure to find their blocks dead has run
    /// since.
    are_undecided: bool,
    /// An upper bound of the ages of the blocks that wait and of all that they reach.
    highest_age: u8,
    /// One of these blocks may be old.
    needs_full: bool,
    decisions: Decisions,
}

/// How many collections have decided so far.
#[derive(Clone, Copy, Debug)]
struct Decisions {
    full: u32,
    young: u32,
}

impl Deferred {
    fn is_pending(&self) -> bool {
        self.are_undecided || !self.kept.is_empty()
    }
}

/// What was recorded about the handles that a thread has taken, at that time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    highest_age: u8,
    needs_full: bool,
    decisions: Decisions,
}

impl Taken {
    /// Whether only a full collection is sure to find the blocks dead again, because they or blocks
    /// that they reach may be old. To be called under the collector's lock: a collection that
    /// captured the blocks before their handles were dropped may have decided since. Blocks of the
    /// age `promote_after` are old.
    pub(crate) fn needs_full(self, promote_after: u8) -> bool {
        let now = lock(&DEFERRED).decisions;
        self.may_be_old(now) || self.highest_age(now) >= promote_after
    }

    /// Whether the blocks may have become old otherwise than in young collections since.
    fn may_be_old(self, now: Decisions) -> bool {
        self.needs_full || rules::has_decided(self.decisions.full, now.full)
    }

    /// The upper bound of the ages after young collections since.
    fn highest_age(self, now: Decisions) -> u8 {
        let grown = rules::decided_between(self.decisions.young, now.young);
        self.highest_age.saturating_add(grown.try_into().unwrap_or(u8::MAX))
    }
}

global! {
    static DEFERRED: Mutex<Deferred> = Mutex::new(Deferred {
        kept: Vec::new(),
        are_undecided: false,
        highest_age: 0,
        needs_full: false,
        decisions: Decisions { full: 0, young: 0 },
    });
}

/// The lock, for a thread that forks. A thread that has it waits for no other lock.
pub(crate) fn lock_all() -> MutexGuard<'static, Deferred> {
    lock(&DEFERRED)
}

/// Keeps a handle, if there is memory for that and `make` has made one. Otherwise returns `false`.
/// No block that this one reaches has a higher age than `highest_age`.
#[cold]
pub(crate) fn keep(block: BlockPtr, highest_age: u8, make: impl FnOnce() -> bool) -> bool {
    let deferred = &mut *lock(&DEFERRED);
    let is_kept = deferred.kept.try_reserve(1).is_ok() && make();
    if is_kept {
        deferred.kept.push(block);
        deferred.highest_age = deferred.highest_age.max(highest_age);
    }
    is_kept
}

/// Whether finalizers wait.
pub(crate) fn is_pending() -> bool {
    watch::keeps_handles() && lock(&DEFERRED).is_pending()
}

/// Records that the blocks of handles that were taken wait on, without their handles.
pub(crate) fn put_back(taken: Taken) {
    let deferred = &mut *lock(&DEFERRED);
    let now = deferred.decisions;
    deferred.are_undecided = true;
    deferred.highest_age = deferred.highest_age.max(taken.highest_age(now));
    deferred.needs_full |= taken.may_be_old(now);
}

/// Records that a young collection has decided and has made its survivors older. Those of the age
/// `promote_after` are old. The collector's lock is held.
pub(crate) fn young_has_decided(promote_after: u8) {
    if watch::keeps_handles() {
        let mut deferred = lock(&DEFERRED);
        deferred.decisions.young = deferred.decisions.young.wrapping_add(1);
        if deferred.is_pending() {
            deferred.highest_age = deferred.highest_age.saturating_add(1);
            deferred.needs_full |= deferred.highest_age >= promote_after;
        }
    }
}

/// Records that a full collection has decided, which may have captured blocks that wait, or that
/// blocks become old at another age. The collector's lock is held in the first case.
pub(crate) fn full_has_decided() {
    if watch::keeps_handles() {
        let mut deferred = lock(&DEFERRED);
        deferred.needs_full |= deferred.is_pending();
        deferred.decisions.full = deferred.decisions.full.wrapping_add(1);
    }
}

/// Takes all kept handles, which are the caller's now. Returns `None` if no finalizer waits. The
/// list may be empty, as undecided blocks have no handle here.
pub(crate) fn take_all() -> Option<(Vec<BlockPtr>, Taken)> {
    if !watch::keeps_handles() {
        return None;
    }
    let mut deferred = lock(&DEFERRED);
    if !deferred.is_pending() {
        return None;
    }
    deferred.are_undecided = false;
    let highest_age = std::mem::take(&mut deferred.highest_age);
    let needs_full = std::mem::take(&mut deferred.needs_full);
    let taken = Taken { highest_age, needs_full, decisions: deferred.decisions };
    Some((std::mem::take(&mut deferred.kept), taken))
}
