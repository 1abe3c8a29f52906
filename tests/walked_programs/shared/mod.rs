//! The programs over the handles that threads share.

pub mod heap;
#[path = "../machine/mod.rs"]
pub mod machine;
pub mod threads;
