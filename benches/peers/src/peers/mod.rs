//! The peers, one file each.

mod arena;
mod bacon_rajan;
mod boa;
mod dumpster;
pub mod floor;
mod gcmodule;
mod jrsonnet;
mod rc;
mod recyc;
mod rust_cc;
mod rust_gc;

use crate::outcome::Outcome;
use crate::workloads;

/// The part of `Peer` that is the same wherever a node is reached by `Deref` and its edges are in
/// cells with the methods of a `RefCell`.
macro_rules! refcell_edges {
    () => {
        #[inline]
        fn id(node: &Self::Node) -> u64 {
            node.id.number()
        }

        #[inline]
        fn look<R>(
            node: &Self::Node,
            slot: usize,
            look: impl FnOnce(Option<&Self::Node>) -> R,
        ) -> R {
            look(node.edges[slot].borrow().as_ref())
        }

        #[inline]
        fn replace(
            node: &Self::Node,
            slot: usize,
            target: Option<Self::Node>,
        ) -> Option<Self::Node> {
            std::mem::replace(&mut *node.edges[slot].borrow_mut(), target)
        }
    };
}
use refcell_edges;

/// gcmodule and its fork: the same names from two crates.
macro_rules! in_the_manner_of_gcmodule {
    ($peer:ident) => {
        pub struct $peer;

        pub struct Node {
            id: $crate::peer::Counted,
            edges: [std::cell::RefCell<Option<Cc<Node>>>; 3],
        }

        impl Trace for Node {
            fn trace(&self, tracer: &mut Tracer<'_>) {
                self.edges.iter().for_each(|edge| edge.trace(tracer));
            }
        }

        impl $crate::peer::Peer for $peer {
            const SCHEME: $crate::peer::Scheme = $crate::peer::Scheme::Counts;

            type Node = Cc<Node>;

            fn new(id: u64) -> Cc<Node> {
                Cc::new(Node { id: $crate::peer::Counted(id), edges: super::no_edges() })
            }

            super::refcell_edges!();

            fn collect(_: &[Cc<Node>]) {
                let _found = collect_thread_cycles();
            }

            fn safepoint(held: &[Cc<Node>]) {
                $crate::peer::every_ten_thousandth(|| Self::collect(held));
            }
        }
    };
}
use in_the_manner_of_gcmodule;

/// The node's initial edges.
fn no_edges<E: Default>() -> [E; 3] {
    std::array::from_fn(|_| E::default())
}

macro_rules! peers {
    ($($name:literal => $peer:ty,)*) => {
        /// In the order of the tables.
        pub const NAMES: &[&str] = &[$($name),*];

        /// Runs one workload on one peer, in this process.
        pub fn run(peer: &str, workload: &str, size: usize) -> Option<Outcome> {
            match peer {
                $($name => workloads::run::<$peer>(workload, size),)*
                _ => None,
            }
        }
    };
}

/// The peer of this crate. All other figures are compared with its figures.
pub const OURS: &str = "recyc";
pub const RC: &str = "Rc";
pub const BY_HAND: &str = "Rc by hand";
pub const FLOOR: &str = "floor";
pub const WITH_CELLS: &str = "recyc GcCell";
/// The peer of this crate for handles that threads share.
pub const OURS_SHARED: &str = "recyc::sync";
pub const ARC: &str = "Arc";

/// The peers that are not rivals: the standard library, the yardsticks and this crate.
pub const NO_RIVALS: &[&str] = &[OURS, WITH_CELLS, RC, BY_HAND, FLOOR, OURS_SHARED, ARC];

/// Those that trace: they find what is alive instead of what is dead, and are compared with for
/// information.
pub const TRACERS: &[&str] = &["gc", "boa_gc", "gc-arena"];

peers! {
    "recyc" => recyc::Recyc,
    "recyc GcCell" => recyc::WithCells,
    "Rc" => rc::Std<false>,
    "Rc by hand" => rc::Std<true>,
    "floor" => floor::Floor,
    "dumpster" => dumpster::Dumpster,
    "rust-cc" => rust_cc::RustCc,
    "gcmodule" => gcmodule::Gcmodule,
    "jrsonnet-gcmodule" => jrsonnet::Jrsonnet,
    "bacon_rajan_cc" => bacon_rajan::BaconRajan,
    "gc" => rust_gc::RustGc,
    "boa_gc" => boa::Boa,
    "gc-arena" => arena::GcArena,
}
