//! Four threads that run all operations at the same time come to an end: no two of them wait for
//! each other.
//!
//! A tenth of a million operations by default;
//! `RECYC_STALL_OPERATIONS=10000000 cargo test --release --test sync_stall` does ten million.
#![cfg(not(loom))]

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, RwLock};
use std::thread;

use recyc::sync::{self, Gc, Weak};
use recyc::{Config, Trace};

const THREADS: usize = 4;

static MADE: AtomicUsize = AtomicUsize::new(0);
static GONE: AtomicUsize = AtomicUsize::new(0);

/// A number whose end is counted.
struct Counted(u64);

impl Drop for Counted {
    fn drop(&mut self) {
        GONE.fetch_add(1, Relaxed);
    }
}

#[derive(Trace)]
struct Node {
    #[trace(skip)]
    counted: Counted,
    strong: [Mutex<Option<Gc<Node>>>; 2],
    shared: RwLock<Option<Gc<Node>>>,
    weak: Mutex<Weak<Node>>,
}

fn node(number: u64) -> Gc<Node> {
    MADE.fetch_add(1, Relaxed);
    let counted = Counted(number);
    Gc::new(Node {
        counted,
        strong: Default::default(),
        shared: RwLock::default(),
        weak: Mutex::default(),
    })
}

/// Numbers that differ from seed to seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % end
    }
}

fn work(operations: usize, seed: u64, common: &[Mutex<Option<Gc<Node>>>]) -> u64 {
    let mut random = Random(seed + 1);
    let mut mine: Vec<Gc<Node>> = (0..8).map(node).collect();
    let mut read = 0;
    for operation in 0..operations as u64 {
        let (at, other) = (random.below(mine.len()), random.below(mine.len()));
        let (node_at, slot) = (mine[at].clone(), random.below(2));
        match random.below(100) {
            0..20 => mine[at] = node(operation),
            20..40 => drop(node_at.strong[slot].lock().unwrap().replace(mine[other].clone())),
            40..50 => drop(node_at.strong[slot].lock().unwrap().take()),
            50..55 => drop(node_at.shared.write().unwrap().replace(mine[other].clone())),
            55..65 => {
                mine[at] =
                    node_at.shared.read().unwrap().clone().unwrap_or_else(|| mine[other].clone())
            }
            65..70 => *node_at.weak.lock().unwrap() = Gc::downgrade(&mine[other]),
            70..78 => {
                mine[at] =
                    node_at.weak.lock().unwrap().upgrade().unwrap_or_else(|| mine[other].clone())
            }
            78..88 => {
                let before = common[random.below(common.len())].lock().unwrap().replace(node_at);
                mine[other] = before.unwrap_or_else(|| mine[at].clone());
            }
            88..98 => read += node_at.counted.0,
            98 if random.below(100) == 0 => _ = sync::collect(),
            98 => read += mine[at].counted.0,
            // This thread holds a lock, and a collection of another thread may find it locked.
            _ if random.below(100) == 0 => {
                let held = node_at.strong[slot].lock().unwrap();
                sync::collect_young();
                drop(held);
            }
            _ => read += Gc::get_mut(&mut mine[at]).map_or(0, |node| node.counted.0),
        }
    }
    read
}

#[test]
fn four_threads_that_do_everything_at_once_come_to_an_end() {
    let operations =
        std::env::var("RECYC_STALL_OPERATIONS").map_or(100_000, |number| number.parse().unwrap());
    // Full collections are in shares for one half of the operations.
    for automatic_work_limit in [NonZeroUsize::new(20_000), NonZeroUsize::new(200)] {
        let config = Config::default()
            .with_young_threshold(500)
            .with_heap_growth(0.1)
            .with_automatic_work_limit(automatic_work_limit);
        sync::configure(config).unwrap();
        work_at_once(operations / 2);
    }
}

fn work_at_once(operations: usize) {
    let common: Vec<Mutex<Option<Gc<Node>>>> = (0..16).map(|_| Mutex::default()).collect();
    thread::scope(|scope| {
        let common = &common;
        for seed in 0..THREADS as u64 {
            scope.spawn(move || work(operations / THREADS, seed, common));
        }
    });
    drop(common);
    // A full collection that was disturbed leaves its candidates to the next.
    sync::collect();
    sync::collect();
    assert_eq!(GONE.load(Relaxed), MADE.load(Relaxed), "values destroyed, and values made");
}
