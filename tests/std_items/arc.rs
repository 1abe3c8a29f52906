//! The tests of `Arc`.

mod kind {
    pub use std::sync::{Arc as Gc, Weak};

    pub use super::super::model::std_heap::nothing_is_left;

    pub const STD: bool = true;
    pub const SHARED: bool = true;
    pub type Any = dyn std::any::Any + Send + Sync;

    /// The bound of a trait whose objects a handle of this kind holds.
    pub trait Bound: Send + Sync {}
    impl<T: Send + Sync + ?Sized> Bound for T {}
}

#[path = "counts.rs"]
mod counts;
#[path = "forwarding.rs"]
mod forwarding;
#[path = "making.rs"]
mod making;
#[path = "raw.rs"]
mod raw;
#[path = "slices.rs"]
mod slices;
#[path = "strings.rs"]
mod strings;
#[path = "threads.rs"]
mod threads;
#[path = "traits.rs"]
mod traits;
#[path = "unsizing.rs"]
mod unsizing;
#[path = "unwrapping.rs"]
mod unwrapping;
