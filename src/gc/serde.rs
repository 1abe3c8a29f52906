//! `serde`, as `Rc` has it.
//!
//! What is shared is written once for each handle that leads to it and comes back as so many values. A cycle is written
//! for ever: write a graph as a list of nodes and a list of edges by number, with `ByAddr` to number the nodes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Gc;
use crate::cell::{GcCell, Handle};
use crate::leaf::Leaf;
use crate::weak::Weak;

impl<T: Serialize + ?Sized> Serialize for Gc<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: ?Sized> Deserialize<'de> for Gc<T>
where
    Box<T>: Deserialize<'de>,
    Gc<T>: From<Box<T>>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::deserialize(deserializer).map(Self::from)
    }
}

impl<T: Serialize + ?Sized> Serialize for Weak<T> {
    /// As an option: the value, if it is there.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.upgrade().serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Weak<T>
where
    T: Deserialize<'de>,
{
    /// Nobody holds the value that was read, so it is gone at once: this is always [`Weak::new`].
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer)?;
        Ok(Self::new())
    }
}

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
