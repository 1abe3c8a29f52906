//! Builders of cyclic graphs. Handles are moved where they can be, so that only what is named is a
//! candidate.

use crate::peer::Peer;

/// A ring whose first node is returned; that node and the last one have lost a handle.
pub fn ring<P: Peer>(n: usize) -> P::Node {
    let last = P::new(0);
    let mut first = last.clone();
    for id in 1..n {
        let before = P::new(id as u64);
        P::set(&before, 0, Some(first));
        first = before;
    }
    P::set(&last, 0, Some(first.clone()));
    first
}

/// `n` nodes with three edges each: one to the next in a random round trip, two to anywhere.
pub fn random<P: Peer>(n: usize) -> Vec<P::Node> {
    let nodes = fresh::<P>(n);
    wire::<P>(&nodes, 3);
    nodes
}

/// The same, reached from one handle only; all others were moved, so there are two candidates when
/// it goes.
pub fn random_from_one<P: Peer>(n: usize) -> P::Node {
    let nodes = fresh::<P>(n);
    for node in &nodes {
        for slot in 1..3 {
            P::set(node, slot, Some(pick(&nodes).clone()));
        }
    }
    let mut nodes = nodes;
    fastrand::shuffle(&mut nodes);
    let mut trip = nodes.into_iter();
    let last = trip.next().expect("n is not 0");
    let mut first = last.clone();
    for before in trip {
        P::set(&before, 0, Some(first));
        first = before;
    }
    P::set(&last, 0, Some(first.clone()));
    drop(last);
    first
}

/// Builds two random graphs whose objects are allocated in turns. Objects of the second graph refer
/// to both graphs, objects of the first only to the first. One object in `one_dead_in` belongs to
/// the second graph.
pub fn live_and_dead<P: Peer>(n: usize, one_dead_in: usize) -> (Vec<P::Node>, Vec<P::Node>) {
    let (mut live, mut dead) = (Vec::with_capacity(n), Vec::with_capacity(n / one_dead_in));
    for id in 0..n {
        if id % one_dead_in == 0 { &mut dead } else { &mut live }.push(P::new(id as u64));
    }
    wire::<P>(&live, 3);
    refer::<P>(&dead, &live);
    (live, dead)
}

/// A random graph that refers to one that is there already.
pub fn random_beside<P: Peer>(n: usize, live: &[P::Node]) -> Vec<P::Node> {
    let nodes = fresh::<P>(n);
    refer::<P>(&nodes, live);
    nodes
}

fn refer<P: Peer>(dead: &[P::Node], live: &[P::Node]) {
    for node in dead {
        P::set(node, 2, Some(pick(live).clone()));
    }
    wire::<P>(dead, 2);
}

/// Lets collections see a live graph until a generational peer takes it for old. What `held[0]`
/// reaches must be all of it.
pub fn settle<P: Peer>(held: &[P::Node]) {
    for _ in 0..4 {
        drop(held[0].clone());
        P::collect(held);
    }
}

fn fresh<P: Peer>(n: usize) -> Vec<P::Node> {
    (0..n).map(|id| P::new(id as u64)).collect()
}

/// Slot 0 becomes a random round trip, the slots after it, up to `slots`, lead to random nodes.
fn wire<P: Peer>(nodes: &[P::Node], slots: usize) {
    let mut trip: Vec<usize> = (0..nodes.len()).collect();
    fastrand::shuffle(&mut trip);
    for (at, &from) in trip.iter().enumerate() {
        let next = trip[(at + 1) % trip.len()];
        P::set(&nodes[from], 0, Some(nodes[next].clone()));
        for slot in 1..slots {
            P::set(&nodes[from], slot, Some(pick(nodes).clone()));
        }
    }
}

fn pick<T>(from: &[T]) -> &T {
    &from[fastrand::usize(..from.len())]
}
