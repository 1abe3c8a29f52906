//! Whole programs, with the collections that the peer makes of itself in its default settings.

use std::hint::black_box;

use super::acyclic::{count, grow};
use super::graphs;
use crate::allocator;
use crate::clock::Clock;
use crate::outcome::Outcome;
use crate::peer::{Peer, Scheme};

/// Calls that call two others each: `2^depth - 1` in all. Each makes a scope and a closure that
/// refer to each other, looks up a variable two scopes up, and computes with three boxed numbers.
pub fn interpreter<P: Peer>(depth: usize) -> Outcome {
    calls::<P>(depth, 3)
}

/// The same calls without a body: two objects, five edges and a cycle.
pub fn empty_calls<P: Peer>(depth: usize) -> Outcome {
    calls::<P>(depth, 0)
}

fn calls<P: Peer>(depth: usize, boxes: usize) -> Outcome {
    let mut scopes = vec![P::new(0)];
    let clock = Clock::start();
    let calls = call::<P>(&mut scopes, depth, boxes);
    if P::SCHEME == Scheme::Traces {
        P::collect(&scopes);
    }
    let ns = clock.ns() / calls as f64;
    drop(scopes);
    P::collect(&[]);
    Outcome::checked::<P>(ns, (2 + boxes) * calls + 1)
}

/// `scopes` is the interpreter's stack; returns how many calls were made.
fn call<P: Peer>(scopes: &mut Vec<P::Node>, depth: usize, boxes: usize) -> usize {
    if depth == 0 {
        return 0;
    }
    let scope = P::new(depth as u64);
    P::set(&scope, 0, scopes.last().cloned());
    let closure = P::new(depth as u64);
    P::set(&closure, 0, Some(scope.clone()));
    P::set(&scope, 1, Some(closure));
    if boxes > 0 {
        compute::<P>(&scope, boxes);
    }
    scopes.push(scope);
    let calls = 1 + call::<P>(scopes, depth - 1, boxes) + call::<P>(scopes, depth - 1, boxes);
    P::safepoint(scopes);
    if let Some(scope) = scopes.pop().filter(|_| P::SCHEME == Scheme::ByHand) {
        P::set(&scope, 1, None);
    }
    calls
}

/// The body of a call. Each number is a new object, and the one before it goes.
fn compute<P: Peer>(scope: &P::Node, boxes: usize) {
    let up = |scope: &P::Node| P::get(scope, 0).unwrap_or_else(|| scope.clone());
    let mut number = P::new(P::id(&up(&up(scope))));
    for _ in 1..boxes {
        number = P::new(P::id(&number) + 1);
    }
    black_box(P::id(&number));
}

/// The number of live objects while [`longest_pause`] and [`peak`] measure.
const LIVE: usize = 100_000;
/// Calls in one go, in the workloads over a live heap.
const GO: usize = 7;

/// The outermost scope of an interpreter. All else that is alive is reached from it, so each cycle
/// leads to all of it.
fn live_heap<P: Peer>(live: usize) -> Vec<P::Node> {
    let mut scopes = graphs::random::<P>(live);
    scopes.truncate(1);
    graphs::settle::<P>(&scopes);
    scopes
}

/// Calls without a body over a live heap: what an allocation costs, by what is alive. Enough of
/// them for collections of the whole heap to take part, in the measure in which the peer has them.
pub fn calls_over<P: Peer>(live: usize) -> Outcome {
    const PATIENCE: f64 = 1.5e9;
    let mut scopes = live_heap::<P>(live);
    let enough = (4 * live).max(100_000);
    let clock = Clock::start();
    let mut calls = 0;
    while calls < 20_000 || calls < enough && clock.ns() < PATIENCE {
        for _ in 0..1_000 {
            calls += call::<P>(&mut scopes, 3, 0);
        }
    }
    let ns = clock.ns() / calls as f64;
    drop(scopes);
    P::collect(&[]);
    Outcome::checked::<P>(ns, 2 * calls + live)
}

/// The longest time that 7 calls of the interpreter take. In microseconds.
pub fn longest_pause<P: Peer>(depth: usize) -> Outcome {
    let mut scopes = live_heap::<P>(LIVE);
    let mut longest: f64 = 0.0;
    let goes = (1 << depth) / GO;
    for _ in 0..goes {
        let clock = Clock::start();
        call::<P>(&mut scopes, 3, 0);
        longest = longest.max(clock.ns());
    }
    drop(scopes);
    P::collect(&[]);
    Outcome::checked::<P>(longest / 1e3, 2 * GO * goes + LIVE)
}

/// The most memory that the same calls have at once, beyond what is alive, garbage and lists
/// included. In kilobytes.
pub fn peak<P: Peer>(depth: usize) -> Outcome {
    allocator::start();
    let mut scopes = live_heap::<P>(LIVE);
    let goes = (1 << depth) / GO;
    let bytes = allocator::peak_of(|| {
        for _ in 0..goes {
            call::<P>(&mut scopes, 3, 0);
        }
    });
    drop(scopes);
    P::collect(&[]);
    Outcome::checked::<P>(bytes as f64 / 1e3, 2 * GO * goes + LIVE)
}

/// The binary-trees program: many trees that are built, walked and dropped while one lives on.
pub fn binary_trees<P: Peer>(depth: usize) -> Outcome {
    let size = |depth: usize| (1 << (depth + 1)) - 1;
    let clock = Clock::start();
    assert_eq!(count::<P>(&grow::<P>(depth + 1)), size(depth + 1), "the tree is whole");
    let mut made = size(depth + 1) + size(depth);
    let long_lived = [grow::<P>(depth)];
    for small in (4..=depth).step_by(4) {
        for _ in 0..1 << (depth - small + 4) {
            assert_eq!(count::<P>(&grow::<P>(small)), size(small), "the tree is whole");
            P::safepoint(&long_lived);
            made += size(small);
        }
    }
    assert_eq!(count::<P>(&long_lived[0]), size(depth), "the tree is whole");
    drop(long_lived);
    if P::SCHEME == Scheme::Traces {
        P::collect(&[]);
    }
    Outcome::checked::<P>(clock.ns() / made as f64, made)
}
