//! The flag `recyc_rc_only`: the same program, with collections switched off. It passes with the
//! flag and without.

use recyc::{Finalize, Gc, GcCell, Trace, collect, inspect};
use std::cell::Cell;

/// Whether this is a program that only counts.
const COUNTS_ONLY: bool = cfg!(recyc_rc_only);

thread_local!(static FINALIZED: Cell<usize> = const { Cell::new(0) });

#[derive(Trace)]
#[trace(finalize)]
struct Node(GcCell<Option<Gc<Node>>>);

impl Finalize for Node {
    fn finalize(&self) {
        FINALIZED.set(FINALIZED.get() + 1);
    }
}

fn node(next: Option<Gc<Node>>) -> Gc<Node> {
    Gc::new(Node(GcCell::new(next)))
}

#[test]
fn with_the_flag_a_cycle_stays_and_no_candidate_waits() {
    let ring = node(None);
    ring.0.set(Some(ring.clone()));
    let weak = Gc::downgrade(&ring);
    drop(ring);
    assert_eq!(inspect::candidates().is_empty(), COUNTS_ONLY);
    assert_eq!(collect().reclaimed, usize::from(!COUNTS_ONLY));
    assert_eq!(weak.upgrade().is_some(), COUNTS_ONLY);
    if let Some(ring) = weak.upgrade() {
        ring.0.take(); // for the leak check
    }
}

#[test]
fn counted_deaths_are_the_same_with_and_without_the_flag() {
    let mut list = node(None);
    let last = Gc::downgrade(&list);
    for _ in 0..100_000 {
        list = node(Some(list));
    }
    let shared = list.clone();
    drop(list);
    assert!(last.upgrade().is_some());
    assert_eq!(FINALIZED.get(), 0);
    drop(shared);
    assert!(last.upgrade().is_none(), "at once, and on a flat stack");
    assert_eq!(FINALIZED.get(), 100_001);
    assert_eq!(collect().captured, 0, "a dead list leaves nothing to look at");
}
