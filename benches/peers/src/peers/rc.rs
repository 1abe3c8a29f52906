//! The standard library's `Rc`: leaves its cycles behind, or has them broken by the workload.

use std::cell::RefCell;
use std::rc::Rc;

use super::{no_edges, refcell_edges};
use crate::peer::{Counted, Peer, Scheme};

pub struct Std<const BY_HAND: bool>;

pub struct Node {
    id: Counted,
    edges: [RefCell<Option<Rc<Node>>>; 3],
}

impl<const BY_HAND: bool> Peer for Std<BY_HAND> {
    const SCHEME: Scheme = if BY_HAND { Scheme::ByHand } else { Scheme::Leaks };

    type Node = Rc<Node>;

    fn new(id: u64) -> Rc<Node> {
        Rc::new(Node { id: Counted(id), edges: no_edges() })
    }

    refcell_edges!();

    fn collect(_: &[Rc<Node>]) {}
}
