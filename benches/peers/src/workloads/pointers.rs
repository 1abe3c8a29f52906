//! The cost of a handle.

use std::hint::black_box;

use crate::clock::{Clock, time};
use crate::outcome::Outcome;
use crate::peer::{Peer, Scheme};

/// Clone and drop of one handle to one object, again and again.
pub fn clone_drop<P: Peer>(n: usize) -> Outcome {
    let node = P::new(0);
    let ns = time(|| (0..n).for_each(|_| drop(black_box(black_box(&node).clone()))));
    drop(node);
    P::collect(&[]);
    Outcome::checked::<P>(ns / n as f64, 1)
}

/// The first clone and drop of each of `n` objects, which makes candidates of them.
pub fn clone_drop_fresh<P: Peer>(n: usize) -> Outcome {
    P::manual();
    let nodes = fresh::<P>(n);
    let ns = time(|| nodes.iter().for_each(|node| drop(black_box(node.clone()))));
    drop(nodes);
    P::collect(&[]);
    Outcome::checked::<P>(ns / n as f64, made_by_fresh(n))
}

/// Objects that never lost a handle. Each refers to one of a few more, since some peers know that
/// what has no edge is on no cycle, and some cannot count to a million.
pub fn fresh<P: Peer>(n: usize) -> Vec<P::Node> {
    let mut nodes = Vec::with_capacity(n);
    let mut shared = P::new(0);
    nodes.extend((0..n).map(|id| {
        if id % SHARED_BY == 0 {
            shared = P::new(0);
        }
        let node = P::new(id as u64);
        P::set(&node, 0, Some(shared.clone()));
        node
    }));
    nodes
}

const SHARED_BY: usize = 1_000;

/// How many objects [`fresh`] makes in all.
pub fn made_by_fresh(n: usize) -> usize {
    n + 1 + n.div_ceil(SHARED_BY)
}

/// Reading a number through a handle, from objects that fit into the cache.
pub fn deref<P: Peer>(n: usize) -> Outcome {
    let nodes: Vec<P::Node> = (0..256).map(P::new).collect();
    let mut sum = 0;
    let ns = time(|| {
        for _ in 0..n / nodes.len() {
            for node in black_box(&nodes) {
                sum += P::id(node);
            }
        }
    });
    assert_eq!(sum, 255 * 128 * (n as u64 / 256), "the numbers were read");
    drop(nodes);
    P::collect(&[]);
    Outcome::checked::<P>(ns / n as f64, 256)
}

/// Objects that die young, with the collections that the peer makes of itself.
pub fn new_drop<P: Peer>(n: usize) -> Outcome {
    let clock = Clock::start();
    for id in 0..n {
        drop(black_box(P::new(id as u64)));
        if id % 1_000 == 0 {
            P::safepoint(&[]);
        }
    }
    if P::SCHEME == Scheme::Traces {
        P::collect(&[]);
    }
    Outcome::checked::<P>(clock.ns() / n as f64, n)
}
