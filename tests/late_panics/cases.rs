//! What the contract of `Trace` promises when a `trace` panics, for either heap.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::support::drops::{Drops, Guard};

use super::kind::{
    Config, Depth, Disposer, Gc, Leaf, Promise, RefCell, Shape, Trace, Tracer, alone, collect,
    configure,
};

/// Panics when it is traced for the given time.
struct Fuse {
    calls: AtomicUsize,
    at: usize,
}

// SAFETY: owns no handles.
unsafe impl Trace for Fuse {
    fn trace(&self, _: &mut Tracer<'_>) {
        assert!(self.calls.fetch_add(1, Relaxed) + 1 != self.at, "as the test wants");
    }

    unsafe fn dispose(&mut self, _: &Disposer) {
        // SAFETY: the caller gives up the value, which owns no handles.
        unsafe { std::ptr::drop_in_place(self) }
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::LEAF
    }
}

#[derive(Trace)]
struct Live {
    other: RefCell<Option<Gc<Live>>>,
    number: u32,
    drops: Leaf<Guard>,
}

/// Reports one handle to a live value before the fuse, and one after it.
#[derive(Trace)]
struct Dead {
    me: RefCell<Option<Gc<Dead>>>,
    first: Gc<Live>,
    fuse: Fuse,
    second: Gc<Live>,
    drops: Leaf<Guard>,
}

/// A value that is dropped by glue, so that the local collector traces the dead once more.
struct Glue(RefCell<Option<Gc<Glue>>>);

// SAFETY: the cell belongs to this value alone, and its handle is reported once.
unsafe impl Trace for Glue {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }
}

#[derive(Debug, PartialEq)]
enum Outcome {
    /// No `trace` has panicked.
    Reclaimed,
    /// The collection was abandoned, and the next one has reclaimed the dead.
    Abandoned,
    /// The dead were reclaimed, and the handle behind the fuse has leaked.
    Leaked,
}

/// Runs a collection in which the fuse of the dead value panics at the given call.
fn outcome(at: usize) -> Outcome {
    let _turn = alone();
    configure(Config::default().with_automatic(false)).unwrap();
    let (live_drops, dead_drops) = (Drops::default(), Drops::default());
    let live =
        |number| Gc::new(Live { other: RefCell::new(None), number, drops: live_drops.guard() });
    let (first, second) = (live(1), live(2));
    let dead = Gc::new(Dead {
        me: RefCell::new(None),
        first: first.clone(),
        fuse: Fuse { calls: AtomicUsize::new(0), at },
        second: second.clone(),
        drops: dead_drops.guard(),
    });
    *dead.me.borrow_mut() = Some(dead.clone());
    drop(dead);
    let glue = Gc::new(Glue(RefCell::new(None)));
    *glue.0.borrow_mut() = Some(glue.clone());
    drop(glue);

    let panicked = catch_unwind(AssertUnwindSafe(collect)).is_err();
    let reclaimed = dead_drops.count() == 1;
    collect();
    // Nothing is freed early, and nothing twice.
    assert_eq!((dead_drops.count(), live_drops.count()), (1, 0));
    assert_eq!((first.number, second.number, Gc::strong_count(&first)), (1, 2, 1));
    let leaked = Gc::strong_count(&second) - 1;
    let second = Gc::into_raw(second);
    drop(first);
    for handles in 0..=leaked {
        assert_eq!(
            (dead_drops.count(), live_drops.count()),
            (1, 1),
            "{handles} of {leaked} dropped"
        );
        // SAFETY: the address has the count of `second`, and then those of the handles that leaked.
        unsafe { Gc::decrement_strong_count(second) }
    }
    collect();
    assert_eq!((dead_drops.count(), live_drops.count()), (1, 2));
    match (panicked, reclaimed, leaked) {
        (false, true, 0) => Outcome::Reclaimed,
        (true, false, 0) => Outcome::Abandoned,
        (true, true, 1) => Outcome::Leaked,
        other => panic!("call {at}: {other:?}"),
    }
}

#[test]
fn a_trace_that_panics_early_or_late_frees_nothing_early() {
    let outcomes: Vec<_> = (1..=6).map(outcome).collect();
    let late = outcomes
        .iter()
        .position(|outcome| *outcome == Outcome::Leaked)
        .expect("the dead are traced once more");
    assert!(
        late > 0 && outcomes[..late].iter().all(|outcome| *outcome == Outcome::Abandoned),
        "{outcomes:?}"
    );
    assert!(
        outcomes[late + 1..].iter().all(|outcome| *outcome == Outcome::Reclaimed),
        "{outcomes:?}"
    );
}
