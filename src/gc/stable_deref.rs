//! `stable_deref_trait`.

use stable_deref_trait::{CloneStableDeref, StableDeref};

use super::Gc;

// SAFETY: the value is in its block, which does not move with the handle.
unsafe impl<T: ?Sized> StableDeref for Gc<T> {}
// SAFETY: a clone leads to the same value.
unsafe impl<T: ?Sized> CloneStableDeref for Gc<T> {}
