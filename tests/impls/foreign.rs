//! Types of other crates, under the battery.
#![allow(unused_imports, reason = "without features there is nothing to test")]

use std::hash::RandomState;

use super::battery;
use super::kinds::{MANY, next};
use super::model::{Element, Kind};

#[cfg(feature = "smallvec")]
kinds! {
    small_vec_in_place: smallvec::SmallVec<[P; 8]>, [0, 1, 5], |parts| parts.by_ref().collect();
    small_vec_on_the_heap: smallvec::SmallVec<[P; 1]>, [0, 1, 5], |parts| parts.by_ref().collect();
    small_vec_without_place: smallvec::SmallVec<[P; 0]>, [0, 3], |parts| parts.by_ref().collect();
}

#[cfg(feature = "hashbrown")]
kinds! {
    hashbrown_set: hashbrown::HashSet<P, RandomState>, [0, 1, 5, MANY], |parts| parts.by_ref().collect();
    hashbrown_values: hashbrown::HashMap<usize, P, RandomState>, [0, 1, 5, MANY], |parts| {
        parts.by_ref().enumerate().collect()
    };
    hashbrown_keys_and_values: hashbrown::HashMap<P, P, RandomState>, [0, MANY], |parts| {
        let mut map = hashbrown::HashMap::default();
        while let Some(key) = parts.next() {
            map.insert(key, next(&mut parts));
        }
        map
    };
    hashbrown_table: hashbrown::HashTable<P>, [0, 1, 5, MANY], |parts| {
        let mut table = hashbrown::HashTable::new();
        for (hash, part) in (0..).zip(parts.by_ref()) {
            table.insert_unique(hash, part, |_| unreachable!("room was made"));
            table.reserve(0, |_| 0);
            if table.len() == table.capacity() {
                table.reserve(50, |_| 7);
            }
        }
        table
    };
}

#[cfg(feature = "indexmap")]
kinds! {
    index_set: indexmap::IndexSet<P, RandomState>, [0, 1, 5, MANY], |parts| parts.by_ref().collect();
    index_values: indexmap::IndexMap<usize, P, RandomState>, [0, 1, 5, MANY], |parts| parts.by_ref().enumerate().collect();
    index_keys_and_values: indexmap::IndexMap<P, P, RandomState>, [0, MANY], |parts| {
        let mut map = indexmap::IndexMap::default();
        while let Some(key) = parts.next() {
            map.insert(key, next(&mut parts));
        }
        map
    };
}

#[cfg(feature = "either")]
kinds! {
    left: either::Either<P, u8>, [1], |parts| either::Either::Left(next(&mut parts));
    right: either::Either<u8, P>, [0, 1], |parts| parts.next().map_or(either::Either::Left(7), either::Either::Right);
}

#[cfg(feature = "arrayvec")]
kinds! {
    array_vec: arrayvec::ArrayVec<P, 5>, [0, 1, 5], |parts| parts.by_ref().collect();
}

#[cfg(feature = "thin-vec")]
kinds! {
    thin_vector: thin_vec::ThinVec<P>, [0, 1, 5], |parts| parts.by_ref().collect();
}

#[cfg(feature = "slotmap")]
mod maps {
    use slotmap::{DefaultKey, DenseSlotMap, SecondaryMap, SlotMap, SparseSecondaryMap};

    use super::*;

    /// New keys without end, with gaps.
    fn keys() -> impl Iterator<Item = DefaultKey> {
        let mut keys = SlotMap::new();
        std::iter::repeat_with(move || {
            let gap = keys.insert(());
            keys.remove(gap);
            keys.insert(());
            keys.insert(())
        })
    }

    kinds! {
        slot_map: SlotMap<DefaultKey, P>, [0, 1, 5], |parts| {
            let mut map = SlotMap::new();
            for part in parts.by_ref() {
                map.insert(part);
            }
            map
        };
        dense_slot_map: DenseSlotMap<DefaultKey, P>, [0, 1, 5], |parts| {
            let mut map = DenseSlotMap::new();
            for part in parts.by_ref() {
                map.insert(part);
            }
            map
        };
        secondary_map: SecondaryMap<DefaultKey, P>, [0, 1, 5], |parts| keys().zip(parts.by_ref()).collect();
        sparse_secondary_map: SparseSecondaryMap<DefaultKey, P>, [0, 1, 5], |parts| keys().zip(parts.by_ref()).collect();
    }
}

#[cfg(feature = "once_cell")]
kinds! {
    sync_once_cell: once_cell::sync::OnceCell<P>, [0, 1], |parts| {
        parts.next().map_or_else(once_cell::sync::OnceCell::new, once_cell::sync::OnceCell::from)
    };
}

#[cfg(feature = "lock_api")]
pub mod locks {
    use super::*;

    kinds! {
        mutex: parking_lot::Mutex<Vec<P>>, [0, 1, 3], |parts| parking_lot::Mutex::new(parts.by_ref().collect());
        rw_lock: parking_lot::RwLock<Vec<P>>, [0, 1, 3], |parts| parking_lot::RwLock::new(parts.by_ref().collect());
    }
}
