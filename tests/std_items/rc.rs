//! The tests of `Rc`.

mod kind {
    pub use std::rc::{Rc as Gc, Weak};

    pub use super::super::model::std_heap::nothing_is_left;

    pub const STD: bool = true;
    pub const SHARED: bool = false;
    pub type Any = dyn std::any::Any;

    /// The bound of a trait whose objects a handle of this kind holds.
    pub trait Bound {}
    impl<T: ?Sized> Bound for T {}
}

#[path = "counts.rs"]
mod counts;
#[path = "making.rs"]
mod making;
#[path = "raw.rs"]
mod raw;
#[path = "slices.rs"]
mod slices;
#[path = "strings.rs"]
mod strings;
#[path = "traits.rs"]
mod traits;
#[path = "unsizing.rs"]
mod unsizing;
#[path = "unwrapping.rs"]
mod unwrapping;
