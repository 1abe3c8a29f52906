//! dumpster, the variant for one thread.

use std::cell::RefCell;

use dumpster::unsync::{self, CollectInfo, Gc};
use dumpster::{TraceWith, Visitor};

use super::{no_edges, refcell_edges};
use crate::peer::{Counted, Peer, Scheme};

pub struct Dumpster;

pub struct Node {
    id: Counted,
    edges: [RefCell<Option<Gc<Node>>>; 3],
}

// SAFETY: the edges are all the handles that a node has.
unsafe impl<V: Visitor> TraceWith<V> for Node {
    fn accept(&self, visitor: &mut V) -> Result<(), ()> {
        self.edges.accept(visitor)
    }
}

impl Peer for Dumpster {
    const SCHEME: Scheme = Scheme::Counts;

    type Node = Gc<Node>;

    fn new(id: u64) -> Gc<Node> {
        Gc::new(Node { id: Counted(id), edges: no_edges() })
    }

    refcell_edges!();

    fn collect(_: &[Gc<Node>]) {
        unsync::collect();
    }

    fn manual() {
        fn never(_: &CollectInfo) -> bool {
            false
        }
        unsync::set_collect_condition(never);
    }
}
