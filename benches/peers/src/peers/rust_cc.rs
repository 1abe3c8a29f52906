//! rust-cc, without finalizers: its quicker form.

use std::cell::RefCell;

use rust_cc::{Cc, Context, Finalize, Trace};

use super::{no_edges, refcell_edges};
use crate::peer::{Counted, Peer, Scheme};

pub struct RustCc;

pub struct Node {
    id: Counted,
    edges: [RefCell<Option<Cc<Node>>>; 3],
}

impl Finalize for Node {}

// SAFETY: the edges are all the handles that a node has, and its drop does not touch them.
unsafe impl Trace for Node {
    fn trace(&self, context: &mut Context<'_>) {
        self.edges.trace(context);
    }
}

impl Peer for RustCc {
    const SCHEME: Scheme = Scheme::Counts;

    type Node = Cc<Node>;

    fn new(id: u64) -> Cc<Node> {
        Cc::new(Node { id: Counted(id), edges: no_edges() })
    }

    refcell_edges!();

    fn collect(_: &[Cc<Node>]) {
        rust_cc::collect_cycles();
    }

    fn manual() {
        rust_cc::config::config(|config| config.set_auto_collect(false))
            .expect("no collection is running");
    }
}
