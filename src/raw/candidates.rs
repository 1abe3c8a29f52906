//! Where candidates wait: the young buffer and the old set.
//!
//! A candidate is a block that lost a handle and lived on. Only such a block can be the last way into a dead cycle, so
//! a collection starts from these instead of walking the heap. Young candidates are a plain list, because registering
//! and striking off is part of ordinary drops: the block knows its index, a struck entry is left empty. Old candidates
//! must be found again while their `aux` may hold a young index, so they are a set by address.

use std::cell::{Cell, UnsafeCell};
use std::collections::TryReserveError;
use std::mem::ManuallyDrop;

use super::block::BlockPtr;
use super::header::NOWHERE;

/// The young buffer.
///
/// Every entry is empty or a block that is quiet, not freed, and whose `aux` is the entry's index (*young*).
pub(crate) struct Young {
    list: UnsafeCell<ManuallyDrop<Vec<Option<BlockPtr>>>>,
    /// How many entries are empty.
    empty: Cell<usize>,
}

impl Young {
    pub(crate) const fn new() -> Self {
        Self { list: UnsafeCell::new(ManuallyDrop::new(Vec::new())), empty: Cell::new(0) }
    }

    /// Runs `f` on the list. `f` must not reach any code but ours, so that the borrow is the only one.
    #[inline]
    fn with<R>(&self, f: impl FnOnce(&mut Vec<Option<BlockPtr>>) -> R) -> R {
        // SAFETY: the buffer belongs to this thread, and no caller in this file calls anything that leads back here.
        f(unsafe { &mut *self.list.get() })
    }

    /// How long the buffer is, places of the dead included.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.with(|list| list.len())
    }

    /// How many candidates wait here.
    pub(crate) fn registered(&self) -> usize {
        self.len() - self.empty.get()
    }

    /// Registers a quiet block if there is room.
    #[inline]
    pub(crate) fn push(&self, block: BlockPtr) -> bool {
        self.with(|list| {
            let len = list.len();
            if len == list.capacity() {
                return false;
            }
            block.header().set_young_index(len as u32);
            // SAFETY: the place is inside the capacity, as was just asked.
            unsafe { list.as_mut_ptr().add(len).write(Some(block)) };
            // SAFETY: the entry was just written.
            unsafe { list.set_len(len + 1) };
            true
        })
    }

    /// Closes up what the dead have left empty, if that is half of the buffer or more; false if it is not.
    ///
    /// A pass over the buffer for each time that half of it was filled: less than one entry for each registration. Without
    /// it a program that never collects would grow the buffer for ever.
    pub(crate) fn compact(&self) -> bool {
        self.with(|list| {
            let empty = self.empty.get();
            let worth_it = empty > 0 && empty >= list.len() / 2;
            if worth_it {
                list.retain(Option::is_some);
                self.empty.set(0);
                for (index, block) in list.iter().flatten().enumerate() {
                    block.header().set_young_index(index as u32);
                }
            }
            worth_it
        })
    }

    /// Makes room for one more; false if there is no memory, or no index left.
    pub(crate) fn grow(&self) -> bool {
        self.with(|list| list.len() < (NOWHERE - 1) as usize && list.try_reserve(32).is_ok())
    }

    /// Whether the block is registered here.
    #[inline]
    pub(crate) fn contains(&self, block: BlockPtr) -> bool {
        let index = block.header().young_index() as usize;
        self.with(|list| list.get(index) == Some(&Some(block)))
    }

    /// Strikes a block off; returns whether it was registered.
    #[inline]
    pub(crate) fn remove(&self, block: BlockPtr) -> bool {
        let index = block.header().young_index() as usize;
        self.with(|list| {
            let found = list.get(index) == Some(&Some(block));
            if found {
                if index + 1 == list.len() {
                    list.pop();
                } else {
                    list[index] = None;
                    self.empty.set(self.empty.get() + 1);
                }
            }
            found
        })
    }

    /// Moves the registered blocks to the end of `list`; the buffer keeps its memory, so that they can be put back.
    pub(crate) fn drain_into(&self, list: &mut Vec<BlockPtr>) -> Result<(), TryReserveError> {
        self.with(|young| {
            list.try_reserve_exact(young.len())?;
            list.extend(young.drain(..).flatten());
            self.empty.set(0);
            Ok(())
        })
    }

    /// Gives back the memory that a buffer of `usual` entries does not need.
    pub(crate) fn shrink(&self, usual: usize) {
        self.with(|young| {
            if young.capacity() > usual && young.len() <= usual / 2 {
                shrink(young, usual / 2);
            }
        });
    }

    /// The registered blocks, for inspection.
    pub(crate) fn snapshot(&self) -> Vec<BlockPtr> {
        self.with(|list| list.iter().flatten().copied().collect())
    }
}

/// A set of blocks by address: the old set, and the frozen set.
///
/// A block is in one of them exactly while its `IN_OLD` tag is set (*old*). The tag answers whether a block is in, so
/// adding one never has to look for it first.
pub(crate) struct OldSet(UnsafeCell<ManuallyDrop<hashbrown::HashTable<BlockPtr>>>);

/// Addresses are distinct and of our own making, so one multiplication is enough of a hash. The table takes its bits from
/// both ends, and the low bits of a product depend on the low bits of the address only.
#[inline]
fn hash(block: &BlockPtr) -> u64 {
    let product = (block.as_ptr().addr() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ (product >> 32)
}

impl OldSet {
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new(ManuallyDrop::new(hashbrown::HashTable::new())))
    }

    #[inline]
    fn with<R>(&self, f: impl FnOnce(&mut hashbrown::HashTable<BlockPtr>) -> R) -> R {
        // SAFETY: the set belongs to this thread; hashing and comparing addresses is our code and leads nowhere.
        f(unsafe { &mut *self.0.get() })
    }

    pub(crate) fn len(&self) -> usize {
        self.with(|set| set.len())
    }

    /// Adds a block, unless it is in already; false if there is no memory.
    pub(crate) fn insert(&self, block: BlockPtr) -> bool {
        let header = block.header();
        header.is_in_old()
            || self.with(|set| {
                let room = set.len() < set.capacity() || set.try_reserve(1, hash).is_ok();
                if room {
                    header.set_in_old(true);
                    set.insert_unique(hash(&block), block, hash);
                }
                room
            })
    }

    /// Makes room for `additional` blocks, so that adding them cannot fail.
    pub(crate) fn reserve(&self, additional: usize) -> Result<(), hashbrown::TryReserveError> {
        self.with(|set| set.try_reserve(additional, hash))
    }

    /// Takes a block out; false if it was not in.
    pub(crate) fn remove(&self, block: BlockPtr) -> bool {
        let found = self.with(|set| match set.find_entry(hash(&block), |&other| other == block) {
            Ok(entry) => {
                entry.remove();
                true
            }
            Err(_) => false,
        });
        if found {
            block.header().set_in_old(false);
        }
        found
    }

    /// Moves all blocks to the end of `list`; the set keeps its memory, so that they can be put back.
    pub(crate) fn drain_into(&self, list: &mut Vec<BlockPtr>) -> Result<(), TryReserveError> {
        self.with(|set| {
            list.try_reserve_exact(set.len())?;
            list.extend(set.drain().inspect(|block| block.header().set_in_old(false)));
            Ok(())
        })
    }

    /// The members, for inspection.
    pub(crate) fn snapshot(&self) -> Vec<BlockPtr> {
        self.with(|set| set.iter().copied().collect())
    }

    /// Gives all memory of an empty set back.
    pub(crate) fn release_memory(&self) {
        debug_assert!(self.len() == 0);
        self.with(|set| *set = hashbrown::HashTable::new());
    }

    /// Gives memory back that a smaller set does not need.
    pub(crate) fn shrink(&self) {
        self.with(|set| {
            if set.capacity() > 1024 && set.len() < set.capacity() / 8 {
                // A table of its own and not `shrink_to`, which aborts if there is no memory for the smaller one.
                let mut smaller = hashbrown::HashTable::new();
                if smaller.try_reserve(set.len() * 2, hash).is_ok() {
                    set.drain().for_each(|block| {
                        smaller.insert_unique(hash(&block), block, hash);
                    });
                    *set = smaller;
                }
            }
        });
    }
}

/// Gives back the memory of a list beyond `capacity`. Unlike `Vec::shrink_to` it does not abort if there is no memory for
/// the smaller list. An empty list gives all of it back: asking for a smaller piece would make the allocator put all that
/// was freed by the collection in order at this moment.
fn shrink<T: Copy>(list: &mut Vec<T>, capacity: usize) {
    let mut smaller = Vec::new();
    if list.capacity() > capacity && (list.is_empty() || smaller.try_reserve_exact(capacity.max(list.len())).is_ok()) {
        smaller.extend_from_slice(list);
        *list = smaller;
    }
}

/// The list of captured blocks, kept between collections, so that small ones need no allocation.
///
/// It is empty, but for one case: candidates for which there was no memory in any other list when a collection was given
/// up. Those have their `IN_OLD` tag set, and are roots of the next collection.
pub(crate) struct Scratch(UnsafeCell<ManuallyDrop<Vec<BlockPtr>>>);

impl Scratch {
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new(ManuallyDrop::new(Vec::new())))
    }

    /// Takes the list; what is in it is registered nowhere any more.
    pub(crate) fn take(&self) -> Vec<BlockPtr> {
        // SAFETY: the list belongs to this thread, and replacing it calls no other code.
        let list = ManuallyDrop::into_inner(std::mem::take(unsafe { &mut *self.0.get() }));
        list.iter().for_each(|block| block.header().set_in_old(false));
        list
    }

    /// Puts a list back, without the memory that is more than a usual collection needs.
    pub(crate) fn put(&self, mut list: Vec<BlockPtr>) {
        list.iter().for_each(|block| block.header().set_in_old(true));
        shrink(&mut list, 1 << 14);
        // SAFETY: as in `take`; the list that was here is empty and dropped after the borrow.
        drop(ManuallyDrop::into_inner(std::mem::replace(unsafe { &mut *self.0.get() }, ManuallyDrop::new(list))));
    }

    /// Takes a block out. Looks at the whole list, which is nearly always empty.
    pub(crate) fn remove(&self, block: BlockPtr) -> bool {
        // SAFETY: the list belongs to this thread, and nothing here calls other code.
        let list = unsafe { &mut *self.0.get() };
        let found = list.iter().position(|known| *known == block);
        if let Some(at) = found {
            list.swap_remove(at);
            block.header().set_in_old(false);
        }
        found.is_some()
    }

    /// The blocks that wait here, for inspection.
    pub(crate) fn snapshot(&self) -> Vec<BlockPtr> {
        // SAFETY: as in `remove`; copying pointers calls nothing.
        unsafe { &*self.0.get() }.to_vec()
    }
}
