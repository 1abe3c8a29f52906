//! Collections that find garbage. Building and letting go is not timed.

use std::time::Instant;

use super::graphs;
use crate::clock::time;
use crate::outcome::Outcome;
use crate::peer::{Peer, Scheme, dropped};

/// Times one collection, per object that it looks at; `dead` objects must be gone after it.
///
/// Some tracing peers collect while the graph is built, and have no setting against it. Nodes that
/// they free then are not counted.
fn collect<P: Peer>(looked_at: usize, dead: usize, held: &[P::Node]) -> Outcome {
    let left = looked_at - dropped();
    if left < looked_at / 2 {
        return Outcome::Early;
    }
    let ns = time(|| P::collect(held));
    Outcome::checked::<P>(ns / left as f64, dead)
}

/// Whether the peer has no collector, so that there is nothing to time.
fn cannot<P: Peer>() -> bool {
    P::manual();
    matches!(P::SCHEME, Scheme::Leaks | Scheme::ByHand)
}

pub fn ring<P: Peer>(n: usize) -> Outcome {
    if cannot::<P>() {
        return Outcome::Absent;
    }
    drop(graphs::ring::<P>(n));
    collect::<P>(n, n, &[])
}

pub fn random<P: Peer>(n: usize) -> Outcome {
    if cannot::<P>() {
        return Outcome::Absent;
    }
    drop(graphs::random_from_one::<P>(n));
    collect::<P>(n, n, &[])
}

/// Every handle is dropped, in random order, so every object is a candidate.
pub fn candidates<P: Peer>(n: usize) -> Outcome {
    if cannot::<P>() {
        return Outcome::Absent;
    }
    let mut nodes = graphs::random::<P>(n);
    fastrand::shuffle(&mut nodes);
    drop(nodes);
    collect::<P>(n, n, &[])
}

pub fn small_cycles<P: Peer>(n: usize) -> Outcome {
    if cannot::<P>() {
        return Outcome::Absent;
    }
    (0..n / 4).for_each(|_| drop(graphs::ring::<P>(4)));
    collect::<P>(n, n, &[])
}

/// Every handle but one is dropped, in random order; what that one reaches is half of the objects.
pub fn half_live<P: Peer>(n: usize) -> Outcome {
    partly_live::<P>(n, 2)
}

/// A graph like that of [`half_live`], with nine objects in ten alive.
pub fn mostly_live<P: Peer>(n: usize) -> Outcome {
    partly_live::<P>(n, 10)
}

fn partly_live<P: Peer>(n: usize, one_dead_in: usize) -> Outcome {
    if cannot::<P>() {
        return Outcome::Absent;
    }
    let (mut nodes, dead) = graphs::live_and_dead::<P>(n, one_dead_in);
    let keep = [nodes[0].clone()];
    nodes.extend(dead);
    fastrand::shuffle(&mut nodes);
    drop(nodes);
    let outcome = collect::<P>(n, n / one_dead_in, &keep);
    drop(keep);
    P::collect(&[]);
    match Outcome::checked::<P>(0.0, n) {
        Outcome::Figure(_) => outcome,
        wrong => wrong,
    }
}

/// A ring of `n` whose nodes all refer to one more as well, which closes the circle.
pub fn hub<P: Peer>(n: usize) -> Outcome {
    if cannot::<P>() {
        return Outcome::Absent;
    }
    let hub = P::new(0);
    let mut spoke = hub.clone();
    for id in 1..=n {
        let next = P::new(id as u64);
        P::set(&next, 0, Some(spoke));
        P::set(&next, 1, Some(hub.clone()));
        spoke = next;
    }
    P::set(&hub, 0, Some(spoke));
    drop(hub);
    collect::<P>(n + 1, n + 1, &[])
}

/// Small rings one after the other, each collected: what a collection costs that has little to do.
pub fn ring_repeated<P: Peer>(n: usize) -> Outcome {
    repeated::<P>(n, || drop(graphs::ring::<P>(n)))
}

/// Random graphs one after the other, each collected. Every object of them is a candidate.
pub fn random_repeated<P: Peer>(n: usize) -> Outcome {
    repeated::<P>(n, || drop(graphs::random::<P>(n)))
}

fn repeated<P: Peer>(n: usize, make: impl Fn()) -> Outcome {
    if cannot::<P>() {
        return Outcome::Absent;
    }
    let rounds = 300_000 / n;
    let (mut ns, mut left) = (0, 0);
    for round in 1..=rounds {
        make();
        left += round * n - dropped();
        // Too short for the clock of this thread, which needs a system call.
        let start = Instant::now();
        P::collect(&[]);
        ns += start.elapsed().as_nanos();
    }
    if left < rounds * n / 2 {
        return Outcome::Early;
    }
    Outcome::checked::<P>(ns as f64 / left as f64, rounds * n)
}
