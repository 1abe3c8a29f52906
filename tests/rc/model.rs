//! A value that counts its drops and can be on a cycle, and the situations a handle can be in.

use std::fmt;

pub use crate::support::drops::{Drops, Guard};

use super::kind::{Gc, Leaf, RefCell, Trace, Weak, alone, collect, inspect};

/// A value with a number, a handle, and a guard.
#[derive(Trace, Clone)]
pub struct Node {
    pub number: u32,
    pub next: RefCell<Option<Gc<Node>>>,
    pub guard: Leaf<Guard>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({})", self.number)
    }
}

impl Node {
    pub fn new(number: u32, drops: &Drops) -> Self {
        Self { number, next: RefCell::new(None), guard: drops.guard() }
    }
}

/// The things beside the handle: other handles, weak handles, an entry as a candidate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Situation {
    pub shared: bool,
    pub watched: bool,
    pub candidate: bool,
}

/// A handle, and what else there is.
pub struct Case<T: ?Sized> {
    pub situation: Situation,
    pub handle: Gc<T>,
    pub others: Vec<Gc<T>>,
    pub weaks: Vec<Weak<T>>,
}

/// Runs a test with a new handle in every situation, and sees that nothing is left of it.
pub fn in_every_situation<T: ?Sized>(
    make: impl Fn(&Drops) -> Gc<T>,
    test: impl Fn(Case<T>, &Drops),
) {
    for bits in 0..8 {
        let situation =
            Situation { shared: bits & 1 != 0, watched: bits & 2 != 0, candidate: bits & 4 != 0 };
        nothing_is_left(|drops| {
            let handle = make(drops);
            if situation.candidate {
                drop(handle.clone());
            }
            let others = if situation.shared { vec![handle.clone()] } else { vec![] };
            let weaks = if situation.watched { vec![Gc::downgrade(&handle)] } else { vec![] };
            test(Case { situation, handle, others, weaks }, drops);
        });
    }
}

/// Runs a test, and sees that no block is left and that the heap is in order.
pub fn nothing_is_left(test: impl FnOnce(&Drops)) {
    let _turn = alone();
    let before = inspect::live_blocks();
    test(&Drops::default());
    inspect::check();
    collect();
    inspect::check();
    assert_eq!(inspect::live_blocks(), before, "blocks are left");
    assert_eq!(inspect::candidates(), [0_usize; 0], "a block that is gone is a candidate");
}

/// Whether a block waits for a collection.
pub fn is_candidate<T: ?Sized>(handle: &Gc<T>) -> bool {
    inspect::candidates().contains(&Gc::address(handle))
}
