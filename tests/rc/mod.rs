//! The promises of `Rc`, tested for `Gc`: each function on a value that is alone, shared, watched
//! by a `Weak`, waiting as a candidate; without a size, of size zero, over-aligned; and with
//! foreign code that panics. `tests/arc` has the same for `sync::Gc`.

mod boxes;
mod cells;
mod closures;
mod counts;
mod cyclic;
mod extremes;
mod finalizers;
mod foreign_code;
mod identity;
use crate::support::local as kind;
mod leaves;
mod making;
mod model;
mod raw;
mod slices;
mod strings;
mod traits;
mod uninit;
mod unsize;
mod unwrapping;
mod weak_raw;
