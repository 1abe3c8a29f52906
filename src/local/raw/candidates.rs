//! A list of candidates: the young buffer, and the list of the [old set](super::old_set).
//!
//! A candidate is a block that lost a handle and stayed alive. Only such a block can be the last
//! way into a dead cycle, so a collection starts from candidates instead of walking the heap. The
//! lists are plain, because registering and removing is part of ordinary drops: a block has the
//! index of its entry in the one list that it is in, and an entry that is removed is left empty.

use std::cell::{Cell, UnsafeCell};
use std::collections::TryReserveError;
use std::mem::ManuallyDrop;

use super::block::BlockPtr;
use super::header::NOWHERE;
use crate::policy::sample;
use crate::raw::fallible::shrink;
use crate::raw::sizes::size;

/// A list of more entries is exchanged for an empty one instead of copied.
///
/// Memory of this size comes fresh from the operating system, so each of its pages takes a fault.
const LONG: usize = size(1 << 14, 16);

/// A list of candidates.
///
/// Every entry is empty or a block that is not freed and whose state is the entry's index (*young*,
/// *old*); but for the entries of captured blocks, whose places the collection has noted.
pub(crate) struct Candidates {
    list: UnsafeCell<ManuallyDrop<Vec<Option<BlockPtr>>>>,
    /// How many entries are empty.
    empty: Cell<usize>,
    /// How many places the running collection has noted. While there are any, no entry may move.
    noted: Cell<usize>,
    /// At this length a drop calls the slow path. At most the capacity, and at most `measure_at`.
    limit: Cell<usize>,
    /// At this length the entries from `measured` on are to be measured, see
    /// [`measure`](Self::measure).
    measure_at: Cell<usize>,
    /// How long the list was when its entries were last measured.
    measured: Cell<usize>,
}

impl Candidates {
    /// An empty list that is never measured.
    pub(crate) const fn new() -> Self {
        Self::measured_at(usize::MAX)
    }

    /// An empty list of which an entry is measured when the list has this length.
    pub(crate) const fn measured_at(length: usize) -> Self {
        Self {
            list: UnsafeCell::new(ManuallyDrop::new(Vec::new())),
            empty: Cell::new(0),
            noted: Cell::new(0),
            limit: Cell::new(0),
            measure_at: Cell::new(length),
            measured: Cell::new(0),
        }
    }

    /// Runs `f` on the list. `f` calls no code that leads back here (*thread*).
    #[inline]
    fn with<R>(&self, f: impl FnOnce(&mut Vec<Option<BlockPtr>>) -> R) -> R {
        // SAFETY: by *thread*.
        f(unsafe { &mut *self.list.get() })
    }

    /// How long the list is, places of the dead included.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.with(|list| list.len())
    }

    /// How many candidates wait here.
    #[inline]
    pub(crate) fn registered(&self) -> usize {
        self.len() - self.empty.get()
    }

    /// Registers a block that is in no list, if there is room.
    #[inline]
    pub(crate) fn push(&self, block: BlockPtr) -> bool {
        self.push_below(self.with(|list| list.capacity()), block)
    }

    /// Registers a block that is in no list, if there is room and the list is not to be measured.
    #[inline]
    pub(crate) fn push_unmeasured(&self, block: BlockPtr) -> bool {
        self.push_below(self.limit.get(), block)
    }

    /// Registers a block that is in no list, if the list is shorter than `limit`, which is at most
    /// the capacity.
    #[inline(always)]
    fn push_below(&self, limit: usize, block: BlockPtr) -> bool {
        self.with(|list| {
            let len = list.len();
            if len >= limit {
                return false;
            }
            block.header().set_list_index(len as u32);
            // SAFETY: by *capacity*, as the limit, which is not above the capacity, was compared
            // with the length.
            unsafe { list.as_mut_ptr().add(len).write(Some(block)) };
            // SAFETY: by *capacity*: the entry was written.
            unsafe { list.set_len(len + 1) };
            true
        })
    }

    /// Removes the empty entries that freed blocks have left, if they are half of the list or more.
    /// Returns `false` if they are not.
    ///
    /// A pass over the list for each time that half of it was filled: less than one entry for each
    /// registration. Without it a program that never collects would grow the list forever.
    pub(crate) fn compact(&self) -> bool {
        let compacted = self.with(|list| {
            let empty = self.empty.get();
            let worth_it = empty > 0 && empty >= list.len() / 2 && self.noted.get() == 0;
            if worth_it {
                list.retain(Option::is_some);
                self.empty.set(0);
                for (index, block) in list.iter().flatten().enumerate() {
                    block.header().set_list_index(index as u32);
                }
            }
            worth_it
        });
        if compacted && self.measure_at.get() != usize::MAX {
            self.measure_after(sample::MOST);
        }
        compacted
    }

    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.room() > 0
    }

    /// The number of blocks for which there is room.
    #[inline]
    pub(super) fn room(&self) -> usize {
        self.with(|list| list.capacity() - list.len())
    }

    /// Makes room for `additional` more. Returns `false` if there is no memory, or no index left.
    pub(crate) fn reserve(&self, additional: usize) -> bool {
        let has_room = self.with(|list| {
            list.len().saturating_add(additional) < NOWHERE as usize
                && list.try_reserve(additional).is_ok()
        });
        self.set_limit();
        has_room
    }

    fn set_limit(&self) {
        self.limit.set(self.with(|list| list.capacity()).min(self.measure_at.get()));
    }

    /// Returns `true` if the list has become so long that entries are to be measured. Until they
    /// are, the list grows like one that is never measured.
    pub(crate) fn must_be_measured(&self) -> bool {
        let is_due = self.len() >= self.measure_at.get();
        if is_due {
            self.measure_at.set(usize::MAX);
            self.set_limit();
        }
        is_due
    }

    /// Has an entry measured after the next `first` registrations.
    pub(crate) fn measure_after(&self, first: usize) {
        let len = self.len();
        self.measured.set(len);
        self.measure_at.set(len + first);
        self.set_limit();
    }

    /// Returns one of the entries that came since the last call, by a number that chooses, and how
    /// many came. The block is `None` if it has died or no entry came.
    ///
    /// The entries after that are measured when the list has doubled, or after `most`
    /// registrations.
    pub(crate) fn measure(&self, choice: usize, most: usize) -> (Option<BlockPtr>, usize) {
        let sample = self.with(|list| {
            let new = list.len().saturating_sub(self.measured.get());
            let chosen = if new > 0 { list[list.len() - 1 - choice % new] } else { None };
            (chosen, new)
        });
        self.measure_after(self.len().clamp(1, most));
        sample
    }

    /// Whether the block is registered here.
    #[inline]
    pub(crate) fn contains(&self, block: BlockPtr) -> bool {
        let index = block.header().list_index() as usize;
        self.with(|list| list.get(index) == Some(&Some(block)))
    }

    /// Strikes a block off; returns whether it was registered.
    #[inline]
    pub(crate) fn remove(&self, block: BlockPtr) -> bool {
        let index = block.header().list_index();
        let found = self.contains(block);
        if found {
            self.strike(index);
        }
        found
    }

    /// Empties the entry at a place that is filled.
    #[inline]
    pub(crate) fn strike(&self, index: u32) {
        let index = index as usize;
        self.with(|list| {
            if index + 1 == list.len() {
                list.pop();
            } else {
                list[index] = None;
                self.empty.set(self.empty.get() + 1);
            }
        });
    }

    /// Moves the registered blocks to the end of `list`; this list keeps its memory, so that they
    /// can be put back.
    #[inline]
    pub(crate) fn drain_into(&self, list: &mut Vec<BlockPtr>) -> Result<(), TryReserveError> {
        self.with(|own| {
            list.try_reserve_exact(own.len())?;
            // `extend` would ask for room each time.
            let mut end = list.len();
            for block in own.drain(..).flatten() {
                // SAFETY: by *capacity*, which was reserved for all entries of `own`.
                unsafe { list.as_mut_ptr().add(end).write(block) };
                end += 1;
            }
            // SAFETY: by *capacity*: the entries up to `end` were written.
            unsafe { list.set_len(end) };
            self.empty.set(0);
            Ok(())
        })
    }

    /// Moves the registered blocks to the end of `list`.
    ///
    /// If there are many and `list` is empty and has no room for them, exchanges the memory of the
    /// two. Otherwise this list keeps its memory.
    #[inline]
    pub(crate) fn take_into(&self, list: &mut Vec<BlockPtr>) -> Result<(), TryReserveError> {
        if list.is_empty() && self.len() > list.capacity().max(LONG) {
            self.exchange(list);
            return Ok(());
        }
        self.drain_into(list)
    }

    /// Gives the memory with the registered blocks to `list`, which is empty, and takes that of
    /// `list`.
    #[cold]
    #[inline(never)]
    fn exchange(&self, list: &mut Vec<BlockPtr>) {
        let mut empty = ManuallyDrop::new(std::mem::take(list));
        // SAFETY: the memory is that of a list, which is forgotten. An entry has the layout of a
        // block pointer, which is never null by *pointer*. No entry is filled, as *capacity* allows.
        let empty = unsafe { Vec::from_raw_parts(empty.as_mut_ptr().cast(), 0, empty.capacity()) };
        let filled = self.with(|own| {
            own.retain(Option::is_some);
            std::mem::replace(own, empty)
        });
        let mut filled = ManuallyDrop::new(filled);
        self.empty.set(0);
        self.set_limit();
        let (start, len) = (filled.as_mut_ptr().cast(), filled.len());
        // SAFETY: as above. By *capacity* the entries up to `len` were written, and none is empty.
        *list = unsafe { Vec::from_raw_parts(start, len, filled.capacity()) };
    }

    /// Moves at most `limit` registered blocks from the end of this list to the end of `list`.
    ///
    /// Takes time in proportion to `limit`: empty entries in between count as well, a few for each
    /// block. This list keeps its memory, so that the blocks can be put back.
    pub(crate) fn drain_some_into(
        &self,
        list: &mut Vec<BlockPtr>,
        limit: usize,
    ) -> Result<(), TryReserveError> {
        /// How many entries are examined if `limit` is small.
        const SHORT: usize = crate::raw::sizes::size(1024, 8);
        self.with(|own| {
            let first = own.len().saturating_sub(limit.saturating_mul(4).max(SHORT));
            let (mut start, mut found, mut empty) = (own.len(), 0, 0);
            while start > first && found < limit {
                start -= 1;
                match own[start] {
                    Some(_) => found += 1,
                    None => empty += 1,
                }
            }
            list.try_reserve_exact(found)?;
            list.extend(own.drain(start..).flatten());
            self.empty.set(self.empty.get() - empty);
            Ok(())
        })
    }

    /// The place of a block that is about to be captured, if it is registered here. Ends with
    /// [`settle`](Self::settle).
    pub(crate) fn note(&self, block: BlockPtr) -> Option<u32> {
        self.contains(block).then(|| {
            self.noted.set(self.noted.get() + 1);
            block.header().list_index()
        })
    }

    /// Gives a block its noted place back, or if it is not to `stay` empties the entry.
    pub(crate) fn settle(&self, block: BlockPtr, place: u32, stay: bool) {
        self.noted.set(self.noted.get() - 1);
        if stay {
            block.header().set_list_index(place);
        } else {
            self.strike(place);
        }
    }

    /// Whether no place is noted: no collection is running.
    pub(super) fn is_settled(&self) -> bool {
        self.noted.get() == 0
    }

    /// Gives back the memory that a list of `usual` entries does not need.
    pub(crate) fn shrink(&self, usual: usize) {
        self.with(|list| {
            if list.capacity() > usual && list.len() <= usual / 2 {
                shrink(list, usual / 2);
            }
        });
        self.set_limit();
    }

    /// The registered blocks, for inspection.
    pub(crate) fn snapshot(&self) -> Vec<BlockPtr> {
        self.with(|list| list.iter().flatten().copied().collect())
    }
}
