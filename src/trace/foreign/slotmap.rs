//! `slotmap`: the maps, whose keys are numbers and own nothing.

use slotmap::{DefaultKey, DenseSlotMap, Key, KeyData, SecondaryMap, SlotMap, SparseSecondaryMap};
use std::hash::BuildHasher;

use crate::policy::bytes::array_bytes;
use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

macro_rules! maps {
    ($($ty:ty, [$($parameters:tt)*];)+) => {
        $(collection!(
            $ty, [$($parameters)*], V: (_, part) => [part], this => this.drain().map(|(_, part)| part), Self::capacity
        );)+
    };
}

maps! {
    SlotMap<K, V>, [K: Key + 'static, V: Trace];
    DenseSlotMap<K, V>, [K: Key + 'static, V: Trace];
    SecondaryMap<K, V>, [K: Key + 'static, V: Trace];
    SparseSecondaryMap<K, V, S>, [K: Key + 'static, V: Trace, S: BuildHasher + 'static];
}

leaf!(types: DefaultKey, KeyData,);
