//! The state of this thread's heap.
//!
//! It is a constant-initialised thread-local without a destructor: reaching it is one addressing mode, and it can still
//! be used while other thread-locals are being destroyed. What must happen at the thread's end is in `exit`.

use std::cell::Cell;

use super::block::BlockPtr;
use super::candidates::{OldSet, Scratch, Young};
use crate::collector::pacing::Pacing;

/// What belongs to a thread besides its blocks.
pub(crate) struct Heap {
    pub(crate) balance: Balance,
    /// At how many captures survived a block is old.
    pub(crate) promote_after: Cell<u8>,
    /// A collection is running: another one does nothing.
    pub(crate) collecting: Cell<bool>,
    /// Somebody up the stack destroys what is in `to_free`.
    pub(crate) draining: Cell<bool>,
    /// Dead blocks whose values are not destroyed yet, linked through their first words.
    pub(crate) to_free: Cell<Option<BlockPtr>>,
    pub(crate) young: Young,
    pub(crate) old: OldSet,
    pub(crate) frozen: OldSet,
    /// The list of captured blocks, kept between collections.
    pub(crate) scratch: Scratch,
    pub(crate) exit: Cell<Exit>,
    /// Somebody wants to be told of collections, or wanted it once.
    pub(crate) has_callbacks: Cell<bool>,
    pub(crate) pacing: Pacing,
    #[cfg(recyc_sabotage)]
    pub(crate) sabotage: Cell<Option<Sabotage>>,
}

/// How far this thread is on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// No candidate was ever registered, so nothing needs to happen at the end.
    Unprepared,
    /// The end of the thread will run the last collection.
    Prepared,
    /// The last collection is over: no candidate is registered any more.
    Over,
}

/// A safeguard that a test can switch off, to see that the tests notice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(not(recyc_sabotage), allow(dead_code))]
pub enum Sabotage {
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

thread_local! {
    static HEAP: Heap = const { Heap::new() };
}

/// Runs `f` on this thread's heap.
#[inline(always)]
pub(crate) fn heap<R>(f: impl FnOnce(&Heap) -> R) -> R {
    // Only the address is asked for inside `with`: a closure of some length would not be inlined there, and what should
    // be one addressing mode would be a call.
    let heap = HEAP.with(|heap| &raw const *heap);
    // SAFETY: a thread-local without a destructor lives as long as its thread, and `f` ends before that.
    f(unsafe { &*heap })
}

impl Heap {
    const fn new() -> Self {
        Self {
            balance: Balance::new(),
            promote_after: Cell::new(crate::Config::DEFAULT.promote_after),
            collecting: Cell::new(false),
            draining: Cell::new(false),
            to_free: Cell::new(None),
            young: Young::new(),
            old: OldSet::new(),
            frozen: OldSet::new(),
            scratch: Scratch::new(),
            exit: Cell::new(Exit::Unprepared),
            has_callbacks: Cell::new(false),
            pacing: Pacing::new(),
            #[cfg(recyc_sabotage)]
            sabotage: Cell::new(None),
        }
    }

    /// Whether a test has switched this safeguard off.
    #[inline(always)]
    pub(crate) fn is_sabotaged(&self, _what: Sabotage) -> bool {
        #[cfg(recyc_sabotage)]
        return self.sabotage.get() == Some(_what);
        #[cfg(not(recyc_sabotage))]
        false
    }

    /// Takes a block out of the old or the frozen set.
    pub(crate) fn remove_old(&self, block: BlockPtr) {
        if !self.old.remove(block) {
            self.frozen.remove(block);
        }
    }
}

/// Counts blocks in such a way that `Gc::new` needs one subtraction and one test.
///
/// `budget` is what may still be allocated, net, before the pacing is asked. It never exceeds `limit`: a big structure
/// that dies must not pay for as much floating garbage later, so what is freed beyond that is kept apart in `surplus`.
/// **balance**: the number of blocks is `base + limit - budget - surplus`.
pub(crate) struct Balance {
    budget: Cell<isize>,
    limit: Cell<isize>,
    surplus: Cell<isize>,
    base: Cell<isize>,
}

impl Balance {
    const fn new() -> Self {
        let limit = crate::Config::DEFAULT.young_threshold as isize;
        Self { budget: Cell::new(limit), limit: Cell::new(limit), surplus: Cell::new(0), base: Cell::new(0) }
    }

    /// One block more; true if the budget is spent and the pacing must be asked.
    #[inline(always)]
    pub(crate) fn allocated(&self) -> bool {
        let budget = self.budget.get() - 1;
        self.budget.set(budget);
        budget < 0
    }

    /// One block less.
    #[inline(always)]
    pub(crate) fn freed(&self) {
        let budget = self.budget.get();
        if budget < self.limit.get() {
            self.budget.set(budget + 1);
        } else {
            self.surplus.set(self.surplus.get() + 1);
        }
    }

    /// How many blocks there are.
    pub(crate) fn live(&self) -> usize {
        usize::try_from(self.base.get() + self.limit.get() - self.budget.get() - self.surplus.get()).unwrap_or(0)
    }

    /// Net allocations since the last [`refill`](Self::refill), never below zero.
    pub(crate) fn net(&self) -> usize {
        usize::try_from(self.limit.get() - self.budget.get()).unwrap_or(0)
    }

    /// Whether the next block will ask the pacing.
    pub(crate) fn is_spent(&self) -> bool {
        self.budget.get() <= 0
    }

    /// Starts to count again: `limit` net allocations until the pacing is asked.
    pub(crate) fn refill(&self, limit: usize) {
        let limit = isize::try_from(limit).unwrap_or(isize::MAX / 4).min(isize::MAX / 4);
        self.base.set(self.base.get() + self.limit.get() - self.budget.get() - self.surplus.get());
        self.surplus.set(0);
        self.limit.set(limit);
        self.budget.set(limit);
    }

    /// Spends `amount` of the budget on something that is not a block. The pacing is asked by the next block.
    pub(crate) fn spend(&self, amount: usize) {
        let amount = isize::try_from(amount).unwrap_or(isize::MAX).min(self.budget.get().max(0));
        self.budget.set(self.budget.get() - amount);
        self.base.set(self.base.get() - amount);
    }

    /// The reverse of [`spend`](Self::spend); the budget does not exceed the limit by that either.
    pub(crate) fn give_back(&self, amount: usize) {
        let amount = isize::try_from(amount).unwrap_or(isize::MAX).min((self.limit.get() - self.budget.get()).max(0));
        self.budget.set(self.budget.get() + amount);
        self.base.set(self.base.get() + amount);
    }
}
