//! Where candidates wait: a list for each thread, and one for those whose thread is gone.
//!
//! A block comes to the list of the thread that first dropped a handle to it without being the last, and keeps its entry
//! for life: a collection takes the entries and puts those of survivors into lists of its own. Whoever gives an entry
//! up while the block may live would have to be sure that no drop has just seen it and relied on it.
//!
//! An entry keeps the memory of its block. So a list that has doubled is swept of what has died in the meantime, without
//! a collection; that is constant work for each entry, and bounds the number of dead blocks in it. Their bytes are bounded by
//! sweeps of all lists, see `dead`.
//!
//! An entry is in one list at any time: a thread's list moves to the common one under the locks of both.
//!
//! Without memory for a list of its own a thread uses the common one, and asks again the next time.

use std::sync::atomic::AtomicBool;

use super::block::BlockPtr;
use super::header::PIN;
use super::primitive::Ordering::Relaxed;
use super::primitive::{AtomicIsize, Mutex, global, lock};
use super::thread::local;
use crate::raw::memory::{shrink, try_box};
use crate::sync::collector::pacing;

/// One thread's part.
pub(crate) struct Member {
    entries: Mutex<Entries>,
    /// Blocks made less blocks freed, by this thread.
    blocks: AtomicIsize,
    /// Whether there is a thread whose part it is; asked and changed under the lock of the registry.
    taken: AtomicBool,
}

/// A list of candidates. Each entry has a pin of its block.
pub(crate) struct Entries {
    list: Vec<BlockPtr>,
    /// At this length the dead are swept out.
    sweep_at: usize,
}

/// The parts of all threads, and what is left of those that are gone.
struct Registry {
    /// Each a slice of one. They are never freed, as threads know where they are, but used again.
    members: Vec<Box<[Member]>>,
    orphans: Entries,
    blocks: isize,
}

/// Nothing is to be collected any more.
static GIVEN_UP: AtomicBool = AtomicBool::new(false);

/// A list shorter than this is not worth a sweep. Models have few blocks.
const SWEEP_FROM: usize = if cfg!(loom) { 2 } else { 64 };

global! { static REGISTRY: Mutex<Registry> = Mutex::new(Registry { members: Vec::new(), orphans: Entries::NEW, blocks: 0 }); }

impl Entries {
    pub(crate) const NEW: Self = Self { list: Vec::new(), sweep_at: SWEEP_FROM };

    /// Adds an entry; false if there is no memory.
    pub(crate) fn push(&mut self, block: BlockPtr) -> bool {
        if self.list.len() >= self.sweep_at {
            self.sweep();
        }
        self.list.try_reserve(1).is_ok_and(|()| {
            self.list.push(block);
            true
        })
    }

    /// Adds an entry. Without memory it is the next drop that does so. If that has seen the flag meanwhile it relies on this
    /// entry, and the block is leaked when it becomes part of a dead cycle and nobody comes across it; nothing worse.
    pub(crate) fn push_or_forget(&mut self, block: BlockPtr) {
        if !self.push(block) {
            block.header().forget_entry();
            // SAFETY: the pin of the entry that there is not.
            unsafe { block.unpin(PIN) };
        }
    }

    /// Takes the dead out.
    pub(crate) fn sweep(&mut self) {
        self.list.retain(|block| {
            let stays = !block.header().word().is_no_candidate();
            if !stays {
                // SAFETY: the entry's pin is given up with the entry.
                unsafe { block.unpin(PIN) };
            }
            stays
        });
        self.sweep_at = (self.list.len() * 2).max(SWEEP_FROM);
    }

    /// Takes the dead out, and shrinks.
    pub(crate) fn sweep_and_shrink(&mut self) {
        self.sweep();
        self.shrink();
    }

    /// Gives back most of the memory of a list that is much shorter than it was, or than was reserved.
    pub(crate) fn shrink(&mut self) {
        let needed = self.list.len().max(SWEEP_FROM * 16);
        if self.list.capacity() / 4 > needed {
            shrink(&mut self.list, needed * 2);
        }
    }

    /// Takes the dead out if the list has doubled since it was last swept.
    pub(crate) fn sweep_if_doubled(&mut self) {
        if self.list.len() >= self.sweep_at {
            self.sweep();
        }
    }

    /// Makes room, so that pushing cannot fail.
    pub(crate) fn reserve(&mut self, additional: usize) -> bool {
        self.list.try_reserve(additional).is_ok()
    }

    /// Moves all entries to the end of `other`, or keeps them if there is no memory.
    pub(crate) fn move_to(&mut self, other: &mut Vec<BlockPtr>) {
        if other.is_empty() {
            std::mem::swap(&mut self.list, other);
        } else if other.try_reserve(self.list.len()).is_ok() {
            other.append(&mut self.list);
        }
        shrink(&mut self.list, SWEEP_FROM * 64);
        self.sweep_at = SWEEP_FROM.max(self.list.len() * 2);
    }

    /// Moves all entries to another list, or keeps them if there is no memory.
    pub(crate) fn move_all_to(&mut self, other: &mut Self) {
        self.move_to(&mut other.list);
        other.sweep_if_doubled();
    }

    /// Moves the entries of all threads here.
    pub(crate) fn take_all(&mut self) {
        take_all(&mut self.list);
        self.sweep_if_doubled();
    }

    /// The entries of a list from a place on, and all its memory.
    pub(crate) fn of_rest(list: &mut Vec<BlockPtr>, from: usize) -> Self {
        let mut list = std::mem::take(list);
        list.drain(..from);
        Self { list, sweep_at: usize::MAX }
    }

    /// Takes over the entries of another list, in whose memory there may be room for all.
    pub(crate) fn take_over(&mut self, mut other: Self) {
        if other.list.capacity() - other.list.len() >= self.list.len() {
            std::mem::swap(&mut self.list, &mut other.list);
        }
        // One reservation for all; without memory there may be room for some.
        _ = self.reserve(other.len());
        other.list.drain(..).for_each(|block| self.push_or_forget(block));
    }

    /// Forgets all entries, but not their pins: nobody is told that the blocks are no candidates any more.
    pub(crate) fn forget(&mut self) {
        *self = Self::NEW;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = BlockPtr> {
        self.list.iter().copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }
}

impl Member {
    /// So many blocks more.
    #[inline(always)]
    pub(crate) fn count(&self, blocks: isize) {
        // Relaxed, and no read-modify-write: only this thread writes, and others add the numbers up to show them.
        #[cfg(not(loom))]
        self.blocks.store(self.blocks.load(Relaxed) + blocks, Relaxed);
        #[cfg(loom)]
        let _ = blocks;
    }
}

/// This thread's part, or null if there is no memory for it.
pub(crate) fn join() -> *const Member {
    let mut registry = lock(&REGISTRY);
    // Relaxed, here and in `leave`: ordered by the lock.
    let free = registry.members.iter().position(|member| !member[0].taken.swap(true, Relaxed));
    let Some(at) = free.or_else(|| registry.add_member()) else { return std::ptr::null() };
    #[cfg(loom)]
    super::grave::count_member(true);
    registry.members[at].as_ptr()
}

impl Registry {
    /// One more part, which is taken; its place, or nothing if there is no memory.
    fn add_member(&mut self) -> Option<usize> {
        self.members.try_reserve(1).ok()?;
        let (entries, blocks) = (Mutex::new(Entries::NEW), AtomicIsize::new(0));
        self.members.push(try_box(Member { entries, blocks, taken: AtomicBool::new(true) }).ok()?);
        Some(self.members.len() - 1)
    }
}

/// Leaves this thread's part to the others.
pub(crate) fn leave(member: &Member) {
    let mut registry = lock(&REGISTRY);
    let mut entries = lock(&member.entries);
    let mut list = std::mem::take(&mut registry.orphans.list);
    // Without memory the entries stay where they are, and have another thread when one comes.
    entries.move_to(&mut list);
    registry.orphans.list = list;
    registry.orphans.sweep_if_doubled();
    member.taken.store(false, Relaxed);
    #[cfg(loom)]
    drop((entries, registry));
    #[cfg(loom)]
    super::grave::count_member(false);
}

/// Counts blocks for a thread that has no part any more.
pub(crate) fn count_of_no_thread(blocks: isize) {
    if cfg!(not(loom)) {
        lock(&REGISTRY).blocks += blocks;
    }
}

/// Registers a block that has its `BUFFERED` flag already; the pin of the entry is handed over, so the block may be freed.
#[cold]
pub(crate) fn push(block: BlockPtr) {
    // Relaxed: an entry that comes before the flag is seen is one more that waits for nothing.
    if cfg!(not(loom)) && GIVEN_UP.load(Relaxed) {
        return;
    }
    let length = local(|local| {
        let mut entries = lock(&local.member()?.entries);
        entries.push(block).then(|| entries.len())
    });
    match length.flatten() {
        Some(length) => pacing::buffer_grew(length),
        None => lock(&REGISTRY).orphans.push_or_forget(block),
    }
}

/// Drops every entry from now on, and keeps its pin, so that the block never looks as if it had none.
pub(crate) fn give_up() {
    // Relaxed: as in `push`.
    GIVEN_UP.store(true, Relaxed);
}

/// Whether there are blocks without the entries that they say they have.
pub(crate) fn has_given_up() -> bool {
    // Relaxed: set under the collector's lock, which those have who must know, or for a check of threads at rest.
    GIVEN_UP.load(Relaxed)
}

/// Moves the entries of all threads to `list`.
pub(crate) fn take_all(list: &mut Vec<BlockPtr>) {
    let mut registry = lock(&REGISTRY);
    registry.orphans.move_to(list);
    for member in registry.members.iter().flatten() {
        lock(&member.entries).move_to(list);
    }
}

/// Sweeps the lists of all threads of the dead; returns how many entries are left.
pub(crate) fn sweep() -> usize {
    let mut registry = lock(&REGISTRY);
    registry.orphans.sweep_and_shrink();
    let lists = registry.members.iter().flatten().map(|member| {
        let mut entries = lock(&member.entries);
        entries.sweep_and_shrink();
        entries.len()
    });
    lists.sum::<usize>() + registry.orphans.len()
}

/// How many entries the threads have, and how many blocks there are.
pub(crate) fn totals() -> (usize, usize) {
    let registry = lock(&REGISTRY);
    let entries = registry.members.iter().flatten().map(|member| lock(&member.entries).len()).sum::<usize>();
    // Relaxed: a sum of numbers of different times; right when the threads are at rest and synchronised with this one.
    let blocks = registry.members.iter().flatten().map(|member| member.blocks.load(Relaxed)).sum::<isize>();
    (registry.orphans.len() + entries, usize::try_from(registry.blocks + blocks).unwrap_or(0))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn threads_that_follow_each_other_use_the_same_part() {
        let part = || local(|local| local.member().map_or(0, |member| (&raw const *member).addr()));
        let parts: BTreeSet<_> = (0..100).map(|_| std::thread::spawn(part).join()).map(Result::unwrap).collect();
        // Other tests have threads of their own meanwhile.
        assert!(!parts.contains(&Some(0)) && parts.len() < 50, "{parts:?}");
    }
}
