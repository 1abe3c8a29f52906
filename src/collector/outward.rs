//! The edges that lead out of what is captured: to blocks that a young collection did not enter.
//!
//! Those of the dead end with them. If all are noted here, with their owners, nobody has to trace the dead again for them.

use super::capture::has_room;
use crate::raw::BlockPtr;

/// Edges that lead out of what is captured. Those of the dead end with them.
pub(super) struct Outward {
    pub(super) edges: Vec<Edge>,
    /// Whether there was room for all.
    pub(super) complete: bool,
}

/// One of them.
pub(super) struct Edge {
    pub(super) target: BlockPtr,
    /// The place of its owner among the captured blocks, if the capture is small.
    pub(super) owner: u32,
}

impl Default for Outward {
    fn default() -> Self {
        Self { edges: Vec::new(), complete: true }
    }
}

impl Outward {
    #[inline]
    pub(super) fn push(&mut self, edge: Edge) {
        if self.edges.len() < LONGEST_OUTWARD && has_room(&mut self.edges) {
            self.edges.push(edge);
        } else {
            self.complete = false;
        }
    }
}

/// More edges than this are found again by another trace: the list is memory that a large collection had better not take.
const LONGEST_OUTWARD: usize = 1 << 13;
