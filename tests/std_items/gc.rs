//! The tests of `recyc::Gc`.

#[path = "../support/local.rs"]
mod heap;

mod kind {
    use super::heap;
    pub use super::heap::{Any, Bound, Gc, SHARED, Weak};

    pub const STD: bool = false;

    /// Runs a test, then checks that no block is left.
    pub fn nothing_is_left(test: impl FnOnce()) {
        let before = heap::inspect::live_blocks();
        test();
        heap::inspect::check();
        heap::collect();
        assert_eq!(heap::inspect::live_blocks(), before, "blocks are left");
    }
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
#[path = "traits.rs"]
mod traits;
#[path = "unsizing.rs"]
mod unsizing;
#[path = "unwrapping.rs"]
mod unwrapping;
