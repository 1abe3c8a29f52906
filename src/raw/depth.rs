//! How deep destructors nest.

/// How many values are destroyed inside each other at most, before what dies is linked into the to-free list.
///
/// Destroying a child at once is what an `Rc` does, and cheaper while the child is in the cache; a list takes no stack.
/// With 24 a tree costs what it costs with `Rc`, and a chain hardly more than by the list alone; with 64 a chain costs
/// half as much again.
pub(crate) const DEEPEST: u32 = 24;
