//! Containers whose shape is what all of their parts promise together, and nothing else.
//!
//! The derive writes the type of a field as such containers where the type contains itself through
//! it. That the derive reads the type from its name is checked here: a type of another meaning with
//! one of these names does not compile, and with a path in front of the name the derive makes
//! nothing of it.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::pin::Pin;
use std::sync::{Mutex, OnceLock, RwLock};

use super::Trace;

/// A container whose shape is that of its parts together.
///
/// # Safety
///
/// `shape` of the container is `and` of the shapes of all parts in the list
/// `(First, (Second, ()))`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has the name of a container that `#[derive(Trace)]` knows, but is another type",
    label = "not the container of that name",
    note = "write the type with a path: `self::Name<…>`"
)]
pub unsafe trait Transparent: Trace {
    /// What its shape follows from.
    type Parts;
}

/// Lists transparent containers.
macro_rules! transparent {
    ($([$($parameters:tt)*] $ty:ty: $parts:ty;)+) => {
        $(
            // SAFETY: its `Trace` is in this module's parent, and the shape there is that of these
            // parts.
            unsafe impl<$($parameters)*> Transparent for $ty {
                type Parts = $parts;
            }
        )+
    };
}

transparent! {
    [T: Trace] Option<T>: (T, ());
    [T: Trace, E: Trace] Result<T, E>: (T, (E, ()));
    [T: Trace] Box<T>: (T, ());
    [T: Trace] Box<[T]>: (T, ());
    [P: Trace] Pin<P>: (P, ());
    [T: Trace, const N: usize] [T; N]: (T, ());
    [T: Trace] Vec<T>: (T, ());
    [T: Trace] VecDeque<T>: (T, ());
    [T: Trace] LinkedList<T>: (T, ());
    [T: Trace] BinaryHeap<T>: (T, ());
    [T: Trace] BTreeSet<T>: (T, ());
    [K: Trace, V: Trace] BTreeMap<K, V>: (K, (V, ()));
    [T: Trace, S: 'static] HashSet<T, S>: (T, ());
    [K: Trace, V: Trace, S: 'static] HashMap<K, V, S>: (K, (V, ()));
    [T: Trace] Cell<T>: (T, ());
    [T: Trace] RefCell<T>: (T, ());
    [T: Trace] OnceCell<T>: (T, ());
    [T: Trace] Mutex<T>: (T, ());
    [T: Trace] RwLock<T>: (T, ());
    [T: Trace] OnceLock<T>: (T, ());
    [A: Trace] (A,): (A, ());
    [A: Trace, B: Trace] (A, B): (A, (B, ()));
    [A: Trace, B: Trace, C: Trace] (A, B, C): (A, (B, (C, ())));
    [A: Trace, B: Trace, C: Trace, E: Trace] (A, B, C, E): (A, (B, (C, (E, ()))));
}

// Types of other crates that have one of these names.
#[cfg(feature = "hashbrown")]
transparent! {
    [T: Trace, S: 'static] hashbrown::HashSet<T, S>: (T, ());
    [K: Trace, V: Trace, S: 'static] hashbrown::HashMap<K, V, S>: (K, (V, ()));
}
#[cfg(feature = "smallvec")]
transparent! {
    [A: smallvec::Array<Item: Trace> + 'static] smallvec::SmallVec<A>: (A::Item, ());
}
#[cfg(feature = "lock_api")]
transparent! {
    [R: lock_api::RawMutex + 'static, T: Trace] lock_api::Mutex<R, T>: (T, ());
    [R: lock_api::RawRwLock + 'static, T: Trace] lock_api::RwLock<R, T>: (T, ());
}
#[cfg(feature = "once_cell")]
transparent! {
    [T: Trace] once_cell::sync::OnceCell<T>: (T, ());
    [T: Trace] once_cell::unsync::OnceCell<T>: (T, ());
}
