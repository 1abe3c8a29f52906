//! What the heap that threads share promises, one thread at a time or two that take turns.
#![cfg(not(loom))]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::thread;

use recyc::sync::{self, Background, Gc, Weak, collect};
use recyc::{Config, Disposer, Finalize, Trace, Tracer};

/// The tests share one heap, so those that count what a collection finds take turns.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let manual = Config { automatic: false, ..Config::default() };
    sync::configure(manual).unwrap();
    while collect().reclaimed > 0 {}
    turn
}

/// Counts the values that are gone.
#[derive(Clone, Default)]
struct Ledger(Arc<AtomicUsize>);

impl Ledger {
    fn dropped(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn guard(&self) -> Guard {
        Guard(self.0.clone(), None)
    }
}

/// A part of a value that notes when the value goes, and may do something more then.
struct Guard(Arc<AtomicUsize>, Option<Box<dyn Fn() + Send + Sync>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
        if let Some(action) = &self.1 {
            action();
        }
    }
}

#[derive(Trace)]
struct Node {
    edges: Mutex<Vec<Gc<Node>>>,
    shared: RwLock<Option<Gc<Node>>>,
    once: OnceLock<Gc<Node>>,
    #[trace(skip)]
    _guard: Guard,
}

impl Node {
    fn new(ledger: &Ledger) -> Gc<Self> {
        Self::with(ledger.guard())
    }

    fn with(guard: Guard) -> Gc<Self> {
        Gc::new(Self { edges: Mutex::default(), shared: RwLock::default(), once: OnceLock::new(), _guard: guard })
    }

    /// A node whose end runs `action`.
    fn then(ledger: &Ledger, action: impl Fn() + Send + Sync + 'static) -> Gc<Self> {
        Self::with(Guard(ledger.0.clone(), Some(Box::new(action))))
    }

    fn link(&self, target: &Gc<Self>) {
        self.edges.lock().unwrap().push(target.clone());
    }
}

/// A ring of nodes; the first.
fn ring(ledger: &Ledger, size: usize) -> Gc<Node> {
    let nodes: Vec<_> = (0..size).map(|_| Node::new(ledger)).collect();
    for at in 0..size {
        nodes[at].link(&nodes[(at + 1) % size]);
    }
    nodes[0].clone()
}

#[test]
fn a_dead_ring_is_collected() {
    let _turn = alone();
    for size in [1, 2, 3, 1000] {
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
fn a_ring_with_an_outside_handle_survives_any_number_of_collections() {
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
fn the_value_dies_with_its_last_handle_though_another_thread_has_registered_it() {
    let _turn = alone();
    let ledger = Ledger::default();
    let mine = Node::new(&ledger);
    let theirs = mine.clone();
    let (done, wait) = channel();
    let (stay, stayed) = channel::<()>();
    let other = thread::spawn(move || {
        drop(theirs); // registers with this thread, which lives on
        done.send(()).unwrap();
        stayed.recv().unwrap();
    });
    wait.recv().unwrap();
    drop(mine);
    assert_eq!(ledger.dropped(), 1);
    stay.send(()).unwrap();
    other.join().unwrap();
}

#[test]
fn candidates_outlive_the_thread_that_registered_them() {
    let _turn = alone();
    let ledger = Ledger::default();
    let theirs = ledger.clone();
    thread::spawn(move || drop(ring(&theirs, 100))).join().unwrap();
    assert_eq!(ledger.dropped(), 0);
    assert_eq!(collect().reclaimed, 100);
    assert_eq!(ledger.dropped(), 100);
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

#[test]
fn a_collection_under_a_held_lock_frees_nothing_of_it_and_does_not_wait() {
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

#[test]
fn a_leaked_guard_makes_what_it_guards_held_from_outside_until_the_value_dies() {
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
fn a_destructor_may_take_a_lock_that_another_thread_holds_while_it_collects() {
    let _turn = alone();
    let ledger = Ledger::default();
    let lock = Arc::new(Mutex::new(0));
    let theirs = lock.clone();
    let dead = Node::then(&ledger, move || *theirs.lock().unwrap() += 1);
    dead.link(&dead.clone());
    drop(dead);
    let held = lock.lock().unwrap();
    let other = thread::spawn(|| collect().reclaimed); // stops in the destructor, with no lock of the collector
    while ledger.dropped() == 0 {
        thread::yield_now();
    }
    assert_eq!(collect().reclaimed, 0);
    drop(held);
    assert_eq!(other.join().unwrap(), 1);
    assert_eq!(*lock.lock().unwrap(), 1);
}

#[test]
fn a_collection_asked_for_by_a_destructor_does_nothing_and_says_so() {
    let _turn = alone();
    let ledger = Ledger::default();
    let nested = Arc::new(Mutex::new(None));
    let theirs = nested.clone();
    let dead = Node::then(&ledger, move || *theirs.lock().unwrap() = Some(collect().nested));
    dead.link(&dead.clone());
    drop(dead);
    assert_eq!(collect().reclaimed, 1);
    assert_eq!(*nested.lock().unwrap(), Some(true));
}

#[test]
fn a_chain_of_any_length_dies_on_a_flat_stack() {
    let _turn = alone();
    let ledger = Ledger::default();
    let mut first = Node::new(&ledger);
    for _ in 0..100_000 {
        let next = Node::new(&ledger);
        next.edges.lock().unwrap().push(first);
        first = next;
    }
    drop(first);
    assert_eq!(ledger.dropped(), 100_001);
}

#[test]
fn a_ring_with_a_long_tail_dies_on_a_flat_stack() {
    let _turn = alone();
    let ledger = Ledger::default();
    let first = ring(&ledger, 2);
    let mut tail = Node::new(&ledger);
    for _ in 0..100_000 {
        let next = Node::new(&ledger);
        next.edges.lock().unwrap().push(tail);
        tail = next;
    }
    first.edges.lock().unwrap().push(tail);
    drop(first);
    assert_eq!(collect().reclaimed, 100_003);
    assert_eq!(ledger.dropped(), 100_003);
}

#[test]
fn get_mut_is_for_the_only_handle_of_any_kind() {
    let _turn = alone();
    let ledger = Ledger::default();
    let mut node = Node::new(&ledger);
    assert!(Gc::get_mut(&mut node).is_some());
    let other = node.clone();
    assert!(Gc::get_mut(&mut node).is_none());
    drop(other); // it is a candidate now, with an entry that has a pin
    assert_eq!(Gc::weak_count(&node), 0);
    assert!(Gc::get_mut(&mut node).is_some());
    let weak = Gc::downgrade(&node);
    assert!(Gc::get_mut(&mut node).is_none());
    assert!(weak.upgrade().is_some());
    assert!(Gc::get_mut(&mut node).is_none());
    drop(weak);
    assert!(Gc::get_mut(&mut node).is_some());
    collect();
    assert!(Gc::get_mut(&mut node).is_some());
}

#[test]
fn get_mut_does_not_hide_a_cycle_that_is_made_after_it() {
    let _turn = alone();
    let ledger = Ledger::default();
    let mut node = Node::new(&ledger);
    drop(node.clone());
    assert!(Gc::get_mut(&mut node).is_some());
    node.link(&node.clone());
    drop(node);
    assert_eq!(collect().reclaimed, 1);
    assert_eq!(ledger.dropped(), 1);
}

#[test]
fn a_block_that_was_under_mut_is_found_along_an_edge() {
    let _turn = alone();
    let ledger = Ledger::default();
    let (mut inner, outer) = (Node::new(&ledger), Node::new(&ledger));
    drop(inner.clone());
    assert!(Gc::get_mut(&mut inner).is_some());
    inner.link(&outer);
    outer.edges.lock().unwrap().push(inner); // moved, so nothing registers it again
    drop(outer);
    assert_eq!(collect().reclaimed, 2);
}

#[test]
fn try_unwrap_and_into_inner_take_the_value_of_the_last_handle() {
    let _turn = alone();
    let gc = Gc::new(String::from("whole"));
    let weak = Gc::downgrade(&gc);
    let other = gc.clone();
    let gc = Gc::try_unwrap(gc).unwrap_err();
    assert_eq!(Gc::into_inner(other), None);
    assert_eq!(Gc::try_unwrap(gc).unwrap(), "whole");
    assert!(weak.upgrade().is_none());
    assert_eq!((weak.strong_count(), weak.weak_count()), (0, 0));
}

#[test]
fn into_inner_gives_the_value_to_exactly_one_thread() {
    let _turn = alone();
    for _ in 0..200 {
        let gc = Gc::new(String::from("one"));
        let other = gc.clone();
        let theirs = thread::spawn(move || Gc::into_inner(other).is_some());
        let mine = Gc::into_inner(gc).is_some();
        assert!(mine != theirs.join().unwrap());
    }
}

#[test]
fn make_mut_clones_moves_or_leaves_in_place() {
    let _turn = alone();
    let mut mine = Gc::new(vec![1]);
    let place = Gc::as_ptr(&mine);
    Gc::make_mut(&mut mine).push(2);
    assert_eq!(Gc::as_ptr(&mine), place);
    let yours = mine.clone();
    Gc::make_mut(&mut mine).push(3);
    assert_eq!((&*mine, &*yours), (&vec![1, 2, 3], &vec![1, 2]));
    let weak = Gc::downgrade(&mine);
    Gc::make_mut(&mut mine).push(4);
    assert!(weak.upgrade().is_none());
    assert_eq!(*mine, [1, 2, 3, 4]);
    assert_eq!(Gc::unwrap_or_clone(yours), [1, 2]);
}

#[test]
fn a_weak_handle_ends_with_the_value_and_counts_itself() {
    let _turn = alone();
    let ledger = Ledger::default();
    let first = ring(&ledger, 2);
    let weak = Gc::downgrade(&first);
    let more = weak.clone();
    assert_eq!((Gc::weak_count(&first), weak.strong_count()), (2, 2));
    assert!(weak.ptr_eq(&more) && Gc::ptr_eq(&more.upgrade().unwrap(), &first));
    drop(first);
    assert_eq!(collect().reclaimed, 2);
    assert!(weak.upgrade().is_none() && more.upgrade().is_none());
    assert_eq!((weak.strong_count(), weak.weak_count()), (0, 0));
    assert!(Weak::<u8>::new().upgrade().is_none());
}

#[test]
fn no_member_of_a_dead_cycle_can_be_upgraded_from_a_destructor() {
    let _turn = alone();
    let ledger = Ledger::default();
    let weaks = Arc::new(Mutex::new(Vec::<Weak<Node>>::new()));
    let found = Arc::new(AtomicUsize::new(0));
    let nodes: Vec<_> = (0..3)
        .map(|_| {
            let (weaks, found) = (weaks.clone(), found.clone());
            Node::then(&ledger, move || {
                let alive = weaks.lock().unwrap().iter().filter(|weak| weak.upgrade().is_some()).count();
                found.fetch_add(alive, Ordering::SeqCst);
            })
        })
        .collect();
    for at in 0..3 {
        nodes[at].link(&nodes[(at + 1) % 3]);
        weaks.lock().unwrap().push(Gc::downgrade(&nodes[at]));
    }
    drop(nodes);
    assert_eq!(collect().reclaimed, 3);
    assert_eq!((found.load(Ordering::SeqCst), ledger.dropped()), (0, 3));
}

#[test]
fn a_value_knows_itself_from_the_start() {
    let _turn = alone();
    #[derive(Trace)]
    struct Me(Weak<Me>, OnceLock<Gc<Me>>);
    let me = Gc::new_cyclic(|me| {
        assert!(me.upgrade().is_none());
        Me(me.clone(), OnceLock::new())
    });
    assert!(Gc::ptr_eq(&me.0.upgrade().unwrap(), &me));
    assert!(me.1.set(me.clone()).is_ok());
    let weak = Gc::downgrade(&me);
    drop(me);
    assert_eq!(collect().reclaimed, 1);
    assert!(weak.upgrade().is_none());
    let escaped = Mutex::new(None);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        Gc::new_cyclic(|me: &Weak<Me>| {
            *escaped.lock().unwrap() = Some(me.clone());
            panic!("no value");
        })
    }));
    assert!(panicked.is_err() && escaped.lock().unwrap().as_ref().unwrap().upgrade().is_none());
}

#[test]
fn raw_pointers_keep_their_count_and_may_lose_their_type() {
    let _turn = alone();
    let gc = Gc::new(5_u32);
    let pointer = Gc::into_raw(gc.clone());
    assert_eq!(Gc::strong_count(&gc), 2);
    // SAFETY: the pointer came from `into_raw`, and is turned back once, as an unsized view.
    let any: Gc<dyn std::any::Any + Send + Sync> = unsafe { Gc::from_raw(pointer as *const _) };
    assert_eq!(any.downcast_ref::<u32>(), Some(&5));
    drop(gc);
    assert_eq!(Gc::strong_count(&any), 1);
}

#[derive(Trace)]
#[trace(finalize)]
struct Last {
    peer: Mutex<Option<Gc<Last>>>,
    #[trace(skip)]
    words: Box<dyn Fn(&Last) + Send + Sync>,
    #[trace(skip)]
    _guard: Guard,
}

impl Finalize for Last {
    fn finalize(&self) {
        (self.words)(self);
    }
}

impl Last {
    fn new(ledger: &Ledger, words: impl Fn(&Self) + Send + Sync + 'static) -> Gc<Self> {
        Gc::new(Self { peer: Mutex::default(), words: Box::new(words), _guard: ledger.guard() })
    }
}

#[test]
fn finalizers_see_a_whole_neighbour_and_run_once() {
    let _turn = alone();
    let ledger = Ledger::default();
    let calls = Arc::new(AtomicUsize::new(0));
    let words = |calls: Arc<AtomicUsize>, ledger: Ledger| {
        move |this: &Last| {
            assert!(this.peer.lock().unwrap().as_ref().is_some_and(|peer| peer.peer.lock().unwrap().is_some()));
            assert_eq!(ledger.dropped(), 0);
            calls.fetch_add(1, Ordering::SeqCst);
        }
    };
    let a = Last::new(&ledger, words(calls.clone(), ledger.clone()));
    let b = Last::new(&ledger, words(calls.clone(), ledger.clone()));
    *a.peer.lock().unwrap() = Some(b.clone());
    *b.peer.lock().unwrap() = Some(a.clone());
    drop((a, b));
    assert_eq!(collect().reclaimed, 2);
    assert_eq!((calls.load(Ordering::SeqCst), ledger.dropped()), (2, 2));
    // By counting as well.
    let calls_before = calls.clone();
    let lone = Last::new(&ledger, move |_| _ = calls_before.fetch_add(1, Ordering::SeqCst));
    drop(lone.clone());
    drop(lone);
    assert_eq!((calls.load(Ordering::SeqCst), ledger.dropped()), (3, 3));
}

#[test]
fn what_a_finalizer_saves_lives_on_and_dies_without_another_call() {
    let _turn = alone();
    let ledger = Ledger::default();
    let saved: Arc<Mutex<Option<Gc<Last>>>> = Arc::default();
    let calls = Arc::new(AtomicUsize::new(0));
    let (place, count) = (saved.clone(), calls.clone());
    let a = Last::new(&ledger, move |this| {
        count.fetch_add(1, Ordering::SeqCst);
        *place.lock().unwrap() = this.peer.lock().unwrap().clone();
    });
    *a.peer.lock().unwrap() = Some(a.clone());
    drop(a);
    let found = collect();
    assert_eq!((found.reclaimed, found.resurrected, ledger.dropped()), (0, 1, 0));
    assert!(saved.lock().unwrap().take().is_some());
    assert_eq!(collect().reclaimed, 1);
    assert_eq!((calls.load(Ordering::SeqCst), ledger.dropped()), (1, 1));
}

#[test]
fn a_finalizer_may_take_the_dead_apart() {
    let _turn = alone();
    let ledger = Ledger::default();
    let words = |this: &Last| drop(this.peer.lock().unwrap().take());
    let (a, b) = (Last::new(&ledger, words), Last::new(&ledger, words));
    *a.peer.lock().unwrap() = Some(b.clone());
    *b.peer.lock().unwrap() = Some(a.clone());
    drop((a, b));
    collect();
    assert_eq!(ledger.dropped(), 2);
}

#[test]
fn a_chain_of_finalizers_runs_on_a_flat_stack() {
    let _turn = alone();
    let ledger = Ledger::default();
    let words = |this: &Last| drop(this.peer.lock().unwrap().take());
    let mut first = Last::new(&ledger, words);
    for _ in 0..20_000 {
        let next = Last::new(&ledger, words);
        *next.peer.lock().unwrap() = Some(first);
        first = next;
    }
    drop(first);
    assert_eq!(ledger.dropped(), 20_001);
}

#[test]
fn a_panic_in_a_destructor_reaches_the_caller_after_all_others_have_run() {
    let _turn = alone();
    let ledger = Ledger::default();
    let nodes: Vec<_> = (0..5).map(|_| Node::then(&ledger, || panic!("in a destructor"))).collect();
    for at in 0..5 {
        nodes[at].link(&nodes[(at + 1) % 5]);
    }
    drop(nodes);
    assert!(catch_unwind(collect).is_err());
    assert_eq!(ledger.dropped(), 5);
    drop(ring(&ledger, 2));
    assert_eq!(collect().reclaimed, 2);
}

/// Panics when it is traced for the first time, under its lock.
struct Shy(Mutex<Option<Gc<Shy>>>, AtomicUsize);

// SAFETY: the lock belongs to this value, and what is behind it is reported once, with the lock taken; nothing else is.
unsafe impl Trace for Shy {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Ok(guard) = self.0.try_lock() {
            // SAFETY: the lock is this value's, and unlocking it runs no other code.
            unsafe { tracer.lock(guard) };
            assert!(self.1.fetch_add(1, Ordering::SeqCst) > 0, "too shy");
        }
    }

    unsafe fn dispose(&mut self, _: &Disposer) {}
}

#[test]
fn a_panic_in_trace_gives_the_collection_up_and_leaves_no_lock_poisoned_or_taken() {
    let _turn = alone();
    let shy = Gc::new(Shy(Mutex::default(), AtomicUsize::new(0)));
    *shy.0.lock().unwrap() = Some(shy.clone());
    let weak = Gc::downgrade(&shy);
    drop(shy.clone());
    assert!(catch_unwind(collect).is_err());
    assert!(shy.0.try_lock().is_ok());
    drop(shy);
    assert_eq!(collect().reclaimed, 1);
    assert!(weak.upgrade().is_none());
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
    for _ in 0..2000 {
        collect();
    }
    stop.send(()).unwrap();
    other.join().unwrap();
    assert_eq!(Gc::strong_count(&nested), 1);
}

#[test]
fn dead_candidates_do_not_keep_their_memory_for_ever() {
    let _turn = alone();
    let ledger = Ledger::default();
    // Every one of these is registered and then dies by counting; no collection runs.
    for _ in 0..10_000 {
        drop(Node::new(&ledger).clone());
    }
    assert_eq!(ledger.dropped(), 10_000);
    assert!(sync::stats().young_candidates < 1_000, "{} entries wait", sync::stats().young_candidates);
}

#[test]
fn automatic_collections_bound_the_garbage() {
    let _turn = alone();
    sync::configure(Config { young_threshold: 100, adaptive: false, ..Config::default() }).unwrap();
    let ledger = Ledger::default();
    for _ in 0..10_000 {
        drop(ring(&ledger, 1));
    }
    assert!(ledger.dropped() > 9_000, "{} of 10,000", ledger.dropped());
    assert!(sync::stats().minor.collections > 0);
}

#[test]
fn with_a_background_thread_no_destructor_of_a_dead_cycle_runs_in_new() {
    let _turn = alone();
    sync::configure(Config { young_threshold: 50, adaptive: false, ..Config::default() }).unwrap();
    let background = Background::start().unwrap();
    let lock = Arc::new(Mutex::new(0));
    let ledger = Ledger::default();
    let held = lock.lock().unwrap();
    for _ in 0..1_000 {
        let theirs = lock.clone();
        let node = Node::then(&ledger, move || *theirs.lock().unwrap() += 1);
        node.link(&node.clone()); // a destructor in `Gc::new` would wait for this very thread
    }
    drop(held);
    drop(background); // waits for the collection that runs
    sync::configure(Config::manual()).unwrap();
    collect();
    assert_eq!((ledger.dropped(), *lock.lock().unwrap()), (1_000, 1_000));
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

/// Drops what it holds by ordinary glue.
#[derive(Trace)]
#[trace(unsafe_drop)]
struct Glued {
    edges: Mutex<Vec<Gc<Glued>>>,
    outside: Mutex<Option<Gc<Node>>>,
    #[trace(skip)]
    guard: Guard,
}

impl Drop for Glued {
    fn drop(&mut self) {
        self.guard.0.fetch_add(10, Ordering::SeqCst);
    }
}

#[test]
fn values_that_cannot_be_disposed_are_dropped_once() {
    let _turn = alone();
    let (ledger, nodes) = (Ledger::default(), Ledger::default());
    let glued: Vec<_> = (0..3)
        .map(|_| {
            let outside = Mutex::new(Some(Node::new(&nodes)));
            Gc::new(Glued { edges: Mutex::default(), outside, guard: ledger.guard() })
        })
        .collect();
    for from in &glued {
        from.edges.lock().unwrap().extend(glued.iter().cloned());
    }
    assert!(glued[0].outside.lock().unwrap().is_some());
    drop(glued);
    assert_eq!(collect().reclaimed, 6);
    assert_eq!((ledger.dropped(), nodes.dropped()), (33, 3));
}

#[test]
fn stats_know_how_many_blocks_there_are() {
    let _turn = alone();
    let before = sync::stats().live;
    let ledger = Ledger::default();
    let theirs = ledger.clone();
    let nodes = thread::spawn(move || (0..10).map(|_| Node::new(&theirs)).collect::<Vec<_>>()).join().unwrap();
    assert_eq!(sync::stats().live, before + 10);
    drop(nodes);
    assert_eq!(sync::stats().live, before);
}

#[test]
fn handles_are_as_wide_as_a_pointer_and_cross_threads() {
    const fn crosses<T: Send + Sync>() {}
    crosses::<Gc<Node>>();
    crosses::<Weak<Node>>();
    assert_eq!(size_of::<Gc<Node>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Gc<Node>>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Weak<Node>>>(), size_of::<usize>());
}
