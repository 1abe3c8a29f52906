//! `lock_api`: the locks of parking_lot, spin and others.
//!
//! The rules are those of the locks of the standard library: what cannot be read without waiting
//! reports nothing, and dispose, which asks the same question, really drops it.
//!
//! The raw lock is code of another crate that runs during a collection. Its traits are `unsafe` to
//! implement. A lock that calls back into the program when it is taken or released cannot be used
//! with this crate.

use lock_api::{Mutex, RawMutex, RawRwLock, RwLock};
use std::convert::identity;

use crate::trace::locks::locks;
use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

locks! {
    [R: RawMutex + 'static, T: Trace] Mutex<R, T>: try_lock, identity, identity, identity;
    [R: RawRwLock + 'static, T: Trace] RwLock<R, T>: try_read, identity, identity, identity;
}
