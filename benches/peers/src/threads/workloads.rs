//! The workloads of handles that threads share. There are two threads, as more would measure the
//! machine.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Barrier, Mutex};
use std::thread::scope;
use std::time::{Duration, Instant};

use super::{Shared, checked, dropped};
use crate::outcome::Outcome;

/// Nanoseconds for each of `n` pieces of this work.
fn each(n: usize, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64 / n as f64
}

/// Runs one piece of work on two threads that start together. Returns the time of the slower one.
fn by_two(n: usize, work: impl Fn() + Sync) -> f64 {
    let start = Barrier::new(2);
    let timed = || {
        start.wait();
        each(n, &work)
    };
    scope(|threads| {
        let other = threads.spawn(timed);
        timed().max(other.join().expect("it does not panic"))
    })
}

fn cloned_and_dropped<S: Shared>(node: &S::Node, n: usize) {
    (0..n).for_each(|_| drop(black_box(black_box(node).clone())));
}

pub fn clone_drop<S: Shared>(n: usize) -> Outcome {
    S::manual();
    let node = S::new(0);
    let ns = each(n, || cloned_and_dropped::<S>(&node, n));
    drop(node);
    S::collect();
    checked::<S>(ns, 1)
}

/// Two threads that pass one line of the cache to and fro.
pub fn contended<S: Shared>(n: usize) -> Outcome {
    S::manual();
    let node = S::new(0);
    let ns = by_two(n, || cloned_and_dropped::<S>(&node, n));
    drop(node);
    S::collect();
    checked::<S>(ns, 1)
}

pub fn deref<S: Shared>(n: usize) -> Outcome {
    S::manual();
    let nodes: Vec<S::Node> = (0..256).map(S::new).collect();
    let mut sum = 0;
    let ns = each(n, || {
        for _ in 0..n / nodes.len() {
            for node in black_box(&nodes) {
                sum += S::id(node);
            }
        }
    });
    assert_eq!(sum, 255 * 128 * (n as u64 / 256), "the numbers were read");
    drop(nodes);
    S::collect();
    checked::<S>(ns, 256)
}

pub fn new_drop<S: Shared>(n: usize) -> Outcome {
    let ns = each(n, || {
        for id in 0..n {
            drop(black_box(S::new(id as u64)));
            S::safepoint();
        }
        S::collect();
    });
    checked::<S>(ns, n)
}

/// Rings of four, each of which one thread made and let go.
fn make_rings<S: Shared>(n: usize) {
    for _ in 0..n / 4 {
        let last = S::new(0);
        let mut first = last.clone();
        for id in 1..4 {
            let before = S::new(id);
            S::set(&before, 0, Some(first));
            first = before;
        }
        S::set(&last, 0, Some(first));
    }
}

/// Times the collections alone: one by each of the two threads that made the garbage, as some peers
/// see only what the thread itself has let go, and one by a third. They take turns, and none ends
/// before all have had theirs, for its end might collect.
pub fn cycles<S: Shared>(n: usize) -> Outcome {
    if !S::COLLECTS {
        return Outcome::Absent;
    }
    S::manual();
    let (made, looked, collected) = (Barrier::new(3), Barrier::new(3), Barrier::new(3));
    let ns = Mutex::new(0.0);
    let take_turn = || {
        made.wait();
        let left = n - dropped();
        looked.wait();
        // The lock is the turn: `*ns.lock() += ..` would collect first and then take it.
        let mut ns = ns.lock().expect("no collection panics here");
        *ns += each(left.max(1), S::collect);
        drop(ns);
        collected.wait();
        left
    };
    let left = scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                make_rings::<S>(n / 2);
                take_turn()
            });
        }
        take_turn()
    });
    let ns = ns.into_inner().expect("no collection panics here");
    if left < n / 2 { Outcome::Early } else { checked::<S>(ns, n) }
}

/// A scope and a closure that refer to each other for each call, with the collections that the peer
/// makes of itself.
pub fn calls<S: Shared>(n: usize) -> Outcome {
    let ns = by_two(n, || {
        for id in 0..n as u64 {
            let scope = S::new(id);
            let closure = S::new(id);
            S::set(&closure, 0, Some(scope.clone()));
            S::set(&scope, 1, Some(closure));
            S::safepoint();
        }
    });
    S::collect();
    checked::<S>(ns, 4 * n)
}

/// How much longer a thread takes for its work while another one collects without a break, over a
/// heap that both use.
pub fn disturbed<S: Shared>(milliseconds: usize) -> Outcome {
    if !S::COLLECTS {
        return Outcome::Absent;
    }
    const HEAP: usize = 10_000;
    S::manual();
    let time = Duration::from_millis(milliseconds as u64);
    let heap: Vec<S::Node> = (0..HEAP as u64).map(S::new).collect();
    (0..HEAP).for_each(|at| S::set(&heap[at], 0, Some(heap[(at + 1) % HEAP].clone())));
    let (alone, made_alone) = work::<S>(&heap, time);
    let stop = AtomicBool::new(false);
    let (beside, made_beside) = scope(|threads| {
        threads.spawn(|| {
            while !stop.load(Relaxed) {
                heap.iter().step_by(10).for_each(|node| drop(node.clone()));
                S::collect();
            }
        });
        let beside = work::<S>(&heap, time);
        stop.store(true, Relaxed);
        beside
    });
    heap.iter().for_each(|node| S::set(node, 0, None));
    drop(heap);
    S::collect();
    checked::<S>(beside / alone, HEAP + made_alone + made_beside)
}

/// Works for some time; returns how long a round took, and how many nodes were made.
fn work<S: Shared>(heap: &[S::Node], time: Duration) -> (f64, usize) {
    const TABLE: usize = 1_000;
    const ROUND: usize = 100;
    let mut table: Vec<S::Node> = (0..TABLE as u64).map(S::new).collect();
    let mut random = fastrand::Rng::with_seed(7);
    let start = Instant::now();
    let mut rounds = 0;
    while start.elapsed() < time {
        for id in 0..ROUND as u64 {
            let node = S::new(id);
            S::set(&node, 0, Some(heap[random.usize(..heap.len())].clone()));
            table[random.usize(..TABLE)] = node;
        }
        rounds += 1;
    }
    (start.elapsed().as_nanos() as f64 / rounds as f64, TABLE + rounds * ROUND)
}
