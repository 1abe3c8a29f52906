//! The graphs that the benches work on, for `Gc` and for `Rc`.

#![allow(dead_code, unused_macros, reason = "each bench uses a part")]

pub mod subjects;

use std::cell::RefCell;
use std::rc::Rc;

use recyc::{Config, Gc, Trace};

/// A node with three edges, as `Gc` has it.
#[derive(Trace)]
pub struct Node {
    pub id: u64,
    pub edges: [RefCell<Option<Gc<Node>>>; 3],
}

/// The same with `Rc`, as the floor.
pub struct RcNode {
    pub id: u64,
    pub edges: [RefCell<Option<Rc<RcNode>>>; 3],
}

pub fn node(id: usize) -> Gc<Node> {
    Gc::new(Node { id: id as u64, edges: Default::default() })
}

pub fn rc_node(id: usize) -> Rc<RcNode> {
    Rc::new(RcNode { id: id as u64, edges: Default::default() })
}

/// The sizes to measure with; the first of them when benches are only tested, so that this takes
/// moments.
pub fn sizes<T>(sizes: &[T]) -> &[T] {
    let asked = |option: &str| std::env::args().any(|argument| argument == option);
    // As criterion has it: under `cargo test` there is no `--bench`.
    if asked("--test") || !asked("--bench") { &sizes[..1] } else { sizes }
}

/// Collections run only where a bench calls them.
pub fn manual() {
    recyc::configure(Config::manual()).expect("the preset is valid");
}

/// A cycle of `n` nodes, each with an edge to the next.
pub fn ring(n: usize) -> Vec<Gc<Node>> {
    let nodes: Vec<_> = (0..n).map(node).collect();
    for (at, node) in nodes.iter().enumerate() {
        *node.edges[0].borrow_mut() = Some(nodes[(at + 1) % n].clone());
    }
    nodes
}

/// `n` nodes with three edges each to nodes picked at random.
pub fn random_graph(n: usize) -> Vec<Gc<Node>> {
    let nodes: Vec<_> = (0..n).map(node).collect();
    let mut random = Random::new();
    for node in &nodes {
        for edge in &node.edges {
            *edge.borrow_mut() = Some(nodes[random.below(n)].clone());
        }
    }
    nodes
}

/// A small generator of numbers that are the same in every run.
pub struct Random(u64);

impl Random {
    pub fn new() -> Self {
        Self(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}
