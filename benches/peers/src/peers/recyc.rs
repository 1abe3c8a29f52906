//! This crate, with the cells that every peer has, and with its own.

use std::cell::RefCell;

use recyc::{Config, Gc, GcCell, Leaf, Trace};

use super::{no_edges, refcell_edges};
use crate::peer::{Counted, Peer, Scheme};

pub struct Recyc;

#[derive(Trace)]
pub struct Node {
    id: Leaf<Counted>,
    edges: [RefCell<Option<Gc<Node>>>; 3],
}

/// The parts that do not depend on the node.
macro_rules! collections {
    () => {
        fn collect(_: &[Self::Node]) {
            recyc::collect();
        }

        fn collect_young(_: &[Self::Node]) {
            recyc::collect_young();
        }

        fn manual() {
            let manual = Config::default().with_automatic(false);
            recyc::configure(manual).expect("only a default was switched off");
        }
    };
}

impl Peer for Recyc {
    const SCHEME: Scheme = Scheme::Counts;

    type Node = Gc<Node>;

    fn new(id: u64) -> Gc<Node> {
        Gc::new(Node { id: Leaf(Counted(id)), edges: no_edges() })
    }

    refcell_edges!();
    collections!();
}

/// The peer of this crate with [`GcCell`], which has no borrow flag. Its node is smaller than the
/// node of any other peer.
pub struct WithCells;

#[derive(Trace)]
pub struct SmallNode {
    id: Leaf<Counted>,
    edges: [GcCell<Option<Gc<SmallNode>>>; 3],
}

impl Peer for WithCells {
    const SCHEME: Scheme = Scheme::Counts;

    type Node = Gc<SmallNode>;

    fn new(id: u64) -> Gc<SmallNode> {
        Gc::new(SmallNode { id: Leaf(Counted(id)), edges: no_edges() })
    }

    fn id(node: &Gc<SmallNode>) -> u64 {
        node.id.number()
    }

    fn look<R>(
        node: &Gc<SmallNode>,
        slot: usize,
        look: impl FnOnce(Option<&Gc<SmallNode>>) -> R,
    ) -> R {
        look(node.edges[slot].get().as_ref())
    }

    fn replace(
        node: &Gc<SmallNode>,
        slot: usize,
        target: Option<Gc<SmallNode>>,
    ) -> Option<Gc<SmallNode>> {
        node.edges[slot].replace(target)
    }

    collections!();
}
