//! The lists of candidates: one for each thread, and a common one for the candidates of threads
//! that have ended.
//!
//! The first drop of a handle that is not the last adds the block to the list of its thread. The
//! block keeps its entry for life: a collection takes the entries and puts those of survivors into
//! lists of its own. To remove an entry while the block may be live, a thread would have to exclude
//! that a drop has just read the flag and relied on the entry.
//!
//! An entry keeps the memory of its block. So a list that has doubled is swept of the blocks that
//! have died in the meantime, without a collection. A sweep is constant work for each entry, and
//! bounds the number of dead blocks in the list. Their bytes are bounded by sweeps of all lists,
//! see `dead`.
//!
//! An entry is in one list at any time: a thread's list moves to the common one under the locks of
//! both.
//!
//! The part of a thread is freed when the thread ends. So the cost depends on the number of threads
//! that run, not on the number that have run.
//!
//! A thread that has no memory for a list uses the common one, and tries again the next time.

mod entries;

use std::cell::Cell;
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize};

use super::block::BlockPtr;
use super::hooks::Hooks;
use super::primitive::{Mutex, MutexGuard, SWEEP_FROM, global, lock, lock_global};
use super::thread::local;
use super::watch;
use crate::raw::fallible::try_box;
use crate::raw::heaps::Shared;
use crate::raw::sizes::size;

/// The part of one thread: its list of candidates and its number of blocks.
pub(crate) struct Member {
    entries: Mutex<Entries>,
    /// The lock of `entries` while a thread forks; touched under the lock of the registry.
    forking: Cell<Option<MutexGuard<'static, Entries>>>,
    /// Blocks made less blocks freed, by this thread.
    blocks: AtomicIsize,
    /// Its index in the registry's list; read and written under the lock of the registry.
    index: AtomicUsize,
    /// The thread has ended. Written under the lock of the registry.
    ended: AtomicBool,
}

/// A list of candidates. Each entry has a pin of its block.
pub(crate) struct Entries {
    list: Vec<BlockPtr>,
    /// The length at which the entries of dead blocks are removed.
    sweep_at: usize,
    /// The length at which a sample of the entries from `sampled` on is due.
    sample_at: usize,
    /// The length of the list when the last sample was taken.
    sampled: usize,
}

/// The parts of all threads, and the candidates and numbers of threads that have ended.
///
/// *membership*: a part is freed by [`leave`], which its thread calls after it has given up its own
/// pointer, or after that by a collection if there was no memory to move its entries. All other
/// uses are under the lock of the registry.
struct Registry {
    members: Vec<Part>,
    orphans: Entries,
    blocks: isize,
}

/// The registry's pointer to a [`Member`], which it owns. The thread of the member has another one.
struct Part(NonNull<Member>);

// SAFETY: a `Member` is made of atomics and a mutex, and may be used and freed by any thread. Its
// guard is set and taken by one thread, under the lock of the registry.
unsafe impl Send for Part {}

impl Deref for Part {
    type Target = Member;

    fn deref(&self) -> &Member {
        // SAFETY: by *membership*, it is freed with the `Part`.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // SAFETY: from a box of one, see `Registry::add_member`. By *membership*, the thread has no
        // pointer any more.
        drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(self.0.as_ptr(), 1)) });
    }
}

/// Set when the program has given up all candidates: nothing is collected any more.
static GIVEN_UP: AtomicBool = AtomicBool::new(false);

global! { static REGISTRY: Mutex<Registry> = Mutex::new(Registry { members: Vec::new(), orphans: Entries::NEW, blocks: 0 }); }

impl Member {
    /// Adds `blocks`, which may be negative, to this thread's number of blocks.
    #[inline(always)]
    pub(crate) fn count(&self, blocks: isize) {
        // Relaxed, and no read-modify-write: only this thread writes, and others add the numbers up
        // to show them.
        self.blocks.store(self.blocks.load(Relaxed) + blocks, Relaxed);
    }
}

/// Makes a part for this thread, or returns null if there is no memory. Constant time, whatever the
/// number of threads.
pub(crate) fn join() -> *const Member {
    let part = lock_global(&REGISTRY).add_member();
    if part.is_some() {
        watch::count_member(true);
    }
    part.map_or(ptr::null(), |part| part.as_ptr())
}

impl Registry {
    /// Adds a part; `None` if there is no memory.
    fn add_member(&mut self) -> Option<NonNull<Member>> {
        self.members.try_reserve(1).ok()?;
        let member = Member {
            entries: Mutex::new(Entries::NEW),
            forking: Cell::new(None),
            blocks: AtomicIsize::new(0),
            index: AtomicUsize::new(self.members.len()),
            ended: AtomicBool::new(false),
        };
        let part = NonNull::new(Box::into_raw(try_box(member).ok()?).cast())?;
        self.members.push(Part(part));
        Some(part)
    }

    /// Takes out the part at this index, for the caller to free. Its number of blocks is added to
    /// the common number.
    fn remove_member(&mut self, index: usize) -> Part {
        let part = self.members.swap_remove(index);
        // Relaxed, here and elsewhere: ordered by the lock.
        if let Some(moved) = self.members.get(index) {
            moved.index.store(index, Relaxed);
        }
        self.blocks += part.blocks.load(Relaxed);
        if self.members.capacity() > size(64, 4) && self.members.len() < self.members.capacity() / 4
        {
            let mut fewer = Vec::new();
            if fewer.try_reserve_exact(self.members.len() * 2).is_ok() {
                fewer.append(&mut self.members);
                self.members = fewer;
            }
        }
        part
    }

    /// How many blocks there are.
    fn blocks(&self) -> usize {
        // Relaxed: a sum of numbers of different times; right when the threads are at rest and
        // synchronised with this one.
        let blocks = self.members.iter().map(|member| member.blocks.load(Relaxed)).sum::<isize>();
        usize::try_from(self.blocks + blocks).unwrap_or(0)
    }

    /// Moves the entries of all threads to `list`, and removes the parts of threads that have ended
    /// without memory.
    fn take_all(&mut self, list: &mut Vec<BlockPtr>) {
        self.orphans.move_to(list);
        // From the last to the first: a removal moves the last one, which has been visited then.
        for index in (0..self.members.len()).rev() {
            let member = &self.members[index];
            let mut entries = lock(&member.entries);
            entries.move_to(list);
            let is_empty = entries.len() == 0;
            drop(entries);
            if is_empty && member.ended.load(Relaxed) {
                drop(self.remove_member(index));
            }
        }
    }
}

/// Frees this thread's part, whose entries are left to the others. Constant time for each entry.
///
/// # Safety
///
/// The part is from [`join`] on this thread, which has no other pointer to it and does not use this
/// one again.
pub(crate) unsafe fn leave(member: NonNull<Member>) {
    let mut registry = lock_global(&REGISTRY);
    // SAFETY: by *membership*, it is not freed before this.
    let part = unsafe { member.as_ref() };
    let mut entries = lock(&part.entries);
    let mut list = std::mem::take(&mut registry.orphans.list);
    // Without memory the entries stay where they are until a collection takes them.
    entries.move_to(&mut list);
    let is_empty = entries.len() == 0;
    drop(entries);
    registry.orphans.list = list;
    registry.orphans.sweep_if_doubled();
    part.ended.store(true, Relaxed);
    let index = part.index.load(Relaxed);
    let removed = is_empty.then(|| registry.remove_member(index));
    // The memory is freed without the lock.
    drop(registry);
    drop(removed);
    watch::count_member(false);
}

/// The locks of the registry and of all lists, for a thread that forks.
pub(crate) struct AllLists {
    registry: MutexGuard<'static, Registry>,
}

impl AllLists {
    /// Takes all locks. Needs no memory.
    pub(crate) fn lock() -> Self {
        let registry = lock_global(&REGISTRY);
        for member in &registry.members {
            let guard = lock(&member.entries);
            #[expect(
                clippy::disallowed_methods,
                reason = "a guard has no other way to another lifetime"
            )]
            // SAFETY: by *membership*, the part is freed after it was removed under the lock of the
            // registry, which is held until the guard is dropped in `drop`.
            let guard = unsafe {
                std::mem::transmute::<MutexGuard<'_, Entries>, MutexGuard<'static, Entries>>(guard)
            };
            member.forking.set(Some(guard));
        }
        Self { registry }
    }

    /// In a child: marks the parts of all threads but this one as ended, so that the next
    /// collection frees them.
    pub(crate) fn end_other_threads(&self) {
        let mine = local(super::thread::Local::member_address).unwrap_or(ptr::null());
        for part in self.registry.members.iter().filter(|part| !ptr::eq(part.0.as_ptr(), mine)) {
            // Relaxed: ordered by the lock.
            part.ended.store(true, Relaxed);
        }
    }
}

impl Drop for AllLists {
    fn drop(&mut self) {
        for member in &self.registry.members {
            drop(member.forking.take());
        }
    }
}

/// Counts blocks for a thread that has no part any more.
pub(crate) fn count_of_no_thread(blocks: isize) {
    lock_global(&REGISTRY).blocks += blocks;
}

/// Adds the entry of a block that has its `BUFFERED` flag already. Takes over the pin of the entry,
/// so the block may be freed by this call.
#[cold]
pub(crate) fn push(block: BlockPtr) {
    // Relaxed: an entry that is added before the flag is seen has no effect.
    if GIVEN_UP.load(Relaxed) {
        return;
    }
    let length = local(|local| {
        let mut entries = lock(&local.member()?.entries);
        entries.push(block).then(|| entries.due_sample())
    });
    match length.flatten() {
        Some(0) => {}
        Some(length) => Shared::buffer_grew(length),
        None => push_orphan(block),
    }
}

/// Adds an entry for a thread that has no list. A function of its own, so that [`push`] saves no
/// registers for it.
#[cold]
#[inline(never)]
fn push_orphan(block: BlockPtr) {
    lock_global(&REGISTRY).orphans.push_or_forget(block);
}

/// From this call on every new entry is dropped, and its pin kept, so that the flag of the block
/// stays set.
pub(crate) fn give_up() {
    // Relaxed: as in `push`.
    GIVEN_UP.store(true, Relaxed);
}

/// Whether there may be blocks whose flag records an entry that does not exist.
pub(crate) fn has_given_up() -> bool {
    // Relaxed: set under the collector's lock. The readers that depend on it hold that lock, or
    // check the heap while the other threads are at rest.
    GIVEN_UP.load(Relaxed)
}

/// One of the entries that this thread's list got since the last call, by a number that chooses,
/// and how many it got. The caller has the collector's lock. Until that is released the entry
/// stays, as other threads take entries out only under that lock.
pub(crate) fn sample(choice: usize) -> (Option<BlockPtr>, usize) {
    let sample = local(|local| {
        let mut entries = lock(&local.member()?.entries);
        let new = entries.list.len().saturating_sub(entries.sampled);
        let chosen =
            if new > 0 { entries.list.iter().rev().nth(choice % new).copied() } else { None };
        entries.sampled = entries.list.len();
        Some((chosen, new))
    });
    sample.flatten().unwrap_or((None, 0))
}

/// Moves the entries of all threads to `list`.
pub(crate) fn take_all(list: &mut Vec<BlockPtr>) {
    lock_global(&REGISTRY).take_all(list);
}

/// Sweeps the lists of all threads of the dead; returns how many entries are left.
pub(crate) fn sweep() -> usize {
    let mut registry = lock_global(&REGISTRY);
    registry.orphans.sweep_and_shrink();
    let lists = registry.members.iter().map(|member| {
        let mut entries = lock(&member.entries);
        entries.sweep_and_shrink();
        entries.len()
    });
    lists.sum::<usize>() + registry.orphans.len()
}

/// How many entries the threads have, and how many blocks there are.
pub(crate) fn totals() -> (usize, usize) {
    let registry = lock_global(&REGISTRY);
    let entries = registry.members.iter().map(|member| lock(&member.entries).len()).sum::<usize>();
    (registry.orphans.len() + entries, registry.blocks())
}

/// How many blocks there are.
pub(crate) fn blocks() -> usize {
    lock_global(&REGISTRY).blocks()
}

#[cfg(test)]
mod tests;
