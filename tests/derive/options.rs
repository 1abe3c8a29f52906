//! What each option of `#[trace(…)]` changes.

use std::cell::RefCell;
use std::rc::Rc;

use recyc::{Finalize, Gc, Trace, TraceWith, Tracer, collect};

use super::{Log, Note, Slot, freed_in_a_ring, waits_as_a_candidate};

#[test]
fn a_ring_through_a_skipped_field_stays_until_it_is_opened() {
    #[derive(Trace)]
    struct Blind {
        #[trace(skip)]
        slot: Slot<Blind>,
        note: Note,
    }

    let log = Log::default();
    let blind = Gc::new(Blind { slot: Slot::default(), note: log.note("note") });
    *blind.slot.borrow_mut() = Some(blind.clone());
    let weak = Gc::downgrade(&blind);
    drop(blind);
    collect();
    assert_eq!(log.take(), [""; 0]);
    let blind = weak.upgrade().expect("a handle that is not reported keeps its target alive");
    drop(blind.slot.take());
    drop(blind);
    assert_eq!(log.take(), ["note"]);
}

#[test]
fn a_skipped_field_of_a_dead_ring_is_dropped() {
    #[derive(Trace)]
    struct Guarded {
        slot: Slot<Guarded>,
        #[trace(skip)]
        note: Note,
        #[trace(skip)]
        handle: Gc<Note>,
    }

    let log = Log::default();
    let (note, handle) = (log.note("skipped"), Gc::new(log.note("behind a skipped handle")));
    assert_eq!(
        freed_in_a_ring(
            Guarded { slot: Slot::default(), note, handle },
            |guarded| &guarded.slot,
            &log
        ),
        1
    );
    assert_eq!(log.take(), ["skipped", "behind a skipped handle"]);
}

#[test]
fn a_ring_through_a_field_with_an_adapter_is_freed() {
    /// As if from another crate.
    struct Foreign<T>(Slot<T>);

    struct Adapter;

    // SAFETY: the slot belongs to the value and is traced once; nothing is changed.
    unsafe impl<T: 'static> TraceWith<Foreign<T>> for Adapter {
        fn trace(value: &Foreign<T>, tracer: &mut Tracer<'_>) {
            value.0.trace(tracer);
        }
    }

    #[derive(Trace)]
    struct Owner {
        #[trace(with = "Adapter")]
        foreign: Foreign<Owner>,
        note: Note,
    }

    let log = Log::default();
    let value = Owner { foreign: Foreign(Slot::default()), note: log.note("note") };
    assert_eq!(freed_in_a_ring(value, |owner| &owner.foreign.0, &log), 1);
    assert_eq!(log.take(), ["note"]);
}

/// A finalizer named by the attribute runs once and sees the neighbours.
#[test]
fn a_finalizer_of_the_attribute_runs_once_with_neighbours() {
    #[derive(Trace)]
    #[trace(finalize)]
    enum Session<T: ToString> {
        Open { user: T, peer: Slot<Session<T>>, words: Rc<RefCell<Vec<String>>> },
    }

    impl<T: ToString> Session<T> {
        fn peer(&self) -> &Slot<Session<T>> {
            let Self::Open { peer, .. } = self;
            peer
        }

        fn user(&self) -> String {
            let Self::Open { user, .. } = self;
            user.to_string()
        }
    }

    impl<T: ToString> Finalize for Session<T> {
        fn finalize(&self) {
            let Self::Open { peer, words, .. } = self;
            let peer = peer.borrow().as_ref().map(|peer| peer.user()).unwrap_or_default();
            words.borrow_mut().push(format!("{} leaves {peer}", self.user()));
        }
    }

    let words = Rc::new(RefCell::default());
    let open =
        |user| Gc::new(Session::Open { user, peer: Slot::default(), words: Rc::clone(&words) });
    let (one, two) = (open(1), open(2));
    *one.peer().borrow_mut() = Some(two.clone());
    *two.peer().borrow_mut() = Some(one.clone());
    drop((one, two));
    assert_eq!(collect().reclaimed, 2);
    let mut said = words.take();
    said.sort_unstable();
    assert_eq!(said, ["1 leaves 2", "2 leaves 1"]);

    drop(open(3));
    assert_eq!(words.take(), ["3 leaves "]);
}

/// A destructor allowed by the attribute runs once for each value without handles.
#[test]
fn an_allowed_destructor_runs_once_without_handles() {
    #[derive(Trace)]
    struct Holder {
        note: Note,
        slot: Slot<Holder>,
    }

    let log = Log::default();
    drop(Gc::new(log.note("by counting")));
    assert_eq!(log.take(), ["by counting"]);
    let value = Holder { note: log.note("by a collection"), slot: Slot::default() };
    assert_eq!(freed_in_a_ring(value, |holder| &holder.slot, &log), 1);
    assert_eq!(log.take(), ["by a collection"]);
}

/// A destructor allowed by the attribute runs once on a dead ring of its own type.
#[test]
fn an_allowed_destructor_runs_once_on_a_dead_ring() {
    #[derive(Trace)]
    // SAFETY: it uses no handle.
    #[trace(unsafe_drop)]
    struct Loud {
        slot: Slot<Loud>,
        said: Note,
        log: Log,
    }

    impl Drop for Loud {
        fn drop(&mut self) {
            drop(self.log.note("own destructor"));
        }
    }

    let log = Log::default();
    let value = Loud { slot: Slot::default(), said: log.note("field"), log: log.clone() };
    assert_eq!(freed_in_a_ring(value, |loud| &loud.slot, &log), 1);
    assert_eq!(log.take(), ["own destructor", "field"]);
}

/// Values that are said to be acyclic never wait and die by counting with all they own.
#[test]
fn acyclic_values_never_wait_and_die_by_counting() {
    #[derive(Trace)]
    #[trace(acyclic)]
    struct Branch(Option<Gc<Branch>>, Note);

    let log = Log::default();
    let leaf = Gc::new(Branch(None, log.note("leaf")));
    assert!(!waits_as_a_candidate(Branch(Some(leaf), log.note("branch"))));
    let mut dropped = log.take();
    dropped.sort_unstable();
    assert_eq!(dropped, ["branch", "leaf"]);
}

#[test]
fn an_acyclic_value_on_a_dead_ring_dies_with_the_ring() {
    #[derive(Trace)]
    #[trace(acyclic)]
    struct Table(RefCell<Vec<Gc<Note>>>, Note);

    #[derive(Trace)]
    struct Scope {
        table: Gc<Table>,
        slot: Slot<Scope>,
    }

    let log = Log::default();
    let table = Gc::new(Table(RefCell::new(vec![Gc::new(log.note("entry"))]), log.note("table")));
    assert_ne!(
        freed_in_a_ring(Scope { table, slot: Slot::default() }, |scope| &scope.slot, &log),
        0
    );
    let mut dropped = log.take();
    dropped.sort_unstable();
    assert_eq!(dropped, ["entry", "table"]);
}

#[test]
fn a_clause_of_the_user_replaces_that_of_the_fields() {
    // With the clauses that the fields suggest, each type would require the clause of the other.
    #[derive(Trace)]
    #[trace(bound = "T: Trace")]
    enum Tree<T> {
        Inner(Forest<T>, Note),
        Value(T),
    }

    #[derive(Trace)]
    #[trace(bound = "T: Trace")]
    struct Forest<T>(Vec<Tree<T>>);

    #[derive(Trace)]
    struct Knot(Slot<Tree<Knot>>);

    fn knot(tree: &Tree<Knot>) -> &Slot<Tree<Knot>> {
        let Tree::Inner(forest, _) = tree else { unreachable!("made as an inner node") };
        let Tree::Value(knot) = &forest.0[0] else { unreachable!("made with a value") };
        &knot.0
    }

    let log = Log::default();
    let value = Tree::Inner(Forest(vec![Tree::Value(Knot(Slot::default()))]), log.note("tree"));
    assert_eq!(freed_in_a_ring(value, knot, &log), 1);
    assert_eq!(log.take(), ["tree"]);
}

#[test]
fn the_crate_may_be_found_under_another_name() {
    mod elsewhere {
        pub use recyc::*;
    }

    #[derive(Trace)]
    #[trace(crate = "elsewhere")]
    struct Renamed(Slot<Renamed>, Note);

    let log = Log::default();
    assert_eq!(
        freed_in_a_ring(Renamed(Slot::default(), log.note("note")), |renamed| &renamed.0, &log),
        1
    );
    assert_eq!(log.take(), ["note"]);
}
