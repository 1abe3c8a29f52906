//! The number of blocks, and of net allocations.

use std::cell::Cell;

/// Counts blocks such that `Gc::new` needs one subtraction and one test, and the end of a block one
/// addition.
///
/// The policy needs the net number of allocations. To keep that up to date at both ends would make
/// every allocation depend on the end before it. So only allocations count down. At zero the policy
/// computes the net number, and often only sets the countdown again.
///
/// **balance**: the number of blocks is `allocated + set_to - countdown - freed`.
pub(crate) struct Balance {
    /// The number of allocations until the policy is run.
    countdown: Cell<isize>,
    set_to: Cell<isize>,
    /// All allocations up to the last time the countdown was set.
    allocated: Cell<usize>,
    freed: Cell<usize>,
    /// The number of blocks at the last collection, or fewer: a large structure that dies must not
    /// allow as much floating garbage later.
    mark: Cell<usize>,
    /// Net allocations since then that are not blocks.
    spent: Cell<usize>,
}

impl Balance {
    pub(super) const fn new() -> Self {
        let countdown = crate::Config::DEFAULT.young_threshold as isize;
        Self {
            countdown: Cell::new(countdown),
            set_to: Cell::new(countdown),
            allocated: Cell::new(0),
            freed: Cell::new(0),
            mark: Cell::new(0),
            spent: Cell::new(0),
        }
    }

    /// Counts one block more. Returns `true` if the policy is to be run.
    #[inline(always)]
    pub(crate) fn allocated(&self) -> bool {
        let countdown = self.countdown.get() - 1;
        self.countdown.set(countdown);
        countdown < 0
    }

    /// Takes back an [`allocated`](Self::allocated): there is no block, or not yet.
    pub(crate) fn not_allocated(&self) {
        self.countdown.set(self.countdown.get() + 1);
    }

    /// Counts `blocks` blocks less.
    #[inline(always)]
    pub(crate) fn freed(&self, blocks: usize) {
        self.freed.set(self.freed.get().wrapping_add(blocks));
    }

    /// The number of blocks.
    pub(crate) fn live(&self) -> usize {
        self.all().wrapping_sub(self.freed.get())
    }

    /// The number of blocks that were ever allocated.
    fn all(&self) -> usize {
        self.allocated.get().wrapping_add_signed(self.set_to.get() - self.countdown.get())
    }

    /// Net allocations since the last [`mark`](Self::mark), never below zero, and those that are
    /// not blocks.
    pub(crate) fn net(&self) -> usize {
        let live = self.live();
        if live < self.mark.get() {
            self.mark.set(live);
        }
        (live - self.mark.get()).saturating_add(self.spent.get())
    }

    /// Runs the policy after `from` more allocations.
    pub(crate) fn count_down(&self, from: usize) {
        let from = isize::try_from(from).unwrap_or(isize::MAX);
        self.allocated.set(self.all());
        self.set_to.set(from);
        self.countdown.set(from);
    }

    /// Starts to count net allocations from here.
    pub(crate) fn mark(&self) {
        self.mark.set(self.live());
        self.spent.set(0);
    }

    /// Counts `amount` net allocations that are not blocks. The policy is run by the next block.
    pub(crate) fn spend(&self, amount: usize) {
        self.spent.set(self.spent.get().saturating_add(amount));
        self.count_down(0);
    }

    /// The reverse of [`spend`](Self::spend), as far as that was after the last mark.
    pub(crate) fn give_back(&self, amount: usize) {
        self.spent.set(self.spent.get().saturating_sub(amount));
    }
}
