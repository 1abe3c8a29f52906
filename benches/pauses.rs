//! The longest single call on one thread of the heap that threads share: `Gc::new` while full
//! collections are due, and an upgrade of a ring that a collection verifies.
//!
//! Prints one line for each size of the upgraded ring, and then one for each case of `Gc::new`,
//! with a limit for automatic collections and without one.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use recyc::sync::{self, Gc};
use recyc::{Config, Trace};

#[derive(Trace)]
struct Node(Mutex<Option<Gc<Node>>>);

/// Old candidates in rings of the given length.
fn old_rings(blocks: usize, length: usize) -> Vec<Gc<Node>> {
    let nodes: Vec<_> = (0..blocks).map(|_| Gc::new(Node(Mutex::default()))).collect();
    for ring in nodes.chunks(length) {
        for (at, node) in ring.iter().enumerate() {
            *node.0.lock().unwrap() = Some(ring[(at + 1) % ring.len()].clone());
        }
    }
    for _ in 0..4 {
        nodes.iter().for_each(|node| drop(node.clone()));
        sync::collect();
    }
    nodes
}

/// The longest call of `Gc::new`, and all of them together, until a full collection is over.
fn until_full() -> (Duration, Duration) {
    let before = sync::stats().full.collections;
    let (mut longest, mut sum, mut made) = (Duration::ZERO, Duration::ZERO, Vec::new());
    while sync::stats().full.collections == before {
        for _ in 0..100 {
            let start = Instant::now();
            made.push(black_box(Gc::new(Node(Mutex::default()))));
            let elapsed = start.elapsed();
            longest = longest.max(elapsed);
            sum += elapsed;
        }
    }
    (longest, sum)
}

/// The longest upgrade of a member of a ring that no handle leads to, on another thread while this
/// one collects.
fn longest_upgrade(blocks: usize) -> Duration {
    sync::configure(Config::manual()).unwrap();
    let ring = old_rings(blocks, blocks);
    let weak = Gc::downgrade(&ring[0]);
    drop(ring);
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut longest = Duration::ZERO;
            while !ends.load(Relaxed) {
                let start = Instant::now();
                let handle = black_box(weak.upgrade());
                longest = longest.max(start.elapsed());
                if handle.is_none() {
                    break;
                }
                drop(handle);
            }
            longest
        });
        (0..20).for_each(|_| _ = black_box(sync::collect()));
        ends.store(true, Relaxed);
        other.join().unwrap()
    })
}

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let blocks = if is_test { 10_000 } else { 1_000_000 };
    for blocks in [blocks / 10, blocks] {
        println!(
            "{blocks} blocks, one ring that a `Weak` leads to: longest upgrade {:?}",
            longest_upgrade(blocks)
        );
    }
    for automatic_work_limit in [None, NonZeroUsize::new(20_000)] {
        let config = Config::default()
            .with_automatic_work_limit(automatic_work_limit)
            .with_heap_growth(0.01);
        for (name, length, is_live) in [
            ("small rings, live", 4, true),
            ("one ring, live", blocks, true),
            ("small rings, dead", 4, false),
            ("one ring, dead", blocks, false),
        ] {
            sync::configure(Config::manual()).unwrap();
            let live = old_rings(blocks, length);
            sync::configure(config).unwrap();
            let live = is_live.then_some(live);
            let (longest, sum) = until_full();
            let limit =
                automatic_work_limit.map_or("no limit".into(), |limit| format!("limit {limit}"));
            println!(
                "{blocks} blocks, {name}, {limit}: longest `Gc::new` {longest:?}, all {sum:?}"
            );
            drop(live);
            while sync::collect().reclaimed > 0 {}
        }
    }
}
