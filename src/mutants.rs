//! Switches with which a test leaves out one rule of a heap, to see that the tests notice.
//!
//! Only the modules named `rules` read the switches. In a build without `cfg(recyc_mutants)` each
//! switch is a constant.

/// A rule of one of the heaps that a test can leave out. The first group belongs to the heap that
/// threads share, the second to that of a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(not(recyc_mutants), allow(dead_code))]
pub enum Mutant {
    /// Not a safeguard: the first guess takes every block for dead, so that only the commit
    /// decides.
    NoDecision,
    /// Not a safeguard: the first walk releases each value at once and verifies no window, so that
    /// the steps of the other threads in a model come before the decision and the commit.
    NoWindow,
    /// Not a safeguard: the first attempt of a commit is closed to upgrades as well.
    CloseFirst,
    /// The commit accepts the first guess without a check.
    NoCommit,
    /// New handles do not change the version.
    NoVersion,
    /// A version that has been through all its values starts again.
    VersionRound,
    /// The commit accepts a version that has been through all its values.
    WornBelieved,
    /// The commit reads the words once.
    OneRound,
    /// The commit releases each lock as soon as it has read the value.
    NoFreeze,
    /// The memory of a captured block is not kept between two windows.
    NoHold,
    /// A drop registers the block after it has given up its count.
    RegisterLate,
    /// A survivor's candidate entry is removed, to be made again by the next drop.
    ForgetEntry,
    /// `Weak::upgrade` of a value that a collection reads does not arrive.
    UpgradeFrozen,
    /// A verification is sealed although upgrades have arrived since its first round.
    SealAnyway,
    /// A verification passes although an upgrade is present between its two rounds.
    PresentIgnored,
    /// An upgrade that departs publishes nothing.
    RelaxedDeparture,
    /// An upgrade takes every frozen block for dead while a window is sealed.
    SealedIsDead,
    /// Candidates that another collection has found dead are taken for alive.
    NoDeadTest,
    /// The commit takes a count of zero for explained.
    ZeroExplained,
    /// A drop publishes nothing.
    RelaxedDrop,
    /// The last drop does not wait for a collection that reads the value.
    NoWait,
    /// Nothing is frozen: the value may be destroyed or changed while it is read.
    NoFrozenFlag,
    /// A collection that reads a value has a handle to it, and drops it like any other.
    CountPins,
    /// The end of a collection's reading publishes nothing.
    RelaxedThaw,
    /// The last drop sees nothing of what it waits for.
    RelaxedWait,
    /// `get_mut` gives up instead of waiting for a collection that reads the value.
    MutOnce,
    /// `get_mut` does not wait for a collection that reads the value.
    MutFrozen,
    /// `get_mut` leaves the block where a collection can enter it.
    MutCandidate,
    /// `get_mut` does not notice an upgrade that came between its looks.
    MutUpgraded,
    /// A dead value with a cell that could not be read is not traced again for its handles.
    UnreadSettled,
    /// A finalizer is called without a handle of its own.
    NoFinalizerHandle,
    /// A finalizer is called though another thread may have `&mut` to the value.
    FinalizeUnderMut,
    /// The collector's lock is held while values are destroyed.
    LockWhileDestroying,
    /// A collection that has called finalizers leaves another one suspended.
    LeaveSuspended,
    /// A collection is suspended in the place of another one.
    SuspendTwice,
    /// The dead whose finalizers are due are not made live after the last round.
    NoRevival,
    /// Whether finalizers that have waited require a full collection is decided before the
    /// collector's lock is taken.
    ChooseEarly,
    /// A young collection that decides after kept handles were taken makes their blocks no older.
    TakenStayYoung,

    /// Roots that survive a collection which did not enter everything are not kept as candidates.
    NoRetainedRoots,
    /// Survivors that lost a handle to the dead of such a collection are not kept as candidates.
    NoRetainedTargets,
    /// The roots of the decision after finalizers are not kept as candidates.
    NoRetainedRevived,
    /// `get_mut` leaves the block where a collection can find it.
    KeepCandidateOnGetMut,
    /// `Weak` handles of the dead can be upgraded while the dead are destroyed.
    WeaksClearedLate,
    /// The dead are not pinned while their finalizers run.
    NoPin,
}

/// Whether a test has left this rule out.
#[cfg(not(recyc_mutants))]
#[inline(always)]
pub(crate) const fn without(_rule: Mutant) -> bool {
    false
}

#[cfg(recyc_mutants)]
pub use switched::mutants;
#[cfg(recyc_mutants)]
pub(crate) use switched::without;

#[cfg(recyc_mutants)]
mod switched {
    use std::cell::Cell;

    use super::Mutant;

    // The model checker runs all threads of a model on one thread of the system, so each test has
    // a setting of its own. In other tests the setting holds for the thread that makes it.
    std::thread_local! { static LEFT_OUT: Cell<u64> = const { Cell::new(0) }; }

    pub(crate) fn without(rule: Mutant) -> bool {
        LEFT_OUT.get() & 1 << rule as u64 != 0
    }

    /// Leaves these rules out on this thread, and follows all others.
    pub fn mutants(left_out: &[Mutant]) {
        LEFT_OUT.set(left_out.iter().fold(0, |all, &rule| all | 1 << rule as u64));
    }
}
