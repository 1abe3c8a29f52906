//! `arrayvec`.

use arrayvec::{ArrayString, ArrayVec};

use crate::policy::bytes::array_bytes;
use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

collection!(ArrayVec<T, N>, [T: Trace, const N: usize], T: part => [part], this => this.drain(..), |_: &Self| 0);
leaf!(generic: [const N: usize] ArrayString<N>);
