//! `indexmap`.

use indexmap::{IndexMap, IndexSet};

use crate::policy::bytes::array_bytes;
use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

collection!(IndexSet<T, S>, [T: Trace, S: 'static], T: part => [part], this => this.drain(..), Self::capacity);
collection!(
    IndexMap<K, V, S>, [K: Trace, V: Trace, S: 'static], (K, V): (key, value) => [key, value], this => this.drain(..), Self::capacity
);
