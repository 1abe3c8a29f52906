//! A collection that starts from many young candidates takes over the memory of their list.

use std::cell::Cell;
use std::rc::Rc;

use recyc::{Finalize, Gc, GcCell, Leaf, Trace, Tracer};

use super::{alone, panic_of};

/// More than the list of a collection has room for.
const MANY: usize = if cfg!(miri) { 120 } else { 40_000 };

/// A value that refers to itself. Its trace panics while the flag is set.
struct Own {
    me: GcCell<Option<Gc<Own>>>,
    panics: Leaf<Rc<Cell<bool>>>,
}

// SAFETY: the one field with a handle is traced, and there is no `Drop`.
unsafe impl Trace for Own {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        assert!(!self.panics.get(), "a trace");
        self.me.trace(tracer);
    }
}

/// Makes many dead cycles of one value each. Each is a young candidate. For each the list has two
/// empty entries, of candidates that have died by counting.
fn cycles(panics: &Rc<Cell<bool>>) {
    let own = || Gc::new(Own { me: GcCell::new(None), panics: Leaf(panics.clone()) });
    let mut others = Vec::with_capacity(2 * MANY);
    for at in 0..3 * MANY {
        let one = own();
        if at % 3 == 0 {
            one.me.set(Some(one.clone()));
        } else {
            drop(one.clone());
            others.push(one);
        }
    }
    drop(others);
    assert_eq!(recyc::stats().young_candidates, MANY);
}

#[test]
fn many_candidates_with_gaps_between_them_are_collected() {
    alone(|| {
        for _ in 0..3 {
            cycles(&Rc::default());
            recyc::inspect::check();
            let report = recyc::collect_young();
            assert_eq!((report.captured, report.reclaimed), (MANY, MANY));
            assert_eq!((recyc::stats().live, recyc::stats().young_candidates), (0, 0));
        }
    });
}

#[test]
fn a_panicking_trace_leaves_many_candidates_young() {
    alone(|| {
        let panics = Rc::new(Cell::new(true));
        cycles(&panics);
        assert_eq!(panic_of(recyc::collect_young), "a trace");
        recyc::inspect::check();
        let stats = recyc::stats();
        assert_eq!((stats.young_candidates, stats.old_candidates), (MANY, 0));
        panics.set(false);
        assert_eq!(recyc::collect_young().reclaimed, MANY);
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn many_survivors_register_again_after_their_collection() {
    alone(|| {
        let panics = Rc::default();
        let nodes: Vec<_> = (0..MANY)
            .map(|_| Gc::new(Own { me: GcCell::new(None), panics: Leaf(Rc::clone(&panics)) }))
            .collect();
        let register = || nodes.iter().for_each(|node| drop(node.clone()));
        register();
        assert_eq!(recyc::collect_young().survivors, MANY);
        assert_eq!(recyc::stats().young_candidates, 0);
        register();
        recyc::inspect::check();
        assert_eq!(recyc::stats().young_candidates, MANY);
        nodes.iter().for_each(|node| node.me.set(Some(node.clone())));
        drop(nodes);
        assert_eq!(recyc::collect_young().reclaimed, MANY);
    });
}

/// A value that refers to itself, and registers itself in its finalizer.
#[derive(Trace)]
#[trace(finalize)]
struct Registers(GcCell<Option<Gc<Registers>>>);

impl Finalize for Registers {
    fn finalize(&self) {
        drop(self.0.get());
    }
}

/// The young buffer has the memory of a short list then.
#[test]
fn many_finalizers_register_their_values_in_a_collection() {
    alone(|| {
        for _ in 0..MANY {
            let one = Gc::new(Registers(GcCell::new(None)));
            one.0.set(Some(one.clone()));
        }
        let report = recyc::collect_young();
        assert_eq!((report.finalized, report.reclaimed), (MANY, MANY));
        assert_eq!(recyc::stats().young_candidates, 0);
    });
}
