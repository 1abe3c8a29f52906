//! Structures that counting alone destroys.

use crate::clock::{Clock, time};
use crate::outcome::Outcome;
use crate::peer::{Peer, Scheme};

/// A complete binary tree, built from the leaves up by moving handles, and dropped.
pub fn tree<P: Peer>(depth: usize) -> Outcome {
    let clock = Clock::start();
    drop(grow::<P>(depth - 1));
    if P::SCHEME == Scheme::Traces {
        P::collect(&[]);
    }
    let n = (1 << depth) - 1;
    Outcome::checked::<P>(clock.ns() / n as f64, n)
}

/// A tree with `2^(depth + 1) - 1` nodes.
pub fn grow<P: Peer>(depth: usize) -> P::Node {
    let node = P::new(depth as u64);
    if depth > 0 {
        P::set(&node, 0, Some(grow::<P>(depth - 1)));
        P::set(&node, 1, Some(grow::<P>(depth - 1)));
    }
    node
}

/// The number of nodes in a tree, counted without taking a handle.
pub fn count<P: Peer>(node: &P::Node) -> usize {
    let below = |slot| P::look(node, slot, |child| child.map_or(0, count::<P>));
    1 + below(0) + below(1)
}

/// A long list whose head is dropped. Peers that drop by recursion would need a deeper stack than a
/// thread has.
pub fn list<P: Peer>(n: usize) -> Outcome {
    P::manual();
    let mut head = P::new(0);
    for id in 1..n {
        let next = P::new(id as u64);
        P::set(&next, 0, Some(head));
        head = next;
    }
    let ns = time(|| {
        drop(head);
        if P::SCHEME == Scheme::Traces {
            P::collect(&[]);
        }
    });
    Outcome::checked::<P>(ns / n as f64, n)
}
