//! Types of other crates: one file and one feature for each, named as the crate.
//!
//! This crate uses `smallvec` and `hashbrown` itself. Their types are traced with a feature
//! nevertheless, so that their versions are no silent part of the interface. Containers that share
//! what they lead to (`im`, `imbl`, `rpds`, `triomphe`) are not here and will not be: two
//! persistent vectors own a node together, so both would report its handles. They fit into a
//! [`Leaf`](crate::Leaf).

#[cfg(feature = "arrayvec")]
mod arrayvec;
#[cfg(feature = "either")]
mod either;
#[cfg(feature = "hashbrown")]
mod hashbrown;
#[cfg(feature = "indexmap")]
mod indexmap;
#[cfg(feature = "lock_api")]
mod lock_api;
#[cfg(feature = "once_cell")]
mod once_cell;
#[cfg(feature = "serde_json")]
mod serde_json;
#[cfg(feature = "slotmap")]
mod slotmap;
#[cfg(feature = "smallvec")]
mod smallvec;
#[cfg(feature = "thin-vec")]
mod thin_vec;
