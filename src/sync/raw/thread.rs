//! The state of one thread: counters, its part of the candidates, and the list of blocks whose end
//! is put off while it destroys values.
//!
//! The thread-local has no destructor, so it can be used until the thread is gone. A second
//! thread-local has a destructor, which hands over the candidates and the numbers that other
//! threads need. It is initialised when the first block is made or the first candidate is added.
//! Candidates that are added after the destructor has run go to the common list.

use std::cell::{Cell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};

use super::block::BlockPtr;
use super::candidates::{self, Member};
use super::primitive::per_thread;
use crate::raw::sizes::size;
use crate::sync::collector::pacing;

/// The state of one thread's use of the shared heap.
pub(crate) struct Local {
    /// The net number of blocks that may still be made until the pacing is called. Above zero there
    /// is a member.
    budget: Cell<isize>,
    /// The upper limit of `budget`, so that freed blocks do not pay for later garbage. The
    /// difference of the two is the number of blocks that were made.
    limit: Cell<isize>,
    /// This thread's part of the candidates; null before it is needed, and after the end.
    member: Cell<*const Member>,
    over: Cell<bool>,
    /// Bytes of dead blocks whose memory stays for an entry, and that are not in the common sum
    /// yet.
    pub(crate) dead_bytes: Cell<usize>,
    /// A collection runs on this thread: another one does nothing.
    pub(crate) collecting: Cell<bool>,
    /// This thread has the collector's lock.
    pub(crate) has_turn: Cell<bool>,
    /// That collection calls no finalizer: finalizers wait until the program collects.
    pub(crate) defers: Cell<bool>,
    /// The next block takes a sample of the candidates of this thread.
    pub(crate) must_sample: Cell<bool>,
    /// The rest of the budget when a sample became due, or 0 if the budget is to be set again.
    postponed: Cell<isize>,
    /// Chooses the block of the next sample.
    pub(crate) choice: Cell<u32>,
    /// The number of nested destructors and finalizers that this thread runs. The outermost works
    /// off `waiting`.
    pub(crate) depth: Cell<u32>,
    waiting: UnsafeCell<ManuallyDrop<Vec<Waiting>>>,
}

/// A block whose end is put off until the destruction that runs on this thread is over.
#[derive(Clone, Copy)]
pub(crate) enum Waiting {
    /// The value is to be destroyed; there is no handle.
    Destroy(BlockPtr),
    /// The finalizer is to be called, and then the one handle that goes with this entry is to be dropped.
    Finalize(BlockPtr),
}

per_thread! { static LOCAL: Local = Local::new(); }

std::thread_local! {
    #[cfg(not(loom))]
    static AT_EXIT: AtExit = const { AtExit(Cell::new(ptr::null())) };
}
#[cfg(loom)]
loom::thread_local! { static AT_EXIT: AtExit = AtExit(Cell::new(ptr::null())); }

/// Runs `f` on the state of this thread. Returns `None` if the state is gone, which only happens
/// under the model checker.
#[inline(always)]
pub(crate) fn local<R>(f: impl FnOnce(&Local) -> R) -> Option<R> {
    #[cfg(not(loom))]
    {
        let local = LOCAL.with(|local| &raw const *local);
        // SAFETY: by *thread* `local` lives as long as its thread, and `f` ends before that.
        Some(f(unsafe { &*local }))
    }
    #[cfg(loom)]
    LOCAL.try_with(f).ok()
}

impl Local {
    const fn new() -> Self {
        Self {
            budget: Cell::new(0),
            limit: Cell::new(0),
            member: Cell::new(ptr::null()),
            over: Cell::new(false),
            dead_bytes: Cell::new(0),
            collecting: Cell::new(false),
            has_turn: Cell::new(false),
            defers: Cell::new(false),
            must_sample: Cell::new(false),
            postponed: Cell::new(0),
            choice: Cell::new(1),
            depth: Cell::new(0),
            waiting: UnsafeCell::new(ManuallyDrop::new(Vec::new())),
        }
    }

    /// This thread's member of the registry, made if there is none; `None` at the end of the thread, or without memory.
    #[inline]
    pub(crate) fn member(&self) -> Option<&Member> {
        let member = self.member.get();
        if member.is_null() {
            return self.join();
        }
        // SAFETY: by *membership*, it is freed after this thread has set the pointer to null.
        Some(unsafe { &*member })
    }

    /// The address of this thread's member; null if there is none.
    #[cfg(not(loom))]
    pub(crate) fn member_address(&self) -> *const Member {
        self.member.get()
    }

    #[cfg(loom)]
    pub(crate) fn has_joined(&self) -> bool {
        !self.member.get().is_null()
    }

    #[cold]
    fn join(&self) -> Option<&Member> {
        if self.over.get() {
            return None;
        }
        let join = |at_exit: &AtExit| {
            // Under the model checker this one may be there longer than `self`.
            if at_exit.0.get().is_null() {
                at_exit.0.set(candidates::join());
            }
            at_exit.0.get()
        };
        match AT_EXIT.try_with(join) {
            Ok(member) => {
                self.member.set(member);
                // SAFETY: by *membership*, as in `member`, unless there was no memory and it is
                // null.
                unsafe { member.as_ref() }
            }
            Err(_) => {
                self.over.set(true);
                None
            }
        }
    }

    /// Whether the thread has handed over its candidates and numbers.
    pub(crate) fn is_over(&self) -> bool {
        self.over.get()
    }

    /// Counts one new block. Returns `false` and counts nothing if the pacing must be called first.
    #[inline(always)]
    pub(crate) fn count_allocation(&self) -> bool {
        let budget = self.budget.get();
        if budget <= 0 {
            return false;
        }
        self.budget.set(budget - 1);
        // SAFETY: there is a member as long as there is a budget. By *membership*, it is freed after this thread has set
        // the pointer to null.
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
                self.budget.set(self.budget.get().saturating_sub(1));
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
        usize::try_from(self.limit.get().saturating_sub(self.budget.get())).unwrap_or(0)
    }

    /// Returns the net number of blocks that were made, and counts from zero. The next block calls
    /// the pacing, unless another limit is set before.
    pub(crate) fn take_made(&self) -> usize {
        let made = self.made();
        self.postponed.set(0);
        self.budget.set(0);
        self.limit.set(0);
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
        self.postponed.set(0);
        self.limit.set(limit);
        self.budget.set(limit - made);
    }

    /// Lets the pacing be called at the next allocation, and counts on.
    pub(crate) fn ask(&self) {
        self.postponed.set(0);
        self.spend_ahead();
    }

    /// Sets the budget to zero if it is above, and returns the difference.
    fn spend_ahead(&self) -> isize {
        let ahead = self.budget.get().max(0);
        self.budget.set(self.budget.get() - ahead);
        self.limit.set(self.limit.get() - ahead);
        ahead
    }

    /// Has a sample taken at the next allocation, which may [`resume`](Self::resume) after that.
    pub(crate) fn ask_for_sample(&self) {
        self.must_sample.set(true);
        self.postponed.set(self.postponed.get().saturating_add(self.spend_ahead()));
    }

    /// Restores the rest of the budget that was left when a sample became due. Returns `false` if
    /// nothing was left.
    pub(crate) fn resume(&self) -> bool {
        let ahead = self.postponed.take();
        self.budget.set(self.budget.get().saturating_add(ahead));
        self.limit.set(self.limit.get().saturating_add(ahead));
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
        if cfg!(loom) {
            return;
        }
        let blocks = blocks as isize; // no list of blocks is longer
        match self.member() {
            Some(member) => member.count(-blocks),
            None => candidates::count_of_no_thread(-blocks),
        }
        let budget = self.budget.get();
        if budget < self.limit.get() {
            self.budget.set(budget.saturating_add(blocks).min(self.limit.get()));
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
        self.budget.set(self.budget.get().saturating_sub(blocks));
        true
    }

    /// Counts memory that was given back as `blocks` freed blocks.
    pub(crate) fn give_back(&self, blocks: usize) {
        let blocks = isize::try_from(blocks).unwrap_or(isize::MAX);
        self.budget.set(self.budget.get().saturating_add(blocks).min(self.limit.get()));
    }

    /// Puts off the end of a block. Returns `false` if there is no memory for that.
    pub(crate) fn put_off(&self, waiting: Waiting) -> bool {
        // SAFETY: by *thread*: growing the list calls no other code of the crate.
        let list = unsafe { &mut *self.waiting.get() };
        list.try_reserve(1).is_ok_and(|()| {
            list.push(waiting);
            true
        })
    }

    /// Whether the end of some block was put off.
    #[inline]
    pub(crate) fn has_waiting(&self) -> bool {
        // SAFETY: by *thread*.
        !unsafe { &*self.waiting.get() }.is_empty()
    }

    /// Removes and returns the block that was put off last.
    pub(crate) fn take_waiting(&self) -> Option<Waiting> {
        // SAFETY: by *thread*.
        let list = unsafe { &mut *self.waiting.get() };
        let next = list.pop();
        if list.is_empty() && (self.over.get() || self.member.get().is_null() || list.capacity() > size(1 << 12, 4)) {
            // The thread is ending, so no later call would free the list's memory, or the list is
            // large.
            // SAFETY: the list is empty and replaced at once.
            drop(std::mem::take(&mut **list));
        }
        next
    }
}

/// Hands the candidates and numbers over at the end of the thread.
struct AtExit(Cell<*const Member>);

impl Drop for AtExit {
    fn drop(&mut self) {
        #[cfg(loom)]
        if super::freed_memory::is_over() {
            return;
        }
        let made = local(|local| {
            local.over.set(true);
            // The budget goes first: as long as there is one, there is a member.
            let made = local.take_made();
            local.member.set(ptr::null());
            if local.depth.get() == 0 {
                // SAFETY: by *thread*: no function up the stack uses the list, and none keeps its
                // memory after this.
                drop(std::mem::take(unsafe { &mut **local.waiting.get() }));
            }
            made
        });
        pacing::tell(made.unwrap_or(0));
        super::dead::tell();
        // Null if there was no memory for one.
        if let Some(member) = NonNull::new(self.0.get().cast_mut()) {
            // SAFETY: by *membership*: it came from `join`, on this thread, and the other pointer
            // to it was set to null just now.
            unsafe { candidates::leave(member) };
        }
    }
}
