//! The programs over the handles of one thread.

pub mod heap;
#[path = "../machine/mod.rs"]
pub mod machine;
