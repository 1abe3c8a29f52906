//! The workloads of handles that threads share, as `Arc` is to `Rc`.
//!
//! Fewer crates have handles that threads can share, and a node needs locks around its edges. So
//! these have a table of their own, with a yardstick of their own. Time is wall time, as waiting
//! for another thread is part of the price.

mod peers;
mod workloads;

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::outcome::Outcome;
use crate::workloads::{Family, Workload};

/// A pointer that threads can share, as a way to make, link, drop and collect nodes.
pub trait Shared: Sized + 'static {
    /// Whether cycles are freed.
    const COLLECTS: bool = true;

    type Node: Clone + Send + Sync + 'static;

    fn new(id: u64) -> Self::Node;
    fn id(node: &Self::Node) -> u64;
    fn replace(node: &Self::Node, slot: usize, target: Option<Self::Node>) -> Option<Self::Node>;

    /// Frees all that is dead.
    fn collect();

    /// Switches automatic collections off, if the peer has a setting for it.
    fn manual() {}

    /// A moment when the peer may collect; for those that do not do it by themselves.
    fn safepoint() {}

    fn set(node: &Self::Node, slot: usize, target: Option<Self::Node>) {
        drop(Self::replace(node, slot, target));
    }
}

/// How many threads may drop nodes.
const THREADS: usize = 64;

/// Counts for each thread, on lines of the cache of their own, so that counting does not become
/// what is measured.
#[repr(align(128))]
struct Count(AtomicUsize);

static DROPPED: [Count; THREADS] = [const { Count(AtomicUsize::new(0)) }; THREADS];
static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static MINE: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// The number of a node, whose drop is counted.
pub struct Tallied(pub u64);

impl Tallied {
    pub fn number(&self) -> u64 {
        self.0
    }
}

impl Drop for Tallied {
    #[inline]
    fn drop(&mut self) {
        let mine = MINE.get();
        let mine = if mine == usize::MAX { NEXT.fetch_add(1, Relaxed) % THREADS } else { mine };
        MINE.set(mine);
        let count = &DROPPED[mine].0;
        count.store(count.load(Relaxed) + 1, Relaxed);
    }
}

/// How many nodes were destroyed so far, by all threads.
fn dropped() -> usize {
    DROPPED.iter().map(|count| count.0.load(Relaxed)).sum()
}

/// Returns the figure if `expected` nodes were destroyed, [`Outcome::Leaks`] if fewer were and the
/// peer does not collect, and [`Outcome::Wrong`] otherwise.
fn checked<S: Shared>(figure: f64, expected: usize) -> Outcome {
    let found = dropped();
    if found == expected {
        Outcome::Figure(figure)
    } else if !S::COLLECTS && found < expected {
        Outcome::Leaks(figure)
    } else {
        eprintln!("{found} nodes were dropped, not {expected}");
        Outcome::Wrong
    }
}

type Run = fn(usize) -> Outcome;

macro_rules! workloads {
    ($($name:literal $title:literal [$unit:literal] $quick:literal $full:literal $run:ident;)*) => {
        fn all<S: Shared>() -> Vec<(Workload, Run)> {
            let family = Family::Threads;
            vec![$((
                Workload { name: $name, family, title: $title, unit: $unit, quick: $quick, full: $full },
                workloads::$run::<S> as Run,
            )),*]
        }
    };
}

workloads! {
    "threads-clone-drop" "clone and drop, one thread" ["ns"] 5_000_000 50_000_000 clone_drop;
    "threads-contended" "clone and drop of one object, two threads" ["ns"] 2_000_000 10_000_000 contended;
    "threads-deref" "dereference, one thread" ["ns"] 20_000_000 100_000_000 deref;
    "threads-new-drop" "new and drop, one thread" ["ns"] 1_000_000 10_000_000 new_drop;
    "threads-cycles" "cycles of 4 made by two threads, collected" ["ns/object"] 400_000 1_000_000 cycles;
    "threads-calls" "a cycle a call, two threads, automatic" ["ns/call"] 200_000 1_000_000 calls;
    "threads-disturbed" "work while another thread collects, of undisturbed" ["times as long"] 300 1_000 disturbed;
}

macro_rules! names {
    ($($name:literal => $peer:ty,)*) => {
        /// In the order of the tables.
        pub const NAMES: &[&str] = &[$($name),*];

        /// Runs one workload on one peer, in this process.
        pub fn run(peer: &str, workload: &str, size: usize) -> Option<Outcome> {
            let find = |all: Vec<(Workload, Run)>| all.into_iter().find(|(row, _)| row.name == workload);
            match peer {
                $($name => find(all::<$peer>()).map(|(_, run)| run(size)),)*
                _ => None,
            }
        }
    };
}

names! {
    "recyc::sync" => peers::Recyc,
    "Arc" => peers::Std,
    "dumpster::sync" => peers::Dumpster,
    "gcmodule ThreadedCc" => peers::Gcmodule,
    "tracing-rc Agc" => peers::TracingRc,
}

/// All of these workloads, in the order of the table.
pub fn list() -> Vec<Workload> {
    all::<peers::Std>().into_iter().map(|(workload, _)| workload).collect()
}
