//! Nothing recurses over the user's graph: finalizers, guards, drop glue, panics and the end of a
//! thread included.
//!
//! `tests/it/shapes.rs` has the plain shapes; here are the ways of dying that have code of the user
//! in them. For either heap.

use std::cell::{self, Cell};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use super::kind::{
    Finalize, Gc, GcCell, Leaf, RefCell, SHARED, Trace, Tracer, collect, collect_step,
};
use super::{live, panic_of, prepare, turn};

const MANY: usize = if cfg!(miri) { 120 } else { 200_000 };

/// Runs on a stack that holds some thousand frames at most, until the thread has ended.
fn on_a_small_stack(act: impl FnOnce() + Send + 'static) {
    let _turn = turn();
    thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(move || {
            prepare();
            act();
        })
        .expect("a thread can be started")
        .join()
        .expect("it ends well");
}

thread_local! {
    static DROPPED: Cell<usize> = const { Cell::new(0) };
}

/// Gives up its successor in its finalizer.
#[derive(Trace)]
#[trace(finalize)]
struct Giver(RefCell<Option<Gc<Giver>>>, #[trace(skip)] Finalized);

/// The number of finalizers that have run. The values that exist have the other handles to it.
type Finalized = Arc<AtomicUsize>;

impl Finalize for Giver {
    fn finalize(&self) {
        self.1.fetch_add(1, Relaxed);
        self.0.take();
    }
}

fn givers(finalized: &Finalized) -> Gc<Giver> {
    let last = Gc::new(Giver(RefCell::default(), finalized.clone()));
    (1..MANY).fold(last, |next, _| Gc::new(Giver(RefCell::new(Some(next)), finalized.clone())))
}

/// Asserts that all `count` values were finalized once, and are dropped.
fn all_ended(finalized: &Finalized, count: usize) {
    assert_eq!((finalized.load(Relaxed), Arc::strong_count(finalized)), (count, 1));
}

#[test]
fn a_chain_of_finalizers_that_give_up_what_comes_next_is_flat() {
    on_a_small_stack(|| {
        let finalized = Finalized::default();
        drop(givers(&finalized));
        assert_eq!(live(), 0);
        all_ended(&finalized, MANY);
    });
}

#[test]
fn a_ring_of_finalizers_that_drop_the_next_value_is_flat() {
    on_a_small_stack(|| {
        let finalized = Finalized::default();
        let last = Gc::new(Giver(RefCell::default(), finalized.clone()));
        let link = |next| Gc::new(Giver(RefCell::new(Some(next)), finalized.clone()));
        let first = (1..MANY).fold(last.clone(), |next, _| link(next));
        last.0.replace(Some(first));
        drop(last);
        // In the shared heap a neighbour that loses its last handle dies by counting.
        assert_eq!(collect().reclaimed, if SHARED { 0 } else { MANY });
        assert_eq!(live(), 0);
        all_ended(&finalized, MANY);
    });
}

/// A chain through a finalized thread-local is flat at the end of the thread.
#[test]
fn a_chain_of_finalizers_is_flat_at_the_end_of_the_thread() {
    thread_local!(static HELD: cell::RefCell<Option<Gc<Giver>>> = const { cell::RefCell::new(None) });
    let finalized = Finalized::default();
    let theirs = finalized.clone();
    on_a_small_stack(move || HELD.set(Some(givers(&theirs))));
    all_ended(&finalized, MANY);
    let theirs = finalized.clone();
    on_a_small_stack(move || {
        drop(HELD.take());
        let held = givers(&theirs);
        drop(held.clone()); // prepares the end of the thread first, so that it is over before this thread-local dies
        HELD.set(Some(held));
    });
    all_ended(&finalized, 2 * MANY);
}

/// Holds the next one where no trace looks: in a guard with a destructor.
struct Guard(Option<Gc<Guarded>>);

impl Drop for Guard {
    fn drop(&mut self) {
        DROPPED.set(DROPPED.get() + 1);
        drop(self.0.take());
    }
}

#[derive(Trace)]
struct Guarded {
    guard: Leaf<Guard>,
    knot: GcCell<Option<Gc<Guarded>>>,
}

/// A chain through destructors of guards is flat by counting and by collection.
#[test]
fn a_chain_through_destructors_of_guards_is_flat() {
    on_a_small_stack(|| {
        for knotted in [false, true] {
            DROPPED.set(0);
            let link =
                |next| Gc::new(Guarded { guard: Leaf(Guard(next)), knot: GcCell::default() });
            let first = (1..MANY).fold(link(None), |next, _| link(Some(next)));
            assert!(first.guard.0.0.is_some());
            first.knot.set(knotted.then(|| first.clone()));
            drop(first);
            collect();
            assert_eq!((DROPPED.get(), live()), (MANY, 0));
        }
    });
}

/// A value that is dropped by glue, which drops its handles one by one.
struct Glued(RefCell<Vec<Gc<Glued>>>);

// SAFETY: the vector belongs to this value alone, and each handle is reported once.
unsafe impl Trace for Glued {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }
}

#[test]
fn a_ring_and_a_chain_that_die_by_drop_glue_are_flat() {
    on_a_small_stack(|| {
        let chain = || {
            let last = Gc::new(Glued(RefCell::default()));
            let first =
                (1..MANY).fold(last.clone(), |next, _| Gc::new(Glued(RefCell::new(vec![next]))));
            (first, last)
        };
        drop(chain());
        assert_eq!(live(), 0);
        let (first, last) = chain();
        last.0.borrow_mut().extend([first.clone(), first]);
        drop(last);
        assert_eq!(collect().reclaimed, MANY);
        assert_eq!(live(), 0);
    });
}

#[test]
fn a_dead_ring_that_holds_a_chain_by_its_only_handle_is_flat() {
    on_a_small_stack(|| {
        // A young collection does not enter the chain: it is cut off by the limit, or too old.
        let ring = Gc::new(Glued(RefCell::default()));
        ring.0.borrow_mut().push(ring.clone());
        let last = Gc::new(Glued(RefCell::default()));
        let first = (1..MANY).fold(last, |next, _| Gc::new(Glued(RefCell::new(vec![next]))));
        ring.0.borrow_mut().push(first);
        drop(ring);
        let limit = std::num::NonZeroUsize::new(1).expect("one");
        assert_eq!(collect_step(limit).reclaimed, 1);
        assert_eq!(live(), 0);
    });
}

#[test]
fn a_panic_in_the_middle_of_a_long_chain_leaves_no_block_behind() {
    struct Bomb(bool);

    impl Drop for Bomb {
        fn drop(&mut self) {
            DROPPED.set(DROPPED.get() + 1);
            assert!(!self.0, "in the middle");
        }
    }

    #[derive(Trace)]
    struct Link {
        next: Option<Gc<Link>>,
        _bomb: Leaf<Bomb>,
    }

    on_a_small_stack(|| {
        let first = (0..MANY).fold(None, |next, at| {
            Some(Gc::new(Link { next, _bomb: Leaf(Bomb(at % (MANY / 4) == MANY / 8)) }))
        });
        assert!(first.as_ref().is_some_and(|first| first.next.is_some()));
        assert_eq!(panic_of(|| drop(first)), "in the middle");
        assert_eq!((DROPPED.get(), live()), (MANY, 0));
    });
}
