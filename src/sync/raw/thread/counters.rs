//! The number of blocks that a thread makes and frees, by which it calls the pacing.
//!
//! `sync/model/counters.rs` takes the place of this file in a model, where nothing is automatic.

use std::cell::Cell;

use super::Local;
use crate::sync::raw::candidates;

/// The counters of one thread.
pub(crate) struct Counters {
    /// The net number of blocks that may still be made until the pacing is called. Above zero there
    /// is a member.
    budget: Cell<isize>,
    /// The upper limit of `budget`, so that freed blocks do not pay for later garbage. The
    /// difference of the two is the number of blocks that were made.
    limit: Cell<isize>,
    /// The rest of the budget when a sample became due, or 0 if the budget is to be set again.
    postponed: Cell<isize>,
}

impl Counters {
    pub(super) const fn new() -> Self {
        Self { budget: Cell::new(0), limit: Cell::new(0), postponed: Cell::new(0) }
    }
}

impl Local {
    /// Counts one new block. Returns `false` and counts nothing if the pacing must be called first.
    #[inline(always)]
    pub(crate) fn count_allocation(&self) -> bool {
        let budget = self.counters.budget.get();
        if budget <= 0 {
            return false;
        }
        self.counters.budget.set(budget - 1);
        // SAFETY: there is a member as long as there is a budget. By *membership*, it is freed
        // after this thread has set the pointer to null.
        unsafe { &*self.member.get() }.count(1);
        true
    }

    /// Counts one new block, and sets the net number of blocks until the next call of the pacing to
    /// `limit`. Returns `false` if this thread cannot count blocks.
    pub(crate) fn count_and_refill(&self, limit: usize) -> bool {
        match self.member() {
            Some(member) => {
                member.count(1);
                self.set_limit(limit);
                self.counters.budget.set(self.counters.budget.get().saturating_sub(1));
                true
            }
            None => {
                candidates::count_of_no_thread(1);
                false
            }
        }
    }

    /// The net number of blocks that were made since the last [`take_made`](Self::take_made).
    pub(crate) fn made(&self) -> usize {
        usize::try_from(self.counters.limit.get().saturating_sub(self.counters.budget.get()))
            .unwrap_or(0)
    }

    /// Returns the net number of blocks that were made, and counts from zero. The next block calls
    /// the pacing, unless another limit is set before.
    pub(crate) fn take_made(&self) -> usize {
        let made = self.made();
        self.counters.postponed.set(0);
        self.counters.budget.set(0);
        self.counters.limit.set(0);
        made
    }

    /// Lets the pacing be called when `limit` blocks are made, including those that were made so
    /// far.
    pub(crate) fn set_limit(&self, limit: usize) {
        if self.member.get().is_null() {
            return;
        }
        let made = isize::try_from(self.made()).unwrap_or(isize::MAX);
        let limit = isize::try_from(limit).unwrap_or(isize::MAX);
        self.counters.postponed.set(0);
        self.counters.limit.set(limit);
        self.counters.budget.set(limit - made);
    }

    /// Lets the pacing be called at the next allocation, and counts on.
    pub(crate) fn ask(&self) {
        self.counters.postponed.set(0);
        self.spend_ahead();
    }

    /// Sets the budget to zero if it is above, and returns the difference.
    fn spend_ahead(&self) -> isize {
        let ahead = self.counters.budget.get().max(0);
        self.counters.budget.set(self.counters.budget.get() - ahead);
        self.counters.limit.set(self.counters.limit.get() - ahead);
        ahead
    }

    /// Has a sample taken at the next allocation, which may [`resume`](Self::resume) after that.
    pub(crate) fn ask_for_sample(&self) {
        self.must_sample.set(true);
        self.counters
            .postponed
            .set(self.counters.postponed.get().saturating_add(self.spend_ahead()));
    }

    /// Restores the rest of the budget that was left when a sample became due. Returns `false` if
    /// nothing was left.
    pub(crate) fn resume(&self) -> bool {
        let ahead = self.counters.postponed.take();
        self.counters.budget.set(self.counters.budget.get().saturating_add(ahead));
        self.counters.limit.set(self.counters.limit.get().saturating_add(ahead));
        ahead > 0
    }

    /// Counts one block that was freed.
    #[inline(always)]
    pub(crate) fn freed(&self) {
        self.freed_many(1);
    }

    /// Counts `blocks` blocks that were freed.
    #[inline(always)]
    pub(crate) fn freed_many(&self, blocks: usize) {
        let blocks = blocks as isize; // no list of blocks is longer
        match self.member() {
            Some(member) => member.count(-blocks),
            None => candidates::count_of_no_thread(-blocks),
        }
        let budget = self.counters.budget.get();
        if budget < self.counters.limit.get() {
            self.counters.budget.set(budget.saturating_add(blocks).min(self.counters.limit.get()));
        }
    }

    /// Counts work that is worth `blocks` new blocks. Returns `false` if this thread cannot count
    /// blocks.
    pub(crate) fn spend(&self, blocks: usize) -> bool {
        // A thread with a member reports the blocks that it made when it ends.
        if self.member().is_none() {
            return false;
        }
        let blocks = isize::try_from(blocks).unwrap_or(isize::MAX);
        self.counters.budget.set(self.counters.budget.get().saturating_sub(blocks));
        true
    }

    /// Counts memory that was given back as `blocks` freed blocks.
    pub(crate) fn give_back(&self, blocks: usize) {
        let blocks = isize::try_from(blocks).unwrap_or(isize::MAX);
        self.counters
            .budget
            .set(self.counters.budget.get().saturating_add(blocks).min(self.counters.limit.get()));
    }
}
