//! Bytes instead of time: the bytes requested from the allocator, without those that the allocator
//! adds.

use super::graphs;
use super::pointers::{fresh, made_by_fresh};
use crate::allocator::{self, live, peak_of};
use crate::outcome::Outcome;
use crate::peer::{Peer, Scheme};

/// Makes `n` objects, then does something to all of them; returns by how much memory grew, per
/// object, in each step.
fn grow<P: Peer>(n: usize, then: impl FnOnce(&[P::Node])) -> [f64; 2] {
    allocator::start();
    P::manual();
    // Memory that a peer sets up once is not memory per object.
    drop(P::new(0));
    let empty = live();
    let nodes = fresh::<P>(n);
    let full = live();
    then(&nodes);
    let after = live();
    drop(nodes);
    P::collect(&[]);
    // The list of handles belongs to the benchmark, not to the peer.
    let nodes = full as f64 - empty as f64 - (n * size_of::<P::Node>()) as f64;
    [nodes / made_by_fresh(n) as f64, (after as f64 - full as f64) / n as f64]
}

pub fn object<P: Peer>(n: usize) -> Outcome {
    let [object, _] = grow::<P>(n, |_| ());
    Outcome::checked::<P>(object, made_by_fresh(n) + 1)
}

/// The memory that a handle that was cloned and dropped needs until the next collection.
pub fn candidate<P: Peer>(n: usize) -> Outcome {
    let [_, candidate] = grow::<P>(n, |nodes| nodes.iter().for_each(|node| drop(node.clone())));
    Outcome::checked::<P>(candidate, made_by_fresh(n) + 1)
}

/// At worst, during the collection of a random graph of which every object is a candidate.
pub fn collecting_dead<P: Peer>(n: usize) -> Outcome {
    collecting::<P>(n, true)
}

pub fn collecting_live<P: Peer>(n: usize) -> Outcome {
    collecting::<P>(n, false)
}

fn collecting<P: Peer>(n: usize, dead: bool) -> Outcome {
    if matches!(P::SCHEME, Scheme::Leaks | Scheme::ByHand) {
        return Outcome::Absent;
    }
    allocator::start();
    P::manual();
    let mut nodes = graphs::random::<P>(n);
    if dead {
        nodes = Vec::new();
    } else {
        nodes.iter().for_each(|node| drop(node.clone()));
    }
    let peak = peak_of(|| P::collect(&nodes));
    drop(nodes);
    P::collect(&[]);
    Outcome::checked::<P>(peak as f64 / n as f64, n)
}
