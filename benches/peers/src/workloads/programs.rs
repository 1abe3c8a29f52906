//! Whole programs, with the collections that the peer makes of itself in its default settings.

use std::hint::black_box;

use super::acyclic::{count, grow};
use super::graphs;
use crate::clock::Clock;
use crate::outcome::Outcome;
use crate::peer::{Peer, Scheme};

/// Calls that call two others each: `2^depth - 1` in all. Each makes a scope and a closure that refer to each other,
/// looks up a variable two scopes up, and computes with three boxed numbers.
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

/// The longest time that 7 calls of the interpreter take, over a live heap of 100,000. In microseconds.
pub fn longest_pause<P: Peer>(depth: usize) -> Outcome {
    const LIVE: usize = 100_000;
    let mut scopes = graphs::random::<P>(LIVE);
    scopes.truncate(1);
    graphs::settle::<P>(&scopes);
    let mut longest: f64 = 0.0;
    let mut calls = 0;
    for _ in 0..(1 << depth) / 7 {
        let clock = Clock::start();
        calls += call::<P>(&mut scopes, 3, 0);
        longest = longest.max(clock.ns());
    }
    drop(scopes);
    P::collect(&[]);
    Outcome::checked::<P>(longest / 1e3, 2 * calls + LIVE)
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
