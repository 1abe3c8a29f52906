//! Which values collections destroy, and which they leave alone.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::thread;

use recyc::sync::{self, Gc, collect};
use recyc::{Config, Trace, Tracer};

use super::model::{Ledger, Node, alone, ring, times};

#[test]
fn a_dead_ring_is_collected() {
    let _turn = alone();
    for size in [1, 2, 3, times(1_000, 40)] {
        let ledger = Ledger::default();
        let first = ring(&ledger, size);
        assert_eq!(collect().reclaimed, 0);
        drop(first);
        assert_eq!(ledger.dropped(), 0);
        assert_eq!(collect().reclaimed, size);
        assert_eq!(ledger.dropped(), size);
    }
}

#[test]
fn a_ring_with_an_external_handle_survives_collections() {
    let _turn = alone();
    let ledger = Ledger::default();
    let first = ring(&ledger, 3);
    for _ in 0..5 {
        collect();
        sync::collect_young();
    }
    assert_eq!(ledger.dropped(), 0);
    drop(first);
    assert_eq!(collect().reclaimed, 3);
}

#[test]
fn every_kind_of_cell_is_read() {
    let _turn = alone();
    let ledger = Ledger::default();
    let (a, b, c) = (Node::new(&ledger), Node::new(&ledger), Node::new(&ledger));
    a.link(&b);
    *b.shared.write().unwrap() = Some(c.clone());
    assert!(c.once.set(a.clone()).is_ok());
    drop((a, b, c));
    assert_eq!(collect().reclaimed, 3);
    assert_eq!(ledger.dropped(), 3);
}

#[test]
fn what_the_dead_hold_of_the_living_is_given_up() {
    let _turn = alone();
    let ledger = Ledger::default();
    let first = ring(&ledger, 2);
    let (outside, once, leaf) = (Node::new(&ledger), Node::new(&ledger), Gc::new(7_u64));
    first.link(&outside);
    assert!(first.once.set(once.clone()).is_ok());
    drop(first);
    drop(once);
    assert_eq!(Gc::strong_count(&outside), 2);
    assert_eq!(collect().reclaimed, 3);
    assert_eq!((Gc::strong_count(&outside), ledger.dropped()), (1, 3));
    assert_eq!(*leaf, 7);
}

#[test]
fn candidates_outlive_the_thread_that_registered_them() {
    let _turn = alone();
    let ledger = Ledger::default();
    let theirs = ledger.clone();
    let size = times(100, 20);
    thread::spawn(move || drop(ring(&theirs, size))).join().unwrap();
    assert_eq!(ledger.dropped(), 0);
    assert_eq!(collect().reclaimed, size);
    assert_eq!(ledger.dropped(), size);
}

#[test]
fn a_poisoned_lock_is_read_and_stays_poisoned() {
    let _turn = alone();
    let ledger = Ledger::default();
    let first = ring(&ledger, 2);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _guard = first.edges.lock();
        panic!("poison");
    }));
    assert!(panicked.is_err());
    collect();
    assert!(first.edges.is_poisoned());
    drop(first);
    assert_eq!(collect().reclaimed, 2);
}

/// A collection under a held lock frees nothing of it and does not wait.
#[test]
fn a_collection_under_a_held_lock_frees_nothing_behind_it() {
    let _turn = alone();
    let ledger = Ledger::default();
    let first = ring(&ledger, 3);
    let edges = first.edges.lock().unwrap();
    assert_eq!(collect().reclaimed, 0);
    assert_eq!((edges.len(), ledger.dropped()), (1, 0));
    drop(edges);
    let shared = first.shared.read().unwrap();
    assert_eq!(collect().reclaimed, 0);
    drop(shared);
    drop(first);
    assert_eq!(collect().reclaimed, 3);
}

/// A leaked guard makes what it guards kept by an external count until the value dies.
#[test]
fn a_leaked_guard_keeps_what_it_guards_until_the_value_dies() {
    let _turn = alone();
    let ledger = Ledger::default();
    let (hub, target) = (Node::new(&ledger), Node::new(&ledger));
    hub.link(&target);
    assert!(hub.once.set(hub.clone()).is_ok());
    std::mem::forget(hub.edges.lock().unwrap());
    drop(target);
    drop(hub);
    assert_eq!(collect().reclaimed, 1);
    assert_eq!(ledger.dropped(), 2);
}

#[test]
fn a_ring_with_a_long_tail_dies_on_a_flat_stack() {
    let _turn = alone();
    let ledger = Ledger::default();
    let first = ring(&ledger, 2);
    let mut tail = Node::new(&ledger);
    for _ in 0..times(100_000, 100) {
        let next = Node::new(&ledger);
        next.edges.lock().unwrap().push(tail);
        tail = next;
    }
    first.edges.lock().unwrap().push(tail);
    drop(first);
    assert_eq!(collect().reclaimed, times(100_000, 100) + 3);
    assert_eq!(ledger.dropped(), times(100_000, 100) + 3);
}

/// Builds a tree of `size` nodes in which each node also has a handle to the root. Returns the
/// root.
fn tree(ledger: &Ledger, size: usize) -> Gc<Node> {
    let nodes: Vec<_> = (0..size).map(|_| Node::new(ledger)).collect();
    for at in 1..size {
        nodes[(at - 1) / 2].link(&nodes[at]);
        nodes[at].link(&nodes[0]);
    }
    nodes[0].clone()
}

/// A live block does not keep the dead that are captured at the same time.
#[test]
fn live_blocks_do_not_keep_the_dead_of_the_same_walk() {
    let _turn = alone();
    let ledger = Ledger::default();
    let size = times(10_000, 40);
    let (live, dead) = (tree(&ledger, size), tree(&ledger, size));
    drop((live.clone(), dead));
    assert_eq!(collect().reclaimed, size);
    assert_eq!((ledger.dropped(), live.edges.lock().unwrap().len()), (size, 2));
    drop(live);
    assert_eq!(collect().reclaimed, size);
}

#[test]
fn guards_go_in_the_reverse_order_in_which_they_came() {
    let _turn = alone();
    #[derive(Trace)]
    struct Nested(Mutex<Vec<Mutex<Option<Gc<Nested>>>>>);
    let nested = Gc::new(Nested(Mutex::default()));
    drop(nested.clone());
    let theirs = nested.clone();
    let (stop, stopped) = channel();
    let other = thread::spawn(move || {
        while stopped.try_recv().is_err() {
            let mut list = theirs.0.lock().unwrap();
            *list = (0..3).map(|_| Mutex::new(Some(theirs.clone()))).collect();
        }
        theirs.0.lock().unwrap().clear();
    });
    for _ in 0..times(2000, 10) {
        collect();
    }
    stop.send(()).unwrap();
    other.join().unwrap();
    assert_eq!(Gc::strong_count(&nested), 1);
}

/// Records when its locks are taken and when they are released.
#[derive(Default)]
struct Noted {
    me: OnceLock<Gc<Noted>>,
    locks: [Mutex<()>; 3],
    log: Arc<Mutex<Vec<(usize, bool)>>>,
}

struct Noting<'a>(&'a Noted, usize, #[expect(dead_code)] MutexGuard<'a, ()>);

impl Deref for Noting<'_> {
    type Target = ();

    fn deref(&self) -> &() {
        &()
    }
}

impl Drop for Noting<'_> {
    fn drop(&mut self) {
        self.0.log.lock().unwrap().push((self.1, false));
    }
}

// SAFETY: the handle never changes once it is there, and is reported once.
unsafe impl Trace for Noted {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.me.trace(tracer);
        for (at, lock) in self.locks.iter().enumerate() {
            let guard = Noting(self, at, lock.try_lock().expect("no other thread takes it"));
            self.log.lock().unwrap().push((at, true));
            // SAFETY: the lock is this value's, and unlocking it runs no other code but the note.
            unsafe { tracer.lock(guard) };
        }
    }

    fn finalizer() -> Option<fn(&Self)> {
        // A value with a finalizer is traced in a commit as well.
        Some(|_| ())
    }
}

#[test]
fn what_was_locked_last_is_let_go_of_first_at_every_look() {
    let _turn = alone();
    let noted = Gc::new(Noted::default());
    assert!(noted.me.set(noted.clone()).is_ok());
    let log = noted.log.clone();
    drop(noted);
    assert_eq!(collect().reclaimed, 1);
    let one_look = [(0, true), (1, true), (2, true), (2, false), (1, false), (0, false)];
    let log = log.lock().unwrap();
    assert!(log.len() >= 3 * one_look.len(), "{log:?}");
    assert!(log.chunks(one_look.len()).all(|look| look == one_look), "{log:?}");
}

#[test]
fn dead_candidates_do_not_keep_their_memory_for_ever() {
    let _turn = alone();
    let ledger = Ledger::default();
    // Every one of these is registered and then dies by counting; no collection runs.
    let size = times(10_000, 1_200);
    for _ in 0..size {
        drop(Node::new(&ledger).clone());
    }
    assert_eq!(ledger.dropped(), size);
    assert!(
        sync::stats().young_candidates < 1_000,
        "{} entries wait",
        sync::stats().young_candidates
    );
}

#[test]
fn automatic_collections_bound_the_garbage() {
    let _turn = alone();
    sync::configure(Config::default().with_young_threshold(100).with_adaptive(false)).unwrap();
    let ledger = Ledger::default();
    let (size, bound) = (times(10_000, 600), times(1_000, 300));
    for _ in 0..size {
        drop(ring(&ledger, 1));
    }
    assert!(ledger.dropped() > size - bound, "{} of {size}", ledger.dropped());
    assert!(sync::stats().young.collections > 0);
}

#[test]
fn a_local_value_may_hold_shared_handles() {
    let _turn = alone();
    #[derive(Trace)]
    struct Local {
        me: std::cell::RefCell<Option<recyc::Gc<Local>>>,
        shared: Gc<Node>,
    }
    let ledger = Ledger::default();
    let node = Node::new(&ledger);
    let local = recyc::Gc::new(Local { me: Default::default(), shared: node.clone() });
    *local.me.borrow_mut() = Some(local.clone());
    assert_eq!(Gc::strong_count(&local.shared), 2);
    drop(local);
    assert_eq!(recyc::collect().reclaimed, 1);
    assert_eq!((Gc::strong_count(&node), ledger.dropped()), (1, 0));
    drop(node);
    assert_eq!(ledger.dropped(), 1);
}
