//! The frozen set: candidates that no collection starts from for the time being.
//!
//! A frozen block may lose a handle while it is young, and is in the young buffer then as well. So
//! unlike the old set this one finds its members by address, not by a place that they know.

use std::cell::UnsafeCell;
use std::collections::TryReserveError;
use std::mem::ManuallyDrop;

use super::block::BlockPtr;

/// A set of blocks by address. Its members have their `IN_OLD` tag set (*old*).
pub(crate) struct FrozenSet(UnsafeCell<ManuallyDrop<hashbrown::HashTable<BlockPtr>>>);

/// Addresses are distinct and not chosen by an attacker, so one multiplication is enough of a hash.
/// The table takes its bits from both ends, and the low bits of a product depend on the low bits of
/// the address only.
#[inline]
fn hash(block: &BlockPtr) -> u64 {
    let product = (block.as_ptr().addr() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ (product >> 32)
}

impl FrozenSet {
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new(ManuallyDrop::new(hashbrown::HashTable::new())))
    }

    #[inline]
    fn with<R>(&self, f: impl FnOnce(&mut hashbrown::HashTable<BlockPtr>) -> R) -> R {
        // SAFETY: by *thread*: hashing and comparing addresses calls no other code.
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

    /// Moves all blocks to the end of `list`; the set keeps its memory, so that they can be put
    /// back.
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
}
