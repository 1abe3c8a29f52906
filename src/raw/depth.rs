//! How deep destructors nest.

/// The largest number of nested destructions. At that depth, a block that dies is linked into the
/// to-free list.
///
/// Destroying a child at once is what an `Rc` does, and cheaper while the child is in the cache; a
/// list takes no stack. With 24 a tree costs the same as with `Rc`, and a chain hardly more than
/// with the list alone. With 64 a chain costs 1.5 times as much.
pub(crate) const DEEPEST: u32 = 24;
