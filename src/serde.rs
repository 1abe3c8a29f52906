//! `serde` for what is neither a handle nor a type of another crate.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::cell::{GcCell, Handle};
use crate::leaf::Leaf;

impl<T: Serialize> Serialize for Leaf<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Leaf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

impl<H: Handle + Serialize> Serialize for GcCell<H> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de, H: Handle + Deserialize<'de>> Deserialize<'de> for GcCell<H> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        H::deserialize(deserializer).map(Self::new)
    }
}
