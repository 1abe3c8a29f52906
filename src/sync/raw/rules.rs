//! The rules of the protocol between threads that a test can leave out, one function for each.
//!
//! With [`Mutant`] a test shows that a rule is needed: some model fails without it. What a function
//! returns in any other build is what its first sentence says.

use super::block::BlockPtr;
use super::candidates;
use super::header::Header;
use super::primitive::AtomicU64;
use super::primitive::Ordering::{self, AcqRel, Acquire, Relaxed, Release};
use super::release::{Handle, register_by_drop};
use super::upgrades::{ALL_DEAD, ALL_PRESENT, SEALED};
use super::word::Word;
use crate::mutants::{Mutant, without};

/// The ordering with which a handle is given up.
///
/// Release: a thread that destroys the value, or finds it unreachable, must see all that was done
/// through this handle. Pairs with the Acquire load in `wait_thawed` and with the two reading
/// rounds of a commit.
#[inline(always)]
pub(super) fn giving_up() -> Ordering {
    if without(Mutant::RelaxedDrop) { Relaxed } else { Release }
}

/// The ordering with which a collection ends the reading of a value.
///
/// Release: what the collection has read, it has read before the value is destroyed or changed.
/// Pairs with `wait_thawed`, `deregister` and `try_increment`.
#[inline(always)]
pub(super) fn thawing() -> Ordering {
    if without(Mutant::RelaxedThaw) { Relaxed } else { Release }
}

/// The ordering with which the last drop waits for the end of such a reading.
///
/// Acquire: the value must not be destroyed before all uses of it. Pairs with `giving_up` of the
/// other handles and with `thaw`.
#[inline(always)]
pub(super) fn waiting() -> Ordering {
    if without(Mutant::RelaxedWait) { Relaxed } else { Acquire }
}

/// The ordering with which an upgrade departs.
///
/// Release: a verification that finds no upgrade present reads the words as this upgrade has left
/// them. Pairs with the Acquire in `upgrades::read`.
#[inline(always)]
pub(super) fn departing() -> Ordering {
    if without(Mutant::RelaxedDeparture) { Relaxed } else { Release }
}

/// Whether every block that is frozen is dead, by the number of the upgrades.
pub(super) fn marks_all_dead(state: u64) -> bool {
    state & if without(Mutant::SealedIsDead) { SEALED } else { ALL_DEAD } != 0
}

/// Whether no upgrade is present, by the number of the upgrades.
pub(super) fn is_quiet(state: u64) -> bool {
    state & ALL_PRESENT == 0 || without(Mutant::PresentIgnored)
}

/// Replaces the number of the upgrades by `sealed` if it still is `quiet`. Returns whether it was.
pub(super) fn seal(upgrades: &AtomicU64, quiet: u64, sealed: u64) -> bool {
    // Release: an upgrade that reads the seal sees that all other blocks are thawed. Pairs with the
    // Acquire in `is_dead`. Acquire: the words are not changed before.
    if without(Mutant::SealAnyway) {
        upgrades.fetch_or(sealed & (SEALED | ALL_DEAD), AcqRel);
        return true;
    }
    upgrades.compare_exchange(quiet, sealed, AcqRel, Relaxed).is_ok()
}

/// What a word has and does by the rules.
impl Word {
    /// What a new handle adds to a word: one to the count and one to the version.
    #[inline(always)]
    pub(super) fn new_handle() -> u64 {
        if without(Mutant::NoVersion) { 1 } else { Self::ONE_VERSION | 1 }
    }

    /// The word that a collection leaves which begins to read the value. The version starts from
    /// zero.
    #[inline(always)]
    pub(super) fn frozen(self) -> u64 {
        let flag = match () {
            () if without(Mutant::CountPins) => 1,
            () if without(Mutant::NoFrozenFlag) => 0,
            () => Self::FROZEN,
        };
        (self.0 & !Self::VERSION) + flag
    }

    /// The word of a block that `get_mut` has taken out of collections, with the record of upgrades
    /// cleared.
    #[inline(always)]
    pub(super) fn withdrawn(self) -> u64 {
        let is_kept = self.is_leaf() || without(Mutant::MutCandidate);
        self.0 & !(if is_kept { Self::UPGRADED } else { Self::UPGRADED | Self::CANDIDATE })
    }

    /// The flags of a block whose finalizer a collection may call: no thread has withdrawn it.
    #[inline(always)]
    pub(super) fn finalizable() -> u64 {
        if without(Mutant::FinalizeUnderMut) { 0 } else { Self::CANDIDATE }
    }

    /// Whether a worn version is half-way to a value that looks unused.
    #[inline(always)]
    pub(super) fn is_half_round(self) -> bool {
        self.is_worn()
            && self.0 & (Self::VERSION_SATURATED >> 1) != 0
            && !without(Mutant::VersionRound)
    }

    /// Whether an upgrade has to arrive first, since a collection reads the value.
    #[inline(always)]
    pub(super) fn needs_arrival(self) -> bool {
        self.is_frozen() && !without(Mutant::UpgradeFrozen)
    }

    /// Whether the last drop has to wait, since a collection reads the value.
    #[inline(always)]
    pub(super) fn delays_last_drop(self) -> bool {
        self.is_frozen() && !without(Mutant::NoWait)
    }

    /// Whether `get_mut` has to wait, since a collection reads the value.
    #[inline(always)]
    pub(super) fn delays_mut(self) -> bool {
        self.is_frozen() && !without(Mutant::MutFrozen)
    }

    /// Whether there is one handle, whether or not a collection reads the value.
    #[inline(always)]
    pub(super) fn has_one_handle(self) -> bool {
        self.count() == 1 && !(self.is_frozen() && without(Mutant::MutOnce))
    }

    /// Whether an upgrade came since `get_mut` took the block out of collections.
    #[inline(always)]
    pub(super) fn shows_upgrade(self) -> bool {
        self.is_upgraded() && !without(Mutant::MutUpgraded)
    }

    /// Whether there is no handle, so that the value may be gone.
    #[inline(always)]
    pub(crate) fn has_no_handle(self) -> bool {
        self.count() == 0 && !without(Mutant::ZeroExplained)
    }

    /// Whether two equal versions do not prove that no handle was made between them.
    #[inline(always)]
    pub(crate) fn proves_nothing(self) -> bool {
        self.is_worn() && !without(Mutant::WornBelieved)
    }

    /// Whether the running collection has frozen the block.
    #[inline(always)]
    pub(crate) fn is_frozen_here(self) -> bool {
        self.is_frozen() || without(Mutant::NoFrozenFlag)
    }

    /// Whether an entry of this block in a candidate list has no purpose any more.
    #[inline]
    pub(crate) fn is_no_candidate(self) -> bool {
        self.count() == 0 || self.is_dead() && !without(Mutant::NoDeadTest)
    }
}

/// Registers the block in the same step that releases the handle, unless the word has changed.
/// Returns whether the handle was the last, which by this rule it never is.
///
/// # Safety
///
/// The caller owns one count of the block, which it must not use again after a success.
#[inline(always)]
pub(super) unsafe fn register(block: BlockPtr, word: Word) -> Result<bool, Word> {
    if without(Mutant::RegisterLate) {
        // SAFETY: by *count* the handle is the caller's. The rest is not sound, as models show.
        return Ok(unsafe { release_then_register(block) });
    }
    // SAFETY: by *count* the handle is the caller's.
    unsafe { register_by_drop(block, word) }.map(|()| false)
}

/// Releases the handle before it registers the block.
///
/// # Safety
///
/// The caller owns one count of the block, which it must not use again. The block may be freed
/// before it is registered here: only for models that show this error.
#[cold]
unsafe fn release_then_register(block: BlockPtr) -> bool {
    let header = block.header();
    if header.decrement() {
        return true;
    }
    let header = block.header();
    if !header.register_late().is_buffered() {
        header.pin();
        candidates::push(block);
    }
    false
}

/// Whether a full collection has decided, by the numbers of those before and after.
pub(super) fn has_decided(before: u32, after: u32) -> bool {
    before != after && !without(Mutant::ChooseEarly)
}

/// How many young collections have decided, by the numbers of those before and after.
pub(super) fn decided_between(before: u32, after: u32) -> u32 {
    if without(Mutant::TakenStayYoung) { 0 } else { after.wrapping_sub(before) }
}

/// Whether the entry of a survivor stays. It does, unless the block has died in the meantime.
#[inline(always)]
pub(crate) fn keeps_entry(header: &Header) -> bool {
    if without(Mutant::ForgetEntry) {
        header.forget_entry();
        return false;
    }
    !header.word().is_no_candidate()
}

/// A handle with which a collection calls the finalizer; `None` if the finalizer must not be called
/// now.
#[inline]
pub(crate) fn handle_for_finalizer(block: BlockPtr) -> Option<impl Sized> {
    if without(Mutant::NoFinalizerHandle) {
        return Some(None);
    }
    block.header().try_increment_candidate().then(|| Some(Handle(block)))
}

/// Ends the reading of a value in a window.
#[inline(always)]
pub(crate) fn thaw(block: BlockPtr) {
    block.header().thaw();
    if without(Mutant::CountPins) {
        drop(Handle(block));
    }
}
