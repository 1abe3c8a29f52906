//! `smallvec` 1.

use smallvec::{Array, SmallVec};

use crate::policy::bytes::array_bytes;
use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

collection!(
    SmallVec<A>, [A: Array<Item: Trace> + 'static], <A as Array>::Item: part => [part], this => this.drain(..),
    |vector: &Self| if vector.spilled() { vector.capacity() } else { 0 }
);
