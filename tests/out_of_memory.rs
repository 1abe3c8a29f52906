//! A collection that gets no memory is given up, and the next one finds what it would have found.
//!
//! The allocator of these tests fails at the k-th call inside a collection, and at all later ones,
//! for every k until the collection needs no more than that. Nothing may abort and nothing may be
//! lost.

use std::cell::{Cell, RefCell};
use std::thread;

use drops::{Drops, Guard};
use failing_allocator::{ONCE, with_memory_for};
use recyc::{Config, Finalize, Gc, GcCell, Leaf, Trace, Weak};

#[path = "support/drops.rs"]
mod drops;
#[path = "support/failing_allocator.rs"]
mod failing_allocator;

#[derive(Trace)]
struct Node {
    edges: RefCell<Vec<Gc<Node>>>,
    _guard: Leaf<Guard>,
}

#[derive(Trace)]
#[trace(finalize)]
struct Session {
    me: Weak<Session>,
    peer: GcCell<Option<Gc<Session>>>,
    data: GcCell<Option<Gc<Node>>>,
    _guard: Leaf<Guard>,
}

impl Finalize for Session {
    fn finalize(&self) {
        drop(self.peer.get().filter(|_| REGISTERS.get()));
        // Cuts the ring: every member is a dead ring of its own now.
        self.peer.set(self.me.upgrade());
        // A value that only dead values reach now must be captured by the second decision.
        MOVED.with_borrow_mut(|moved| self.data.set(moved.take()));
    }
}

thread_local! {
    /// Whether finalizers register their neighbours.
    static REGISTERS: Cell<bool> = const { Cell::new(false) };
    /// The handle that the first finalizer moves into its value.
    static MOVED: RefCell<Option<Gc<Node>>> = const { RefCell::new(None) };
    /// Weak handles to all sessions.
    static SESSIONS: RefCell<Vec<Weak<Session>>> = const { RefCell::new(Vec::new()) };
}

fn node(drops: &Drops) -> Gc<Node> {
    Gc::new(Node { edges: RefCell::default(), _guard: drops.guard() })
}

/// The graph that one test collects.
#[derive(Clone, Copy)]
struct Scene {
    /// Builds garbage and returns what stays alive.
    build: fn(&Drops) -> Vec<Gc<Node>>,
    collection: fn() -> recyc::CollectionReport,
}

/// Plays the scene for every k; asserts that what a collection with little memory leaves is found
/// by one with enough.
fn nothing_is_lost(scene: Scene) {
    // A thread of its own for each k: a heap keeps the buffers that it once had.
    let has_failed =
        |calls| thread::spawn(move || play(&scene, calls)).join().expect("nothing is lost");
    assert!(
        (0..).take_while(|&calls| has_failed(calls)).count() > 0,
        "the collection needs memory"
    );
}

/// Runs a scene in which allocations succeed again after the call that fails.
fn nothing_is_lost_by_one_refusal(scene: Scene) {
    let play_once = move |calls| {
        ONCE.set(true);
        play(&scene, calls)
    };
    let has_failed =
        |calls| thread::spawn(move || play_once(calls)).join().expect("nothing is lost");
    assert!(
        (0..).take_while(|&calls| has_failed(calls)).count() > 0,
        "the collection needs memory"
    );
}

/// Returns whether the collection would have needed more than `calls` calls to the allocator.
fn play(scene: &Scene, calls: usize) -> bool {
    let drops = Drops::default();
    recyc::configure(Config::manual()).expect("a valid Config");
    let kept = (scene.build)(&drops);
    let (failed, report) = with_memory_for(calls, scene.collection);
    recyc::inspect::check();
    assert!(!report.abandoned || failed > 0);
    assert!(drops.live() >= kept.len());
    recyc::collect();
    assert_eq!(recyc::stats().live, drops.live());
    drop(kept);
    recyc::collect();
    assert_eq!((drops.live(), recyc::stats().live), (0, 0), "lost with {calls} calls: {report}");
    failed > 0
}

/// A ring of `count` nodes.
fn ring(drops: &Drops, count: usize) -> Vec<Gc<Node>> {
    let all: Vec<_> = (0..count).map(|_| node(drops)).collect();
    for at in 0..count {
        all[at].edges.borrow_mut().push(all[(at + 1) % count].clone());
    }
    all
}

/// Builds a ring by moves: no handle was ever dropped to any of its blocks but the returned one.
fn quiet_ring(drops: &Drops, count: usize) -> Gc<Node> {
    let last = node(drops);
    let first = (1..count).fold(last.clone(), |next, _| {
        let one = node(drops);
        one.edges.borrow_mut().push(next);
        one
    });
    last.edges.borrow_mut().push(first);
    last
}

#[test]
fn a_ring_that_hangs_on_one_candidate() {
    nothing_is_lost(Scene {
        build: |drops| {
            drop(quiet_ring(drops, 10_000));
            ring(drops, 100)
        },
        collection: recyc::collect,
    });
}

#[test]
fn many_rings_with_living_neighbours() {
    nothing_is_lost(Scene {
        build: |drops| {
            let kept = ring(drops, 50);
            for at in 0..500 {
                ring(drops, 3)[0].edges.borrow_mut().push(kept[at % 50].clone());
            }
            kept
        },
        collection: recyc::collect,
    });
}

#[test]
fn a_young_collection_that_leaves_old_blocks_out() {
    nothing_is_lost(Scene {
        build: |drops| {
            let old = ring(drops, 200);
            for _ in 0..3 {
                old.iter().for_each(|one| drop(one.clone()));
                recyc::collect();
            }
            for at in 0..300 {
                let young = ring(drops, 2);
                young[0].edges.borrow_mut().push(old[at % 200].clone());
                old[at % 200].edges.borrow_mut().push(young[1].clone());
                drop(young[1].clone());
                if at % 3 == 0 {
                    old[at % 200].edges.borrow_mut().truncate(1);
                }
            }
            old
        },
        collection: recyc::collect_young,
    });
}

#[test]
fn many_old_candidates_most_of_which_die() {
    nothing_is_lost(Scene {
        build: |drops| {
            let old: Vec<_> = (0..3_000).map(|_| ring(drops, 1).remove(0)).collect();
            for _ in 0..3 {
                old.iter().for_each(|one| drop(one.clone()));
                recyc::collect();
            }
            old.iter().for_each(|one| drop(one.clone()));
            old.into_iter().take(10).collect()
        },
        collection: recyc::collect,
    });
}

#[test]
fn a_survivor_beside_too_many_old_candidates_stays_one() {
    let build: fn(&Drops) -> Vec<Gc<Node>> = |drops| {
        let old: Vec<_> = (0..2_000).map(|_| node(drops)).collect();
        for _ in 0..3 {
            old.iter().for_each(|one| drop(one.clone()));
            recyc::collect();
        }
        // An old block and a young one hold each other, and no handle to either was ever dropped
        // since.
        let (young, dead) = (node(drops), node(drops));
        old[0].edges.borrow_mut().push(young.clone());
        let mut old = old;
        young.edges.borrow_mut().push(old.swap_remove(0));
        dead.edges.borrow_mut().extend(old.iter().cloned());
        dead.edges.borrow_mut().extend([young, dead.clone()]);
        old
    };
    nothing_is_lost(Scene { build, collection: recyc::collect_young });
    nothing_is_lost_by_one_refusal(Scene { build, collection: recyc::collect_young });
}

#[test]
fn more_handles_than_there_are_captured_blocks() {
    let build: fn(&Drops) -> Vec<Gc<Node>> = |drops| {
        let (hub, first, second) = (node(drops), node(drops), node(drops));
        first.edges.borrow_mut().push(second.clone());
        second.edges.borrow_mut().push(first.clone());
        drop(first.clone());
        hub.edges.borrow_mut().extend(std::iter::repeat_n(first, 100));
        hub.edges.borrow_mut().push(second);
        ring(drops, 2);
        vec![hub]
    };
    nothing_is_lost_by_one_refusal(Scene { build, collection: recyc::collect });
}

/// The number of held blocks is the first capacity of the list of survivors, so that the list must
/// grow for the first of the two others.
#[test]
fn two_that_are_held_by_many_that_are_held() {
    let build: fn(&Drops) -> Vec<Gc<Node>> = |drops| {
        let (first, second) = (node(drops), node(drops));
        second.edges.borrow_mut().push(first.clone());
        let held: Vec<_> = (0..64).map(|_| node(drops)).collect();
        for one in &held {
            one.edges.borrow_mut().extend(std::iter::repeat_n(first.clone(), 3));
            drop(one.clone());
        }
        held[0].edges.borrow_mut().push(second);
        ring(drops, 2);
        held
    };
    nothing_is_lost(Scene { build, collection: recyc::collect });
    nothing_is_lost_by_one_refusal(Scene { build, collection: recyc::collect });
}

#[test]
fn a_large_young_buffer_that_is_given_back() {
    // The collection takes over the memory of the 40,000 young candidates, and needs more.
    let build = |drops: &Drops| {
        (0..20_000).for_each(|_| drop(quiet_ring(drops, 4)));
        Vec::new()
    };
    nothing_is_lost(Scene { build, collection: recyc::collect });
    nothing_is_lost_by_one_refusal(Scene { build, collection: recyc::collect });
}

/// A ring of sessions with one candidate.
fn ring_of_sessions(drops: &Drops) {
    let session = |peer| {
        let session = Gc::new_cyclic(|me: &Weak<Session>| Session {
            me: me.clone(),
            peer: GcCell::new(peer),
            data: GcCell::default(),
            _guard: drops.guard(),
        });
        SESSIONS.with_borrow_mut(|all| all.push(Gc::downgrade(&session)));
        session
    };
    let last = session(None);
    let first = (1..50).fold(last.clone(), |next, _| session(Some(next)));
    last.peer.set(Some(first));
}

/// Rings of them, and something large for the first finalizer to move.
fn sessions(drops: &Drops) -> Vec<Gc<Node>> {
    (0..10).for_each(|_| ring_of_sessions(drops));
    MOVED.set(Some(quiet_ring(drops, 5_000)));
    Vec::new()
}

#[test]
fn the_dead_whose_finalizers_have_run() {
    nothing_is_lost(Scene { build: sessions, collection: recyc::collect });
}

#[test]
fn the_dead_whose_finalizers_have_registered_them() {
    let build = |drops: &Drops| {
        REGISTERS.set(true);
        sessions(drops)
    };
    nothing_is_lost(Scene { build, collection: recyc::collect });
}

/// They are put back while there is memory again, and are in one list only.
#[test]
fn the_dead_that_finalizers_registered_after_one_refusal() {
    let build = |drops: &Drops| {
        REGISTERS.set(true);
        sessions(drops)
    };
    nothing_is_lost_by_one_refusal(Scene { build, collection: recyc::collect });
}

/// More candidates than the young buffer has room for wait then.
#[test]
fn a_limited_step_after_a_collection_without_memory() {
    let play = |calls| {
        let drops = Drops::default();
        recyc::configure(Config::manual()).expect("a valid Config");
        sessions(&drops);
        let (failed, _) = with_memory_for(calls, recyc::collect);
        let step = recyc::collect_step(std::num::NonZeroUsize::MIN);
        assert!(!step.abandoned, "there is memory again");
        recyc::inspect::check();
        recyc::collect();
        assert_eq!((drops.live(), recyc::stats().live), (0, 0), "lost with {calls} calls");
        failed > 0
    };
    let has_failed = |calls| thread::spawn(move || play(calls)).join().expect("nothing is lost");
    assert!(
        (0..).take_while(|&calls| has_failed(calls)).count() > 0,
        "the collection needs memory"
    );
}

/// Candidates for which no list had room come first in the next collection, and their number may be
/// above its limit. They have external handles, so that there is something to mark.
#[test]
fn a_limited_step_after_a_collection_both_without_memory() {
    let play = |calls, calls_of_step, limit| {
        let drops = Drops::default();
        recyc::configure(Config::manual()).expect("a valid Config");
        for _ in 0..4 {
            ring_of_sessions(&drops);
        }
        let members = SESSIONS.take();
        let (failed, _) = with_memory_for(calls, recyc::collect);
        let held: Vec<_> = members.iter().filter_map(Weak::upgrade).collect();
        ONCE.set(true);
        let limit = std::num::NonZeroUsize::new(limit).expect("not zero");
        let (step_failed, _) = with_memory_for(calls_of_step, || recyc::collect_step(limit));
        recyc::inspect::check();
        held.iter().for_each(|session| drop(session.peer.take()));
        drop(held);
        recyc::collect();
        assert_eq!(
            (drops.live(), recyc::stats().live),
            (0, 0),
            "lost with {calls} calls, then {calls_of_step}"
        );
        failed > 0 && step_failed > 0
    };
    let has_failed = |calls, calls_of_step, limit| {
        thread::spawn(move || play(calls, calls_of_step, limit)).join().expect("nothing is lost")
    };
    for limit in [1, 2, 7] {
        for calls in 0..20 {
            (0..).take_while(|&calls_of_step| has_failed(calls, calls_of_step, limit)).count();
        }
    }
}

/// Candidates for which no list had room are in no list. A session whose finalizer is called only
/// now gets a handle to itself and lives until the next collection.
#[test]
fn the_dead_of_a_refused_collection_may_die_by_counting() {
    let play = |calls| {
        let drops = Drops::default();
        recyc::configure(Config::manual()).expect("a valid Config");
        sessions(&drops);
        let members = SESSIONS.take();
        let (failed, _) = with_memory_for(calls, recyc::collect);
        for member in members.iter().step_by(2).filter_map(Weak::upgrade) {
            drop((member.peer.take(), member.data.take()));
        }
        recyc::inspect::check();
        recyc::collect();
        assert_eq!((drops.live(), recyc::stats().live), (0, 0), "lost with {calls} calls");
        failed > 0
    };
    let has_failed = |calls| thread::spawn(move || play(calls)).join().expect("nothing is lost");
    assert!(
        (0..).take_while(|&calls| has_failed(calls)).count() > 0,
        "the collection needs memory"
    );
}

#[test]
fn the_dead_of_a_limited_step() {
    nothing_is_lost(Scene {
        build: |drops| {
            for _ in 0..300 {
                drop(ring(drops, 7));
            }
            ring(drops, 10)
        },
        collection: || recyc::collect_step(std::num::NonZeroUsize::new(1_000).expect("not zero")),
    });
}

#[test]
fn a_callback_is_told_without_memory() {
    thread_local!(static TOLD: Cell<usize> = const { Cell::new(0) });
    let play = || {
        let callbacks: Vec<_> =
            (0..3).map(|_| recyc::on_collection(|_| TOLD.set(TOLD.get() + 1))).collect();
        let (_, report) = with_memory_for(0, recyc::collect);
        assert!(!report.nested);
        assert_eq!(TOLD.get(), 6);
        drop(callbacks);
    };
    thread::spawn(play).join().expect("nothing aborts");
}

/// A drop without memory for its registration leaves it to the next drop.
#[test]
fn a_drop_that_cannot_register_leaves_it_to_the_next_drop() {
    let play = || {
        recyc::configure(Config::manual()).expect("a valid Config");
        let drops = Drops::default();
        // The first candidate of a thread needs a buffer.
        let one = ring(&drops, 1).remove(0);
        let again = one.clone();
        let (failed, ()) = with_memory_for(0, || drop(again));
        assert!(failed > 0);
        assert_eq!(recyc::inspect::candidates().len(), 0);
        drop(one);
        assert_eq!(recyc::collect().reclaimed, 1);
        assert_eq!(drops.live(), 0);
    };
    thread::spawn(play).join().expect("nothing is lost");
}

#[test]
fn freezing_without_memory_loses_no_candidate() {
    let play = || {
        for calls in 0.. {
            recyc::configure(Config::manual()).expect("a valid Config");
            let drops = Drops::default();
            for _ in 0..100 {
                drop(ring(&drops, 2));
            }
            let (failed, ()) = with_memory_for(calls, recyc::freeze);
            let (failed_too, ()) = with_memory_for(calls, recyc::unfreeze);
            recyc::inspect::check();
            recyc::unfreeze();
            assert_eq!(recyc::collect().reclaimed, 200);
            if failed + failed_too == 0 {
                return;
            }
        }
    };
    thread::spawn(play).join().expect("nothing is lost");
}

#[derive(Trace)]
struct Nest {
    inner: Option<Box<Nest>>,
    me: GcCell<Option<Gc<Nest>>>,
    _guard: Leaf<Guard>,
}

#[test]
fn a_deep_value_is_traced_and_destroyed_without_memory() {
    fn has_failed(calls: usize) -> bool {
        recyc::configure(Config::manual()).expect("a valid Config");
        let drops = Drops::default();
        let nest = |inner| Nest { inner, me: GcCell::new(None), _guard: drops.guard() };
        let value = Gc::new((0..200).fold(nest(None), |inner, _| nest(Some(Box::new(inner)))));
        value.me.set(Some(value.clone()));
        assert!(value.inner.is_some());
        drop(value);
        let (failed, report) = with_memory_for(calls, recyc::collect);
        assert_eq!(drops.live(), if report.reclaimed == 1 { 0 } else { 201 });
        recyc::collect();
        assert_eq!((drops.live(), recyc::stats().live), (0, 0));
        failed > 0
    }

    // A thread for each number, as a heap keeps its buffers.
    let play = |calls: &usize| {
        let calls = *calls;
        thread::spawn(move || has_failed(calls)).join().expect("nothing is lost")
    };
    assert!((0..).take_while(play).count() > 2, "both lists need memory");
}
