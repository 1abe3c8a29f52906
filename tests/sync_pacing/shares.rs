//! A full collection that new blocks run is done in shares, and loses nothing by that.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use recyc::sync::{self, Gc};
use recyc::{Config, Trace, Tracer};

use crate::{alone, elsewhere};

/// How many blocks one new block may trace of a full collection here.
const SHARE: usize = 1_000;
/// A window that is open when a share ends is read to its end.
const WINDOW: usize = 1_024;
/// The most values that one new block traces, or destroys, where no dead structure is larger than a
/// share.
const BOUND: usize = 2 * SHARE + WINDOW;
const LIVE: usize = 20 * SHARE;

/// How many values were traced, and how many destroyed.
static TRACED: AtomicUsize = AtomicUsize::new(0);
static DESTROYED: AtomicUsize = AtomicUsize::new(0);

#[derive(Trace)]
struct Node {
    next: Mutex<Option<Gc<Node>>>,
    traced: CountTraces,
    #[trace(skip)]
    destroyed: CountEnds,
}

struct CountTraces;

// SAFETY: it owns no handle, and reports none.
unsafe impl Trace for CountTraces {
    fn trace(&self, _: &mut Tracer<'_>) {
        TRACED.fetch_add(1, Relaxed);
    }
}

struct CountEnds;

impl Drop for CountEnds {
    fn drop(&mut self) {
        DESTROYED.fetch_add(1, Relaxed);
    }
}

fn node() -> Gc<Node> {
    Gc::new(Node { next: Mutex::default(), traced: CountTraces, destroyed: CountEnds })
}

fn link(from: &Gc<Node>, to: &Gc<Node>) {
    *from.next.lock().unwrap() = Some(to.clone());
}

/// New blocks run a full collection when the heap has grown a little, once `Config::automatic` is
/// set.
fn in_shares() -> Config {
    Config::manual()
        .with_young_threshold(100)
        .with_adaptive(false)
        .with_heap_growth(0.001)
        .with_automatic_work_limit(NonZeroUsize::new(SHARE))
}

/// Old candidates in rings of the given length. A new block runs a full collection when the heap
/// has grown a little.
fn old_rings(length: usize) -> Vec<Gc<Node>> {
    sync::configure(in_shares()).unwrap();
    let nodes: Vec<_> = (0..LIVE).map(|_| node()).collect();
    for ring in nodes.chunks(length) {
        ring.windows(2).for_each(|pair| link(&pair[0], &pair[1]));
        link(&ring[length - 1], &ring[0]);
    }
    for _ in 0..4 {
        nodes.iter().for_each(|one| drop(one.clone()));
        sync::collect();
    }
    assert!(sync::stats().old_candidates >= LIVE);
    sync::enable();
    nodes
}

fn full_collections() -> usize {
    sync::stats().full.collections
}

/// Makes blocks that live until `collections` full collections are over. Returns the blocks, and
/// the highest numbers of values traced and destroyed while one block was made.
fn make_until_full(collections: usize) -> (Vec<Gc<Node>>, usize, usize) {
    let (mut made, mut most_traced, mut most_destroyed) = (Vec::new(), 0, 0);
    let before = full_collections();
    while full_collections() < before + collections {
        let (traced, destroyed) = (TRACED.load(Relaxed), DESTROYED.load(Relaxed));
        made.push(node());
        most_traced = most_traced.max(TRACED.load(Relaxed) - traced);
        most_destroyed = most_destroyed.max(DESTROYED.load(Relaxed) - destroyed);
        assert!(made.len() < 2 * LIVE, "no full collection came to an end, {}", sync::stats());
    }
    (made, most_traced, most_destroyed)
}

/// Makes blocks that live until a full collection is under way, and not over.
fn begin_full() -> Vec<Gc<Node>> {
    let (mut made, traced, before) = (Vec::new(), TRACED.load(Relaxed), full_collections());
    while TRACED.load(Relaxed) < traced + 2 * SHARE {
        made.push(node());
        assert!(made.len() < LIVE, "no full collection began, {}", sync::stats());
    }
    assert_eq!(full_collections(), before, "the full collection is over at once");
    made
}

#[test]
fn one_new_traces_a_bounded_part_of_a_full_collection() {
    alone(|| {
        // The live heap is one structure.
        let live = old_rings(LIVE);
        let (made, traced, _) = make_until_full(2);
        assert!(0 < traced && traced <= BOUND, "{traced} traced by one new block");
        assert!(made.len() < LIVE, "{} made during two full collections", made.len());
        drop(live);
    });
}

#[test]
fn one_new_destroys_a_bounded_part_of_the_dead() {
    alone(|| {
        drop(old_rings(4));
        let before = DESTROYED.load(Relaxed);
        let (made, traced, destroyed) = make_until_full(1);
        assert_eq!(DESTROYED.load(Relaxed) - before, LIVE);
        assert!(
            traced <= BOUND && 0 < destroyed && destroyed <= BOUND,
            "{traced} traced, {destroyed} destroyed"
        );
        drop(made);
    });
}

#[test]
fn one_dead_structure_larger_than_a_share_is_reclaimed() {
    alone(|| {
        drop(old_rings(LIVE));
        let before = DESTROYED.load(Relaxed);
        let (made, _, destroyed) = make_until_full(1);
        assert_eq!(DESTROYED.load(Relaxed) - before, LIVE);
        assert!(destroyed <= BOUND, "{destroyed} destroyed by one new block");
        drop(made);
    });
}

#[test]
fn what_moves_between_two_shares_lives() {
    alone(|| {
        let live = old_rings(4);
        let rings = live.len() / 4;
        let mut kept: Vec<_> = live.chunks(4).map(|ring| ring[0].clone()).collect();
        drop(live);
        let (before, destroyed) = (full_collections(), DESTROYED.load(Relaxed));
        let mut made = Vec::new();
        // One handle leads to each ring at any time, and goes round with every new block.
        while full_collections() < before + 3 {
            made.push(node());
            for one in &mut kept {
                let next = one.next.lock().unwrap().clone().expect("a ring");
                *one = next;
            }
            if made.len() % 16 == 0 {
                // Now and then the handle goes into another value.
                let last = made.last().expect("just pushed");
                *last.next.lock().unwrap() = kept.pop();
                let back = last.next.lock().unwrap().take();
                kept.extend(back);
            }
        }
        assert_eq!((kept.len(), DESTROYED.load(Relaxed)), (rings, destroyed));
        drop(kept);
        drop(made);
        while sync::collect().reclaimed > 0 {}
        assert!(DESTROYED.load(Relaxed) - destroyed >= LIVE);
    });
}

#[test]
fn a_collection_between_two_shares_finds_all_that_is_dead() {
    alone(|| {
        for is_dead_before in [true, false] {
            let mut rings = Some(old_rings(4));
            if is_dead_before {
                rings = None;
            }
            let before = DESTROYED.load(Relaxed);
            let made = begin_full();
            drop(rings);
            sync::collect();
            assert_eq!(DESTROYED.load(Relaxed) - before, LIVE, "dead before: {is_dead_before}");
            drop(made);
        }
    });
}

#[test]
fn young_collections_between_two_shares_keep_no_full_one_away() {
    alone(|| {
        drop(old_rings(4));
        let (full, before) = (full_collections(), DESTROYED.load(Relaxed));
        let mut made = Vec::new();
        while full_collections() == full {
            made.push(node());
            if made.len() % 150 == 0 {
                sync::collect_young();
            }
            assert!(made.len() < LIVE, "no full collection came to an end, {}", sync::stats());
        }
        assert_eq!(DESTROYED.load(Relaxed) - before, LIVE);
    });
}

#[test]
fn candidates_between_two_shares_are_not_lost() {
    alone(|| {
        let live = old_rings(4);
        let made = begin_full();
        let stats = sync::stats();
        assert!(stats.old_candidates >= LIVE, "{stats}");
        sync::inspect::check_reachable(&live);
        sync::freeze();
        assert!(sync::frozen_count() >= LIVE);
        sync::unfreeze();
        let before = DESTROYED.load(Relaxed);
        drop(live);
        sync::collect();
        assert_eq!(DESTROYED.load(Relaxed) - before, LIVE);
        drop(made);
    });
}

#[test]
fn a_candidate_counts_once_while_survivors_are_released() {
    alone(|| {
        let live = old_rings(4);
        let (mut made, before) = (begin_full(), full_collections());
        while full_collections() == before {
            let stats = sync::stats();
            assert!((LIVE..=LIVE + made.len()).contains(&stats.old_candidates), "{stats}");
            made.push(node());
            assert!(made.len() < LIVE, "no full collection came to an end, {stats}");
        }
        drop((live, made));
    });
}

/// Windows have found values dead before the collection was given up. These are destroyed later.
#[test]
fn the_rest_of_a_given_up_collection_is_no_full_one() {
    alone(|| {
        drop(old_rings(4));
        let mut made = begin_full();
        sync::freeze();
        sync::disable();
        let (before, destroyed) = (sync::stats().full, DESTROYED.load(Relaxed));
        made.extend((0..SHARE).map(|_| node()));
        let report = sync::collect_if_needed().expect("the rest is due");
        let after = sync::stats().full;
        assert!(
            report.reclaimed > 0 && DESTROYED.load(Relaxed) - destroyed == report.reclaimed,
            "{report}"
        );
        assert_eq!(
            (after.collections, after.reclaimed),
            (before.collections, before.reclaimed + report.reclaimed)
        );
        sync::unfreeze();
    });
}

#[test]
fn threads_share_the_work_of_a_full_collection() {
    alone(|| {
        let live = old_rings(LIVE);
        let (before, traced) = (full_collections(), TRACED.load(Relaxed));
        let made = begin_full();
        let mut threads = 0;
        while full_collections() == before {
            threads += 1;
            // The first block of a thread runs what is due.
            elsewhere(|| (0..100).map(|_| node()).for_each(|one| link(&one, &one)));
            assert!(threads < LIVE, "no full collection came to an end, {}", sync::stats());
        }
        let traced = TRACED.load(Relaxed) - traced;
        assert!(threads > 1 && traced < 3 * LIVE, "{threads} threads, {traced} traced");
        drop((live, made));
    });
}

#[test]
fn memory_that_dies_between_two_shares_is_freed_before_the_end() {
    alone(|| {
        let live = old_rings(4);
        let made = begin_full();
        live.iter().for_each(|one| drop(one.next.lock().unwrap().take()));
        drop(live);
        let limit = NonZeroUsize::new(1).unwrap();
        // Gives the suspended collection up.
        sync::collect_step(limit);
        let stats = sync::stats();
        assert!(stats.live < made.len() + SHARE && stats.old_candidates < SHARE, "{stats}");
        drop(made);
    });
}

/// A value in a ring of one, with a handle to another value. Its type can be disposed.
#[derive(Trace)]
struct Owner {
    own: Mutex<Option<Gc<Owner>>>,
    target: Gc<Node>,
    #[trace(skip)]
    destroyed: CountEnds,
}

/// Old dead owners of handles to a value. A new block runs a full collection when the heap has
/// grown a little.
fn old_dead_owners(target: &Gc<Node>) {
    sync::configure(in_shares()).unwrap();
    let owner = || Owner { own: Mutex::default(), target: target.clone(), destroyed: CountEnds };
    let owners: Vec<_> = (0..LIVE).map(|_| Gc::new(owner())).collect();
    owners.iter().for_each(|one| *one.own.lock().unwrap() = Some(one.clone()));
    for _ in 0..4 {
        owners.iter().for_each(|one| drop(one.clone()));
        sync::collect();
    }
    drop(owners);
    sync::enable();
}

/// The handles of dropped values are counted in the shares between, and no longer when the
/// collection has ended.
#[test]
fn the_last_share_releases_what_the_dead_owned() {
    alone(|| {
        let target = node();
        old_dead_owners(&target);
        let (full, before) = (full_collections(), DESTROYED.load(Relaxed));
        let (mut made, mut late) = (Vec::new(), 0);
        while full_collections() == full {
            made.push(node());
            let left = LIVE - (DESTROYED.load(Relaxed) - before);
            let count = Gc::strong_count(&target);
            assert!(count > left, "{count} counts, and {left} owners that were not dropped");
            late = late.max(count - 1 - left);
            assert!(made.len() < LIVE, "no full collection came to an end, {}", sync::stats());
        }
        assert!(late > 0, "no count was left between two shares");
        assert_eq!((DESTROYED.load(Relaxed) - before, Gc::strong_count(&target)), (LIVE, 1));
    });
}

#[test]
fn an_explicit_collection_releases_what_the_dead_owned() {
    alone(|| {
        let target = node();
        old_dead_owners(&target);
        let (full, before, mut made) = (full_collections(), DESTROYED.load(Relaxed), Vec::new());
        let owners = || LIVE - (DESTROYED.load(Relaxed) - before);
        while Gc::strong_count(&target) - 1 == owners() {
            made.push(node());
            assert_eq!(
                full_collections(),
                full,
                "no collection was suspended with handles to release"
            );
        }
        sync::collect_step(NonZeroUsize::MIN);
        assert_eq!((Gc::strong_count(&target), owners()), (1, 0));
    });
}
