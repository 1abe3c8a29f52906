//! The peers whose handles may go to other threads.

use std::array::from_fn;
use std::mem::replace;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::{Shared, Tallied};
use crate::peer::every_ten_thousandth;

fn lock<T>(edge: &Mutex<T>) -> MutexGuard<'_, T> {
    edge.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A node whose edges are behind locks of their own, and what is the same for all that dereference
/// to it.
macro_rules! with_mutexes {
    ($handle:ident, $node:ident) => {
        pub struct $node {
            id: Tallied,
            edges: [Mutex<Option<$handle<$node>>>; 3],
        }

        impl $node {
            fn new(id: u64) -> Self {
                Self { id: Tallied(id), edges: from_fn(|_| Mutex::default()) }
            }
        }
    };
}

macro_rules! by_deref {
    () => {
        fn id(node: &Self::Node) -> u64 {
            node.id.number()
        }

        fn replace(
            node: &Self::Node,
            slot: usize,
            target: Option<Self::Node>,
        ) -> Option<Self::Node> {
            replace(&mut *lock(&node.edges[slot]), target)
        }
    };
}

with_mutexes!(Arc, StdNode);

pub struct Std;

impl Shared for Std {
    const COLLECTS: bool = false;

    type Node = Arc<StdNode>;

    fn new(id: u64) -> Arc<StdNode> {
        Arc::new(StdNode::new(id))
    }

    by_deref!();

    fn collect() {}
}

use recyc::sync::Gc as OurGc;

#[derive(recyc::Trace)]
pub struct OurNode {
    id: recyc::Leaf<Tallied>,
    edges: [Mutex<Option<OurGc<OurNode>>>; 3],
}

pub struct Recyc;

impl Shared for Recyc {
    type Node = OurGc<OurNode>;

    fn new(id: u64) -> OurGc<OurNode> {
        OurGc::new(OurNode { id: recyc::Leaf(Tallied(id)), edges: from_fn(|_| Mutex::default()) })
    }

    by_deref!();

    fn collect() {
        recyc::sync::collect();
    }

    fn manual() {
        let manual = recyc::Config::default().with_automatic(false);
        recyc::sync::configure(manual).expect("only a default was switched off");
    }
}

use dumpster::sync::Gc as DumpsterGc;

with_mutexes!(DumpsterGc, DumpsterNode);

// SAFETY: the edges are all the handles that a node has.
unsafe impl<V: dumpster::Visitor> dumpster::TraceWith<V> for DumpsterNode {
    fn accept(&self, visitor: &mut V) -> Result<(), ()> {
        self.edges.accept(visitor)
    }
}

pub struct Dumpster;

impl Shared for Dumpster {
    type Node = DumpsterGc<DumpsterNode>;

    fn new(id: u64) -> DumpsterGc<DumpsterNode> {
        DumpsterGc::new(DumpsterNode::new(id))
    }

    by_deref!();

    fn collect() {
        dumpster::sync::collect();
    }

    fn manual() {
        fn never(_: &dumpster::sync::CollectInfo) -> bool {
            false
        }
        dumpster::sync::set_collect_condition(never);
    }
}

use gcmodule::{ThreadedCc, ThreadedObjectSpace, Trace, Tracer};

with_mutexes!(ThreadedCc, GcmoduleNode);

impl Trace for GcmoduleNode {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // No thread uses a value while a collection runs, so no lock is held.
        for edge in &self.edges {
            if let Some(target) = &*lock(edge) {
                target.trace(tracer);
            }
        }
    }
}

pub struct Gcmodule;

static SPACE: LazyLock<ThreadedObjectSpace> = LazyLock::new(ThreadedObjectSpace::default);

impl Shared for Gcmodule {
    type Node = ThreadedCc<GcmoduleNode>;

    fn new(id: u64) -> ThreadedCc<GcmoduleNode> {
        SPACE.create(GcmoduleNode::new(id))
    }

    fn id(node: &Self::Node) -> u64 {
        node.borrow().id.number()
    }

    fn replace(node: &Self::Node, slot: usize, target: Option<Self::Node>) -> Option<Self::Node> {
        replace(&mut *lock(&node.borrow().edges[slot]), target)
    }

    fn collect() {
        SPACE.collect_cycles();
    }

    fn safepoint() {
        every_ten_thousandth(Self::collect);
    }
}

use tracing_rc::sync::{Agc, GcVisitor, collect_full};

with_mutexes!(Agc, AgcNode);

impl tracing_rc::sync::Trace for AgcNode {
    fn visit_children(&self, visitor: &mut GcVisitor<'_>) {
        self.edges.iter().for_each(|edge| {
            if let Some(target) = &*lock(edge) {
                visitor.visit_node(target);
            }
        });
    }
}

/// Its handles have a lock inside, but one that is for reading only.
pub struct TracingRc;

impl Shared for TracingRc {
    type Node = Agc<AgcNode>;

    fn new(id: u64) -> Agc<AgcNode> {
        Agc::new(AgcNode::new(id))
    }

    fn id(node: &Agc<AgcNode>) -> u64 {
        node.read().id.number()
    }

    fn replace(
        node: &Agc<AgcNode>,
        slot: usize,
        target: Option<Agc<AgcNode>>,
    ) -> Option<Agc<AgcNode>> {
        replace(&mut *lock(&node.read().edges[slot]), target)
    }

    fn collect() {
        collect_full();
    }

    fn safepoint() {
        every_ten_thousandth(Self::collect);
    }
}
