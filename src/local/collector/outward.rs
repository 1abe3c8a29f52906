//! The edges that lead out of the captured blocks, to blocks that were not entered.
//!
//! The handles of the dead among them end with the dead. If all are noted here, with their owners,
//! the dead need not be traced again.

use crate::local::raw::BlockPtr;
use crate::raw::fallible::has_room;
use crate::raw::sizes::size;

/// The edges that lead out of the captured blocks.
pub(super) struct Outward {
    pub(super) edges: Vec<Edge>,
    /// Whether there was room for all.
    pub(super) is_complete: bool,
}

/// A handle of a captured block to a block that was not entered.
pub(super) struct Edge {
    pub(super) target: BlockPtr,
    /// The index of its owner in the list of captured blocks, if the capture is small.
    pub(super) owner: u32,
}

/// Above this number of edges another trace finds them again: the list would be memory that the
/// program does not have.
const LONGEST: usize = size(1 << 13, 2);

impl Default for Outward {
    fn default() -> Self {
        Self { edges: Vec::new(), is_complete: true }
    }
}

impl Outward {
    #[inline]
    pub(super) fn push(&mut self, edge: Edge) {
        if self.edges.len() < LONGEST && has_room(&mut self.edges, || LONGEST) {
            self.edges.push(edge);
        } else {
            self.is_complete = false;
        }
    }
}
