//! `serde`, as `Rc` has it.
//!
//! What is shared is written once for each handle that leads to it and comes back as so many values. A cycle is written
//! for ever: write a graph as a list of nodes and a list of edges by number, with `ByAddress` to number the nodes.

/// Writes the traits of `serde` for `Gc` and `Weak`.
macro_rules! serde {
    () => {
        use ::serde::{Deserialize, Deserializer, Serialize, Serializer};

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
    };
}
pub(crate) use serde;
