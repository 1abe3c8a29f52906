//! `serde`, as `Rc` has it.
//!
//! A shared value is written once for each handle that leads to it, and each of these is read back
//! as a value of its own. A cycle is written forever: write a graph as a list of nodes and a list
//! of edges by number, with `ByAddress` to number the nodes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::heap::Heap;
use super::{Gc, Weak};

impl<T: Serialize + ?Sized, H: Heap> Serialize for Gc<T, H> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: ?Sized, H: Heap> Deserialize<'de> for Gc<T, H>
where
    Box<T>: Deserialize<'de>,
    Gc<T, H>: From<Box<T>>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::deserialize(deserializer).map(Self::from)
    }
}

impl<T: Serialize + ?Sized, H: Heap> Serialize for Weak<T, H> {
    /// As an option: the value, if it is there.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.upgrade().serialize(serializer)
    }
}

impl<'de, T, H: Heap> Deserialize<'de> for Weak<T, H>
where
    T: Deserialize<'de>,
{
    /// No handle holds the value that was read, so it is gone at once: this is always
    /// [`Weak::new`].
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer)?;
        Ok(Self::new())
    }
}
