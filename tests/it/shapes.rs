//! Structures of a million blocks live and die on a small stack, whatever their shape.
//!
//! A destructor, a collection or a trace that recursed along the handles would overflow these
//! threads, and end the test process, after some thousand blocks.

use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use recyc::{Config, Gc, GcCell, Leaf, Trace};

/// How many blocks a structure has.
const MANY: usize = if cfg!(miri) { 2_000 } else { 1_000_000 };

/// A stack that holds some thousand frames at most.
const SMALL_STACK: usize = 256 << 10;

/// Counts the values that are alive.
#[derive(Clone, Copy)]
struct Tally(&'static AtomicUsize);

impl Tally {
    fn new() -> Self {
        static ALL: Mutex<Vec<&'static AtomicUsize>> = Mutex::new(Vec::new());
        let tally: &AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
        ALL.lock().unwrap().push(tally); // still reachable at the end, so a leak check does not report it
        Self(tally)
    }

    fn alive(self) -> usize {
        self.0.load(Relaxed)
    }

    fn counted(self) -> Counted {
        self.0.fetch_add(1, Relaxed);
        Counted(self)
    }
}

struct Counted(Tally);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

#[derive(Trace)]
struct Node {
    left: GcCell<Option<Gc<Node>>>,
    right: GcCell<Option<Gc<Node>>>,
    parent: GcCell<Option<Gc<Node>>>,
    edges: RefCell<Vec<Gc<Node>>>,
    _counted: Leaf<Counted>,
}

fn node(tally: Tally) -> Gc<Node> {
    Gc::new(Node {
        left: GcCell::default(),
        right: GcCell::default(),
        parent: GcCell::default(),
        edges: RefCell::default(),
        _counted: Leaf(tally.counted()),
    })
}

/// Each block holds the next one.
fn chain(tally: Tally) -> Gc<Node> {
    let mut head = node(tally);
    for _ in 1..MANY {
        let next = std::mem::replace(&mut head, node(tally));
        head.right.set(Some(next));
    }
    head
}

/// One block holds all others.
fn star(tally: Tally) -> Gc<Node> {
    let centre = node(tally);
    centre.edges.borrow_mut().extend((1..MANY).map(|_| node(tally)));
    centre
}

/// Each block holds the next one and the one before.
fn doubly_linked(tally: Tally) -> Gc<Node> {
    let head = node(tally);
    let mut last = head.clone();
    for _ in 1..MANY {
        let next = node(tally);
        next.left.set(Some(last.clone()));
        last.right.set(Some(next.clone()));
        last = next;
    }
    head
}

/// Each block holds the next one, and the last holds the first.
fn ring(tally: Tally) -> Gc<Node> {
    let head = node(tally);
    let mut first = head.clone();
    for _ in 1..MANY {
        let next = std::mem::replace(&mut first, node(tally));
        first.right.set(Some(next));
    }
    head.right.set(Some(first));
    head
}

/// Each block holds two others and the one that holds it.
fn tree_with_parents(tally: Tally) -> Gc<Node> {
    let root = node(tally);
    let mut row = vec![root.clone()];
    let mut left = MANY - 1;
    while left > 0 {
        let mut next = Vec::with_capacity(2 * row.len());
        for parent in &row {
            for place in [&parent.left, &parent.right] {
                if left > 0 {
                    left -= 1;
                    let child = node(tally);
                    child.parent.set(Some(parent.clone()));
                    place.set(Some(child.clone()));
                    next.push(child);
                }
            }
        }
        row = next;
    }
    root
}

/// One block holds all others, and all others hold it.
fn hub(tally: Tally) -> Gc<Node> {
    let hub = star(tally);
    for spoke in hub.edges.borrow().iter() {
        spoke.parent.set(Some(hub.clone()));
    }
    hub
}

type Shape = fn(Tally) -> Gc<Node>;

const ACYCLIC: [Shape; 2] = [chain, star];
const CYCLIC: [Shape; 4] = [doubly_linked, ring, tree_with_parents, hub];

/// Runs `act` with each shape on a thread with a small stack of its own; gives its tally to `then`
/// when that thread is over.
fn on_a_small_stack(shapes: &[Shape], act: fn(Shape, Tally), then: fn(Tally)) {
    for &shape in shapes {
        let tally = Tally::new();
        let run = move || {
            recyc::configure(Config::default().with_automatic(false)).expect("a valid Config");
            act(shape, tally);
        };
        let runner = thread::Builder::new()
            .stack_size(SMALL_STACK)
            .spawn(run)
            .expect("a thread can be started");
        runner.join().expect("the thread ends well");
        then(tally);
    }
}

fn nothing_is_left(tally: Tally) {
    assert_eq!(tally.alive(), 0);
}

#[test]
fn an_acyclic_structure_dies_with_its_last_handle() {
    on_a_small_stack(
        &ACYCLIC,
        |shape, tally| {
            let held = shape(tally);
            assert_eq!(tally.alive(), MANY);
            drop(held);
            assert_eq!(tally.alive(), 0);
        },
        nothing_is_left,
    );
}

#[test]
fn a_cyclic_structure_is_collected() {
    on_a_small_stack(
        &CYCLIC,
        |shape, tally| {
            drop(shape(tally));
            assert_eq!(tally.alive(), MANY);
            assert_eq!(recyc::collect().reclaimed, MANY);
            assert_eq!(tally.alive(), 0);
        },
        nothing_is_left,
    );
}

#[test]
fn a_living_structure_survives_collections_of_all_kinds() {
    on_a_small_stack(
        &CYCLIC,
        |shape, tally| {
            let held = shape(tally);
            drop(held.clone());
            assert_eq!(recyc::collect_young().reclaimed, 0);
            assert_eq!(tally.alive(), MANY);
            drop(held.clone());
            assert_eq!(recyc::collect().reclaimed, 0);
            assert_eq!(tally.alive(), MANY);
        },
        nothing_is_left,
    );
}

#[test]
fn garbage_that_is_left_dies_with_the_thread() {
    on_a_small_stack(
        &[ring, hub],
        |shape, tally| {
            drop(shape(tally));
            assert_eq!(tally.alive(), MANY);
        },
        nothing_is_left,
    );
}

#[test]
fn what_a_thread_local_holds_dies_with_the_thread() {
    thread_local! {
        static HELD: RefCell<Option<Gc<Node>>> = const { RefCell::new(None) };
    }
    on_a_small_stack(
        &[chain, star],
        |shape, tally| {
            HELD.set(Some(shape(tally)));
            assert_eq!(tally.alive(), MANY);
        },
        nothing_is_left,
    );
}

#[test]
fn many_structures_that_die_in_one_collection_are_all_collected() {
    on_a_small_stack(
        &[node],
        |single, tally| {
            for _ in 0..MANY {
                let loop_ = single(tally);
                loop_.right.set(Some(loop_.clone()));
            }
            assert_eq!(tally.alive(), MANY);
            assert_eq!(recyc::collect().reclaimed, MANY);
            assert_eq!(tally.alive(), 0);
        },
        nothing_is_left,
    );
}
