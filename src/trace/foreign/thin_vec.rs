//! `thin-vec`.

use thin_vec::ThinVec;

use crate::policy::bytes::array_bytes;
use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

collection!(ThinVec<T>, [T: Trace], T: part => [part], this => this.drain(..), Self::capacity);
