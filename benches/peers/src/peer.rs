//! The trait that a peer implements: the node that every workload is made of.

use std::cell::Cell;

/// A pointer crate under test, as a way to make, link, drop and collect nodes.
///
/// A node has a number and three edges, each in a cell of its own. `held` is always *every* handle
/// the program has at that moment that some other one does not lead to: most peers do not look at
/// it, an arena takes it as its roots.
pub trait Peer: Sized + 'static {
    const SCHEME: Scheme;

    /// A handle to a node.
    type Node: Clone + 'static;

    fn new(id: u64) -> Self::Node;

    /// Reads the number: a dereference.
    fn id(node: &Self::Node) -> u64;

    /// Lets `look` see an edge without taking a handle.
    fn look<R>(node: &Self::Node, slot: usize, look: impl FnOnce(Option<&Self::Node>) -> R) -> R;

    /// Puts another edge in place and returns the one that was there.
    fn replace(node: &Self::Node, slot: usize, target: Option<Self::Node>) -> Option<Self::Node>;

    /// Frees all that is dead.
    fn collect(held: &[Self::Node]);

    /// Frees some of what is dead; a full collection where there is nothing less.
    fn collect_young(held: &[Self::Node]) {
        Self::collect(held);
    }

    /// Switches automatic collections off, if the peer has a setting for it.
    fn manual() {}

    /// A moment when the peer may collect; for those that do not do it when they allocate.
    fn safepoint(_held: &[Self::Node]) {}

    fn set(node: &Self::Node, slot: usize, target: Option<Self::Node>) {
        drop(Self::replace(node, slot, target));
    }

    fn get(node: &Self::Node, slot: usize) -> Option<Self::Node> {
        Self::look(node, slot, |target| target.cloned())
    }
}

/// When the dead are destroyed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// At once; cycles never.
    Leaks,
    /// At once; cycles because the workload breaks each of them.
    ByHand,
    /// At once; cycles by a collection.
    Counts,
    /// By a collection.
    Traces,
}

thread_local! {
    static DROPPED: Cell<usize> = const { Cell::new(0) };
}

/// The number of a node. Its drop is counted, so that no peer looks fast by not doing the work.
pub struct Counted(pub u64);

impl Counted {
    #[inline]
    pub fn number(&self) -> u64 {
        self.0
    }
}

impl Drop for Counted {
    #[inline]
    fn drop(&mut self) {
        DROPPED.with(|dropped| dropped.set(dropped.get() + 1));
    }
}

/// How many nodes were destroyed so far.
pub fn dropped() -> usize {
    DROPPED.with(Cell::get)
}

/// Calls `collect` now and then, for peers that have no collections of their own: each
/// ten-thousandth time.
pub fn every_ten_thousandth(collect: impl FnOnce()) {
    every(10_000, collect);
}

/// Calls `act` each `period`-th time.
pub fn every(period: usize, act: impl FnOnce()) {
    thread_local! {
        static CALLS: Cell<usize> = const { Cell::new(0) };
    }
    CALLS.with(|calls| {
        calls.set(calls.get() + 1);
        if calls.get() >= period {
            calls.set(0);
            act();
        }
    });
}
