//! The captured blocks, and the handles between them.

use super::node::Node;

/// An edge to a block that is not captured.
pub(super) const NONE: u32 = u32::MAX;

/// The captured blocks and the edges between them. A place is an index in the list of nodes.
#[derive(Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    /// For each handle that was reported the place of its target, or `NONE`.
    pub(super) edges: Vec<u32>,
    /// How many handles to each of `nodes` were found.
    pub(super) found: Vec<u32>,
    /// Places that are still to be visited, in a walk along the edges.
    pub(super) queue: Vec<u32>,
}

/// The captured blocks that a block has handles to.
pub(super) fn edges_of<'a>(node: &Node, edges: &'a [u32]) -> impl Iterator<Item = &'a u32> {
    edges[node.edges.0 as usize..node.edges.1 as usize].iter().filter(|target| **target != NONE)
}
