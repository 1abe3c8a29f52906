//! One list of candidates: what it adds, removes and moves.

use super::super::block::BlockPtr;
use super::super::header::PIN;
use super::{Entries, SWEEP_FROM, take_all};
use crate::policy::sample;
use crate::raw::fallible::shrink;

impl Entries {
    pub(crate) const NEW: Self =
        Self { list: Vec::new(), sweep_at: SWEEP_FROM, sample_at: sample::FIRST, sampled: 0 };

    /// Adds an entry. Returns `false` if there is no memory.
    pub(crate) fn push(&mut self, block: BlockPtr) -> bool {
        if self.list.len() >= self.sweep_at {
            self.sweep();
        }
        self.list.try_reserve(1).is_ok_and(|()| {
            self.list.push(block);
            true
        })
    }

    /// Adds an entry. Without memory for it, clears `BUFFERED`, and the next drop adds the entry. A
    /// drop that has read the flag before relies on this entry. Then the block leaks if it becomes
    /// part of a dead cycle that no other candidate leads to.
    pub(crate) fn push_or_forget(&mut self, block: BlockPtr) {
        if !self.push(block) {
            block.header().forget_entry();
            // SAFETY: by *pins*: the entry for which the pin was taken does not exist.
            unsafe { block.unpin(PIN) };
        }
    }

    /// Takes the dead out.
    pub(crate) fn sweep(&mut self) {
        self.list.retain(|block| {
            let stays = !block.header().word().is_no_candidate();
            if !stays {
                // SAFETY: by *pins* the entry owns one, which ends with the entry.
                unsafe { block.unpin(PIN) };
            }
            stays
        });
        self.sweep_at = (self.list.len() * 2).max(SWEEP_FROM);
        self.sample_from_here();
    }

    /// Starts the next sample at the present end of the list.
    pub(super) fn sample_from_here(&mut self) {
        self.sampled = self.list.len();
        self.sample_at = next_sample(self.list.len());
    }

    /// The length of the list if a sample is due, and else 0. The next one is due when the list has
    /// grown.
    #[inline]
    pub(super) fn due_sample(&mut self) -> usize {
        let length = self.list.len();
        if length < self.sample_at {
            return 0;
        }
        self.sample_at = next_sample(length);
        length
    }

    /// Takes the dead out, and shrinks.
    pub(crate) fn sweep_and_shrink(&mut self) {
        self.sweep();
        self.shrink();
    }

    /// Gives back most of the memory of a list that is much shorter than it was, or than was
    /// reserved.
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
        self.sample_from_here();
    }

    /// Moves the last `count` entries to the end of `other`, or all if there is no memory for that
    /// or there are no more.
    pub(crate) fn move_last_to(&mut self, count: usize, other: &mut Vec<BlockPtr>) {
        if self.list.len() <= count || other.try_reserve(count).is_err() {
            self.move_to(other);
        } else {
            other.extend(self.list.drain(self.list.len() - count..));
        }
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
        Self { list, sweep_at: usize::MAX, sample_at: usize::MAX, sampled: 0 }
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

    /// Forgets all entries, but keeps their pins and the flags of the blocks, which still record an
    /// entry.
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

/// The length at which a list of this length is sampled next: a power of two, or a multiple of
/// [`sample::MOST`].
fn next_sample(length: usize) -> usize {
    if length < sample::MOST {
        (length + 1).next_power_of_two().max(sample::FIRST)
    } else {
        (length / sample::MOST + 1) * sample::MOST
    }
}
