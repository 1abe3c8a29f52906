//! gc, also known as rust-gc: mark and sweep, with a count of roots.

use gc::{Finalize, Gc, GcCell, Trace, custom_trace, force_collect};

use super::{no_edges, refcell_edges};
use crate::peer::{Counted, Peer, Scheme};

pub struct RustGc;

pub struct Node {
    id: Counted,
    edges: [GcCell<Option<Gc<Node>>>; 3],
}

impl Finalize for Node {}

// SAFETY: the edges are all the handles that a node has.
unsafe impl Trace for Node {
    custom_trace!(this, {
        // SAFETY: as the caller promises; the macro makes functions of this that are called by the
        // collector only.
        unsafe { mark(&this.edges) }
    });
}

impl Peer for RustGc {
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
