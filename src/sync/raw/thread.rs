//! The state of one thread: counters, its part of the candidates, and the list of blocks whose end
//! is put off while it destroys values.
//!
//! The thread-local has no destructor, so it can be used until the thread is gone. A second
//! thread-local has a destructor, which hands over the candidates and the numbers that other
//! threads need. It is initialised when the first block is made or the first candidate is added.
//! Candidates that are added after the destructor has run go to the common list.

#[cfg_attr(loom, path = "../model/counters.rs")]
mod counters;

use std::cell::{Cell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};

use super::block::BlockPtr;
use super::candidates::{self, Member};
use super::hooks::Hooks;
use super::primitive::{per_thread, with};
use super::watch;
use crate::raw::heaps::Shared;
use crate::raw::sizes::size;
use counters::Counters;

/// The state of one thread's use of the shared heap.
pub(crate) struct Local {
    counters: Counters,
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
    /// The finalizer is to be called, and then the one handle that goes with this entry is to be
    /// dropped.
    Finalize(BlockPtr),
}

per_thread! { static LOCAL: Local = Local::new(); }

per_thread! { static AT_EXIT: AtExit = AtExit(Cell::new(ptr::null())); }

/// Runs `f` on the state of this thread. Returns `None` if the state is gone, which only happens
/// under the model checker.
#[inline(always)]
pub(crate) fn local<R>(f: impl FnOnce(&Local) -> R) -> Option<R> {
    with(&LOCAL, f)
}

impl Local {
    const fn new() -> Self {
        Self {
            counters: Counters::new(),
            member: Cell::new(ptr::null()),
            over: Cell::new(false),
            dead_bytes: Cell::new(0),
            collecting: Cell::new(false),
            has_turn: Cell::new(false),
            defers: Cell::new(false),
            must_sample: Cell::new(false),
            choice: Cell::new(1),
            depth: Cell::new(0),
            waiting: UnsafeCell::new(ManuallyDrop::new(Vec::new())),
        }
    }

    /// This thread's member of the registry, made if there is none; `None` at the end of the
    /// thread, or without memory.
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
    pub(crate) fn member_address(&self) -> *const Member {
        self.member.get()
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
        if list.is_empty()
            && (self.over.get()
                || self.member.get().is_null()
                || list.capacity() > size(1 << 12, 4))
        {
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
        if watch::globals_are_gone() {
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
        Shared::tell(made.unwrap_or(0));
        super::dead::tell();
        // Null if there was no memory for one.
        if let Some(member) = NonNull::new(self.0.get().cast_mut()) {
            // SAFETY: by *membership*: it came from `join`, on this thread, and the other pointer
            // to it was set to null just now.
            unsafe { candidates::leave(member) };
        }
    }
}
