//! Collections that find nothing.

use std::time::Instant;

use super::graphs;
use crate::clock::Clock;
use crate::outcome::Outcome;
use crate::peer::{Peer, Scheme};

/// A small ring of which every node lost a handle and is alive, collected again and again.
pub fn ring<P: Peer>(n: usize) -> Outcome {
    P::manual();
    if matches!(P::SCHEME, Scheme::Leaks | Scheme::ByHand) {
        return Outcome::Absent;
    }
    let first = graphs::ring::<P>(n);
    let mut nodes = vec![first];
    while nodes.len() < n {
        let next = P::get(&nodes[nodes.len() - 1], 0).expect("a ring has no end");
        nodes.push(next);
    }
    repeated::<P>(nodes, 0)
}

/// Collects a live random graph.
pub fn random<P: Peer>(n: usize) -> Outcome {
    P::manual();
    if matches!(P::SCHEME, Scheme::Leaks | Scheme::ByHand) {
        return Outcome::Absent;
    }
    repeated::<P>(graphs::random::<P>(n), 0)
}

/// Collects graphs of which a tenth is dead. The dead tenth is built again before each collection.
pub fn mostly<P: Peer>(n: usize) -> Outcome {
    P::manual();
    if matches!(P::SCHEME, Scheme::Leaks | Scheme::ByHand) {
        return Outcome::Absent;
    }
    repeated::<P>(graphs::random::<P>(n - n / 10), n / 10)
}

/// Collects repeatedly. Before each collection all of `nodes` lose a handle, and `dead` other nodes
/// have died.
fn repeated<P: Peer>(nodes: Vec<P::Node>, dead: usize) -> Outcome {
    let n = nodes.len() + dead;
    let rounds = 300_000 / n;
    let mut ns = 0;
    for _ in 0..rounds {
        if dead > 0 {
            drop(graphs::random_beside::<P>(dead, &nodes));
        }
        nodes.iter().for_each(|node| drop(node.clone()));
        // Too short for the clock of this thread, which needs a system call.
        let start = Instant::now();
        P::collect(&nodes);
        ns += start.elapsed().as_nanos();
    }
    let made = nodes.len() + rounds * dead;
    drop(nodes);
    P::collect(&[]);
    Outcome::checked::<P>(ns as f64 / (rounds * n) as f64, made)
}

/// How long one stays with a live heap, in nanoseconds.
const PATIENCE: f64 = 4e8;

/// A large live heap that has settled; a round is 100 clones dropped and a young collection. In
/// microseconds.
pub fn heap<P: Peer>(n: usize) -> Outcome {
    P::manual();
    if P::SCHEME == Scheme::ByHand {
        return Outcome::Absent;
    }
    let mut nodes = graphs::random::<P>(n);
    fastrand::shuffle(&mut nodes);
    nodes.truncate(10_000);
    graphs::settle::<P>(&nodes);
    let clock = Clock::start();
    let mut rounds = 0;
    while rounds < 1_000 && (rounds == 0 || clock.ns() < PATIENCE) {
        for _ in 0..100 {
            drop(nodes[fastrand::usize(..nodes.len())].clone());
        }
        P::collect_young(&nodes);
        rounds += 1;
    }
    let us = clock.ns() / 1e3 / f64::from(rounds);
    drop(nodes);
    P::collect(&[]);
    Outcome::checked::<P>(us, n)
}
