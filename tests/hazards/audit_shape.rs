//! A build with `--cfg recyc_audit` names the type whose shape promises what its values do not
//! keep.
//!
//! Each bad type stands beside a good one of the same fields, for which nothing is reported.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use recyc::{Depth, Disposer, Gc, GcCell, Leaf, Promise, Shape, Trace, Tracer, sync};

use super::{End, Log, alone};

/// Collects and returns the message of the panic.
fn finding() -> String {
    let payload =
        catch_unwind(AssertUnwindSafe(recyc::collect)).expect_err("the promise was believed");
    payload.downcast_ref::<String>().expect("a message").clone()
}

/// A cell with a `trace` and a shape that promises no handles.
struct BadLeaf<T>(RefCell<Option<T>>);

// SAFETY: not kept, on purpose: the shape is wrong.
unsafe impl<T: Trace> Trace for BadLeaf<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }

    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: as the caller promises.
        unsafe { self.0.dispose(disposer) }
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::LEAF
    }
}

/// A value that may be on a ring with itself, through a part of the type `P`.
#[derive(Trace)]
struct Node<P: Trace> {
    me: GcCell<Option<Gc<Node<P>>>>,
    part: P,
    end: Leaf<End>,
}

fn ring<P: Trace>(part: P, log: &Log) -> Gc<Node<P>> {
    let node = Gc::new(Node { me: None.into(), part, end: Leaf(End::new("node", log)) });
    node.me.set(Some(node.clone()));
    node
}

#[test]
fn the_audit_names_a_leaf_that_a_collection_traces() {
    alone(|| {
        let log = Log::default();
        let leaf = Gc::new(BadLeaf(RefCell::new(None)));
        let node = ring(leaf.clone(), &log);
        *leaf.0.borrow_mut() = Some(Gc::new(7));
        drop(node.clone());
        let said = finding();
        assert!(
            said.contains("audit_shape::BadLeaf<") && said.contains("a handle to a `i32`"),
            "{said}"
        );
        assert!(said.contains("may not be `LEAF`"), "{said}");
        assert_eq!(log.take(), [""; 0]);
        leaf.0.take();
        drop((leaf, node));
        recyc::collect();
        assert_eq!(recyc::stats().live, 0);
    });
}

struct LeafRing(BadLeaf<Gc<LeafRing>>);

// SAFETY: not kept, on purpose: the shape of the part is wrong.
unsafe impl Trace for LeafRing {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        BadLeaf::<Gc<u8>>::shape::<D>()
    }
}

#[test]
fn the_audit_names_a_leaf_that_no_collection_traces() {
    alone(|| {
        let leaf = Gc::new(LeafRing(BadLeaf(RefCell::new(None))));
        *leaf.0.0.borrow_mut() = Some(leaf.clone());
        let weak = Gc::downgrade(&leaf);
        drop(leaf);
        let said = finding();
        assert!(said.contains("audit_shape::LeafRing` reports a handle to a `"), "{said}");
        assert!(!recyc::collect().abandoned, "a finding is reported once");
        let leaf = weak.upgrade().expect("the value lives");
        leaf.0.0.take();
        drop(leaf);
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn the_audit_names_a_leaf_with_a_handle_to_a_shared_value() {
    alone(|| {
        let _turn = crate::support::shared::alone();
        let log = Log::default();
        let leaf = Gc::new(BadLeaf(RefCell::new(Some(sync::Gc::new(7)))));
        let node = ring(leaf, &log);
        drop(node.clone());
        let said = finding();
        assert!(said.contains("a handle to a value that threads share"), "{said}");
        node.part.0.take();
        drop(node);
        recyc::collect();
        assert_eq!(recyc::stats().live, 0);
    });
}

/// A container whose `dispose` drops what is in it.
struct BadNode<T>(Vec<T>);

// SAFETY: not kept, on purpose: `dispose` drops what is reported.
unsafe impl<T: Trace> Trace for BadNode<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }

    unsafe fn dispose(&mut self, _: &Disposer) {
        // SAFETY: as the caller promises.
        unsafe { std::ptr::drop_in_place(self) }
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}

/// A container that takes its part out of its place before it drops it.
struct BadTaker<T>(Option<Box<T>>);

// SAFETY: not kept, on purpose: `dispose` drops what is reported.
unsafe impl<T: Trace> Trace for BadTaker<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }

    unsafe fn dispose(&mut self, _: &Disposer) {
        drop(self.0.take().map(|part| *part));
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}

#[test]
fn the_audit_names_a_dispose_that_drops_a_handle_to_the_living() {
    alone(|| {
        let log = Log::default();
        let live = Gc::new(7);
        drop(ring(BadNode(vec![live.clone(), live.clone()]), &log));
        let said = finding();
        assert!(said.contains("audit_shape::Node<") && said.contains("BadNode<"), "{said}");
        assert!(said.contains("drops the handle to a `i32` that its `Trace` reports"), "{said}");
        // The collection has given back both counts, and `dispose` neither.
        assert_eq!(Gc::strong_count(&live), 1);
        assert_eq!(log.take(), ["node dropped"]);
    });
}

#[test]
fn the_audit_names_a_dispose_that_drops_a_handle_to_the_dead() {
    alone(|| {
        let log = Log::default();
        let node = ring(BadTaker(Some(Box::new(GcCell::new(None)))), &log);
        let other = ring((), &log);
        node.part.0.as_ref().expect("a cell").set(Some(other));
        drop(node);
        let said = finding();
        assert!(said.contains("BadTaker<") && said.contains("drops the handle to a `"), "{said}");
        assert_eq!(log.take_sorted(), ["node dropped", "node dropped"]);
        recyc::inspect::check();
        assert_eq!(recyc::collect().reclaimed, 0, "the memory is kept");
    });
}

type Taker<T> = fn(Gc<T>) -> Option<T>;

/// A container that unwraps the handle in it instead of leaving it alone.
struct BadUnwrapper<T: 'static>(Option<Gc<T>>, Taker<T>);

// SAFETY: not kept, on purpose: `dispose` gives up what is reported.
unsafe impl<T: Trace> Trace for BadUnwrapper<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }

    unsafe fn dispose(&mut self, _: &Disposer) {
        drop(self.0.take().and_then(self.1));
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}

#[test]
fn the_audit_names_a_dispose_that_unwraps_a_handle() {
    let takers: [Taker<Node<()>>; 2] = [Gc::into_inner, |handle| Gc::try_unwrap(handle).ok()];
    for taker in takers {
        for is_last in [false, true] {
            alone(move || {
                let log = Log::default();
                let other = ring((), &log);
                if is_last {
                    other.me.set(None);
                }
                drop(ring(BadUnwrapper(Some(other), taker), &log));
                let said = finding();
                assert!(
                    said.contains("BadUnwrapper<") && said.contains("drops the handle to a `"),
                    "{said}"
                );
                assert_eq!(log.take_sorted(), ["node dropped", "node dropped"]);
                recyc::inspect::check();
                assert_eq!(recyc::collect().reclaimed, 0, "the memory is kept");
            });
        }
    }
}

/// A container with a destructor around a part.
#[derive(Trace)]
#[trace(unsafe_drop)] // it uses no handle
struct Noisy<T: Trace>(T);

impl<T: Trace> Drop for Noisy<T> {
    fn drop(&mut self) {}
}

#[test]
fn the_audit_names_the_value_that_drops_a_leaf_with_a_handle() {
    alone(|| {
        let log = Log::default();
        let live = Gc::new(7);
        drop(ring(Noisy(BadLeaf(RefCell::new(Some(live.clone())))), &log));
        let said = finding();
        assert!(said.contains("Noisy<") && said.contains("drops the handle to a `i32`"), "{said}");
        assert_eq!(Gc::strong_count(&live), 1);
    });
}

#[test]
fn the_audit_says_nothing_of_shapes_that_are_kept() {
    alone(|| {
        let log = Log::default();
        let live = Gc::new(7);
        let leaf = Gc::new(BadLeaf(RefCell::new(Some(7))));
        let untraced = Leaf(Some(live.clone()));
        let part =
            (vec![live.clone(), live.clone()], Noisy(vec![leaf.clone()]), Noisy(3), untraced);
        drop(ring(part, &log));
        assert_eq!(recyc::collect().reclaimed, 1);
        assert_eq!((Gc::strong_count(&live), Gc::strong_count(&leaf)), (1, 1));
        assert_eq!(log.take(), ["node dropped"]);
    });
}
