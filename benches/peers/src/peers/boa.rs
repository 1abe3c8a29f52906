//! boa_gc: mark and sweep; finds its roots by comparing counts.

use boa_gc::{Finalize, Gc, GcRefCell, Trace, custom_trace, force_collect};

use super::{no_edges, refcell_edges};
use crate::peer::{Counted, Peer, Scheme};

pub struct Boa;

pub struct Node {
    id: Counted,
    edges: [GcRefCell<Option<Gc<Node>>>; 3],
}

impl Finalize for Node {}

// SAFETY: the edges are all the handles that a node has.
unsafe impl Trace for Node {
    custom_trace!(this, mark, {
        mark(&this.edges);
    });
}

impl Peer for Boa {
    const SCHEME: Scheme = Scheme::Traces;

    type Node = Gc<Node>;

    fn new(id: u64) -> Gc<Node> {
        Gc::new(Node { id: Counted(id), edges: no_edges() })
    }

    refcell_edges!();

    fn collect(_: &[Gc<Node>]) {
        force_collect();
    }
}
