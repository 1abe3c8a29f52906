//! The names of the two heaps.
//!
//! In this floor a heap is a name for blocks whose headers have one type. What a header is and what
//! a heap does is in the module of that heap.

/// The heap of one thread, to which [`recyc::Gc`](crate::Gc) leads.
#[derive(Debug)]
pub enum Local {}

/// The heap that all threads share, to which [`recyc::sync::Gc`](crate::sync::Gc) leads.
#[derive(Debug)]
pub enum Shared {}

/// A heap, by the header of its blocks.
pub(crate) trait Headed: Sized + 'static {
    /// The header before each value.
    type Header: 'static;
}
