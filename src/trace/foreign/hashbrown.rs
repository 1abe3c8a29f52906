//! `hashbrown`.

use hashbrown::{HashMap, HashSet, HashTable};

use crate::policy::bytes::array_bytes;
use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

collection!(HashSet<T, S>, [T: Trace, S: 'static], T: part => [part], this => this.drain(), Self::capacity);
collection!(HashTable<T>, [T: Trace], T: part => [part], this => this.drain(), Self::capacity);
collection!(
    HashMap<K, V, S>, [K: Trace, V: Trace, S: 'static], (K, V): (key, value) => [key, value], this => this.drain(), Self::capacity
);
