//! The crate without its derive: a `Trace` written by hand is enough for everything.

use std::cell::RefCell;

use drops::{Drops, Guard};
use recyc::handle::{self, Heap, LivesIn};
use recyc::{ByAddress, Gc, Leaf, Trace, Tracer, sync};

#[path = "support/drops.rs"]
mod drops;

struct Node {
    next: RefCell<Option<Gc<Node>>>,
    _guard: Leaf<Guard>,
}

// SAFETY: the handle in `next` is owned and reported once; nothing is changed.
unsafe impl Trace for Node {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.next.trace(tracer);
    }
}

fn ring(n: usize, dropped: &Drops) -> Vec<Gc<Node>> {
    let node = |_| Gc::new(Node { next: RefCell::new(None), _guard: dropped.guard() });
    let nodes: Vec<_> = (0..n).map(node).collect();
    for (at, node) in nodes.iter().enumerate() {
        *node.next.borrow_mut() = Some(nodes[(at + 1) % n].clone());
    }
    nodes
}

#[test]
fn a_dead_ring_is_freed_without_a_dispose() {
    let dropped = Drops::default();
    drop(ring(10, &dropped));
    assert_eq!((recyc::collect().reclaimed, dropped.count()), (10, 10));
}

#[test]
fn a_ring_with_an_outside_handle_survives() {
    let dropped = Drops::default();
    let kept = ring(10, &dropped).pop();
    assert_eq!((recyc::collect().reclaimed, dropped.count()), (0, 0));
    drop(kept);
    assert_eq!((recyc::collect().reclaimed, dropped.count()), (10, 10));
}

#[test]
fn a_survivor_loses_its_handle_from_the_dead_once() {
    let dropped = Drops::default();
    let outside = ring(1, &dropped).pop().unwrap();
    let dead = ring(2, &dropped);
    // The second leads out, so the first dies by counting and the second after it.
    *dead[1].next.borrow_mut() = Some(outside.clone());
    drop(dead);
    recyc::collect();
    assert_eq!((Gc::strong_count(&outside), dropped.count()), (2, 2));
    outside.next.take();
    drop(outside);
    assert_eq!(dropped.count(), 3);
}

/// Two handles to a value, in either heap.
fn twice<T: Trace + LivesIn<H>, H: Heap>(value: T) -> [handle::Gc<T, H>; 2] {
    let handle = handle::Gc::new(value);
    [handle.clone(), handle]
}

#[test]
fn code_with_the_heap_as_a_parameter_serves_both_heaps() {
    let [one, two]: [Gc<String>; 2] = twice("local".to_owned());
    assert!(Gc::ptr_eq(&one, &two));
    assert_eq!((Gc::strong_count(&two), &*two), (2, &"local".to_owned()));

    let [one, two]: [sync::Gc<String>; 2] = twice("shared".to_owned());
    assert!(std::thread::spawn(move || *one == "shared").join().unwrap());
    assert_eq!(sync::Gc::try_unwrap(two).unwrap(), "shared");
}

#[test]
fn handles_by_address_are_made_and_taken_apart_by_their_name() {
    let ByAddress(local) = ByAddress(Gc::new(1));
    let sync::ByAddress(shared) = sync::ByAddress(sync::Gc::new(2));
    assert_eq!((*local, *shared), (1, 2));
}
