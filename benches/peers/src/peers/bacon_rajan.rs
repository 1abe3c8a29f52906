//! bacon_rajan_cc.

use std::cell::RefCell;

use bacon_rajan_cc::{Cc, Trace, Tracer, collect_cycles};

use super::{no_edges, refcell_edges};
use crate::peer::{Counted, Peer, Scheme, every_ten_thousandth};

pub struct BaconRajan;

pub struct Node {
    id: Counted,
    edges: [RefCell<Option<Cc<Node>>>; 3],
}

impl Trace for Node {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.edges.iter().for_each(|edge| edge.trace(tracer));
    }
}

impl Peer for BaconRajan {
    const SCHEME: Scheme = Scheme::Counts;

    type Node = Cc<Node>;

    fn new(id: u64) -> Cc<Node> {
        Cc::new(Node { id: Counted(id), edges: no_edges() })
    }

    refcell_edges!();

    fn collect(_: &[Cc<Node>]) {
        collect_cycles();
    }

    fn safepoint(held: &[Cc<Node>]) {
        every_ten_thousandth(|| Self::collect(held));
    }
}
