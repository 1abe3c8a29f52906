//! The workloads: the name, the unit, the size and the function of each.

mod acyclic;
mod garbage;
mod graphs;
mod live;
mod memory;
mod pointers;
mod programs;
mod structures;

use crate::outcome::Outcome;
use crate::peer::Peer;
use crate::peers::floor::Floor;
use crate::{peers, threads};

/// One row of the tables.
pub struct Workload {
    /// How it is called on the command line.
    pub name: &'static str,
    pub family: Family,
    /// How it is called in tables and plots.
    pub title: &'static str,
    pub unit: &'static str,
    pub quick: usize,
    pub full: usize,
}

/// The workloads of one table and one plot.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Pointers,
    Explicit,
    Small,
    Live,
    Calls,
    Programs,
    Threads,
    Memory,
}

impl Family {
    pub const ALL: [Self; 8] = [
        Self::Pointers,
        Self::Explicit,
        Self::Small,
        Self::Live,
        Self::Calls,
        Self::Programs,
        Self::Memory,
        Self::Threads,
    ];

    /// Returns the names of the peers that run this family, in the order of the tables.
    pub fn peers(self) -> &'static [&'static str] {
        if self == Self::Threads { threads::NAMES } else { peers::NAMES }
    }

    /// Returns the name of this crate's peer in this family.
    pub fn ours(self) -> &'static str {
        if self == Self::Threads { peers::OURS_SHARED } else { peers::OURS }
    }

    /// Which of them is the standard library's.
    pub fn std(self) -> &'static str {
        if self == Self::Threads { peers::ARC } else { peers::RC }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Pointers => "Handles and values without cycles",
            Self::Explicit => "One collection that was asked for",
            Self::Small => "Small graphs, collected again and again",
            Self::Live => "100 candidates on a live heap",
            Self::Calls => "Calls that leave a cycle, over a live heap that it leads to",
            Self::Programs => "Programs",
            Self::Threads => "Between threads",
            Self::Memory => "Memory",
        }
    }

    /// The name of the plot's file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pointers => "handles",
            Self::Explicit => "collections",
            Self::Small => "small",
            Self::Live => "live-heap",
            Self::Calls => "calls",
            Self::Programs => "programs",
            Self::Threads => "threads",
            Self::Memory => "memory",
        }
    }
}

type Run = fn(usize) -> Outcome;

macro_rules! workloads {
    ($($family:ident: $($name:literal $title:literal [$unit:literal] $quick:literal $full:literal $module:ident::$run:ident;)*)*) => {
        fn all<P: Peer>() -> Vec<(Workload, Run)> {
            vec![$($((
                Workload {
                    name: $name,
                    family: Family::$family,
                    title: $title,
                    unit: $unit,
                    quick: $quick,
                    full: $full,
                },
                $module::$run::<P> as Run,
            )),*),*]
        }
    };
}

workloads! {
    Pointers:
        "clone-drop" "clone and drop, one object" ["ns"] 20_000_000 100_000_000 pointers::clone_drop;
        "clone-drop-fresh" "clone and drop, 1M fresh objects" ["ns"] 1_000_000 1_000_000 pointers::clone_drop_fresh;
        "deref" "dereference" ["ns"] 50_000_000 200_000_000 pointers::deref;
        "new-drop" "new and drop" ["ns"] 3_000_000 20_000_000 pointers::new_drop;
        "tree" "tree of 2^20, built and dropped" ["ns/object"] 20 20 acyclic::tree;
        "list" "list of 1M, dropped" ["ns/object"] 1_000_000 1_000_000 acyclic::list;
    Explicit:
        "ring" "ring of 1M" ["ns/object"] 1_000_000 1_000_000 garbage::ring;
        "random" "random graph of 1M, one candidate" ["ns/object"] 1_000_000 1_000_000 garbage::random;
        "candidates" "random graph of 1M, all candidates" ["ns/object"] 1_000_000 1_000_000 garbage::candidates;
        "small-cycles" "250k cycles of 4" ["ns/object"] 1_000_000 1_000_000 garbage::small_cycles;
        "half-live" "random graph of 1M, half of it live" ["ns/object"] 1_000_000 1_000_000 garbage::half_live;
        "mostly-live" "random graph of 1M, nine tenths live" ["ns/object"] 1_000_000 1_000_000 garbage::mostly_live;
        "hub" "hub with 1M spokes" ["ns/object"] 1_000_000 1_000_000 garbage::hub;
        "deep-ring" "ring of 10M" ["ns/object"] 10_000_000 10_000_000 garbage::ring;
    Small:
        "ring-100" "ring of 100, dead" ["ns/object"] 100 100 garbage::ring_repeated;
        "ring-1000" "ring of 1,000, dead" ["ns/object"] 1_000 1_000 garbage::ring_repeated;
        "random-1000" "random graph of 1,000, dead" ["ns/object"] 1_000 1_000 garbage::random_repeated;
        "live-ring-100" "ring of 100, live" ["ns/object"] 100 100 live::ring;
        "live-ring-1000" "ring of 1,000, live" ["ns/object"] 1_000 1_000 live::ring;
        "live-random-1000" "random graph of 1,000, live" ["ns/object"] 1_000 1_000 live::random;
        "mostly-live-1000" "random graph of 1,000, nine tenths live" ["ns/object"] 1_000 1_000 live::mostly;
    Live:
        "live-10k" "live heap of 10k" ["µs/round"] 10_000 10_000 live::heap;
        "live-100k" "live heap of 100k" ["µs/round"] 100_000 100_000 live::heap;
        "live-1M" "live heap of 1M" ["µs/round"] 1_000_000 1_000_000 live::heap;
    Calls:
        "calls-1k" "calls over 1k live" ["ns/call"] 1_000 1_000 programs::calls_over;
        "calls-10k" "calls over 10k live" ["ns/call"] 10_000 10_000 programs::calls_over;
        "calls-100k" "calls over 100k live" ["ns/call"] 100_000 100_000 programs::calls_over;
        "calls-1M" "calls over 1M live" ["ns/call"] 1_000_000 1_000_000 programs::calls_over;
    Programs:
        "interpreter" "interpreter, one cycle a call" ["ns/call"] 18 20 programs::interpreter;
        "empty-calls" "the same, calls without a body" ["ns/call"] 18 20 programs::empty_calls;
        "binary-trees" "binary trees, depth 18 (quick: 16)" ["ns/object"] 16 18 programs::binary_trees;
        "dom" "DOM-like edits" ["ns/edit"] 100_000 1_000_000 structures::dom;
        "dom-moves" "DOM-like moves" ["ns/edit"] 100_000 1_000_000 structures::dom_moves;
        "lru" "doubly linked LRU" ["ns/op"] 1_000_000 1_000_000 structures::lru;
        "mutator" "random mutator" ["ns/op"] 1_000_000 10_000_000 structures::mutator;
        "pause" "longest pause, 100k live" ["µs"] 17 20 programs::longest_pause;
    Memory:
        "bytes" "a node with 56 bytes of fields" ["bytes/object"] 100_000 1_000_000 memory::object;
        "candidate-bytes" "more if a candidate" ["bytes/object"] 100_000 1_000_000 memory::candidate;
        "extra-garbage" "more while collecting, dead" ["bytes/object"] 100_000 1_000_000 memory::collecting_dead;
        "extra-live" "more while collecting, live" ["bytes/object"] 100_000 1_000_000 memory::collecting_live;
        "peak" "most at once beyond 100k live objects, calls that leave cycles" ["kB"] 17 20 programs::peak;
}

/// All workloads, in the order of the tables.
pub fn list() -> Vec<Workload> {
    all::<Floor>().into_iter().map(|(workload, _)| workload).chain(threads::list()).collect()
}

/// Runs the workload of this name in this process.
pub fn run<P: Peer>(name: &str, size: usize) -> Option<Outcome> {
    all::<P>().into_iter().find(|(workload, _)| workload.name == name).map(|(_, run)| run(size))
}
