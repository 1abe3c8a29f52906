//! How often payloads make collections run, for either heap.

use recyc::{Config, Stats};

use super::kind::{Gc, RefCell, Trace, collect, collect_young, configure};
use crate::{MIB, peak};

#[derive(Trace)]
struct Knot {
    other: RefCell<Option<Gc<Knot>>>,
    payload: RefCell<Vec<u8>>,
}

fn knot(bytes: usize) -> Gc<Knot> {
    let one = Gc::new(Knot { other: RefCell::new(None), payload: RefCell::new(vec![0; bytes]) });
    *one.other.borrow_mut() = Some(one.clone());
    one
}

fn stats() -> Stats {
    if super::kind::SHARED { recyc::sync::stats() } else { recyc::stats() }
}

/// How many collections run while `program` does, of either kind.
fn collections(program: impl FnOnce()) -> usize {
    let all = || stats().young.collections + stats().full.collections;
    let before = all();
    program();
    all() - before
}

#[test]
fn small_payloads_do_not_make_collections_more_frequent() {
    peak(|| {
        let of_size = |bytes| {
            configure(Config::default()).unwrap();
            collect();
            collections(|| (0..20_000).for_each(|_| drop(knot(bytes))))
        };
        assert_eq!(of_size(1_000), of_size(0));
        assert!(of_size(0) >= 9);
    });
}

#[test]
fn large_values_that_die_by_counting_make_no_local_collection() {
    peak(|| {
        let run = collections(|| (0..200).for_each(|_| drop(Gc::new(vec![0_u8; MIB]))));
        // The shared heap cannot see cheaply whether there are candidates: one for each 16 MiB.
        let most = if super::kind::SHARED { 200 / 16 } else { 0 };
        assert!((0..=most).contains(&run), "{run} collections");
    });
}

#[test]
fn payloads_that_grow_later_lower_the_young_threshold() {
    peak(|| {
        configure(Config::default().with_automatic(false).with_adaptive(false)).unwrap();
        let before = stats().young_threshold;
        let live: Vec<_> = (0..100).map(|_| knot(0)).collect();
        for one in &live {
            *one.payload.borrow_mut() = vec![0; 64 << 10];
        }
        live.iter().for_each(|one| drop(one.clone()));
        collect_young();
        assert_eq!((before, stats().young_threshold), (2_000, (16 << 20) / (64 << 10)));
        live.iter().for_each(|one| drop(one.payload.take()));
        live.iter().for_each(|one| drop(one.clone()));
        collect_young();
        assert_eq!(stats().young_threshold, 2_000);
        live.iter().for_each(|one| drop(one.other.take()));
    });
}

#[test]
fn the_largest_young_bytes_count_blocks_only() {
    peak(|| {
        configure(Config::default().with_young_bytes(usize::MAX)).unwrap();
        let large = collections(|| (0..1_000).for_each(|_| drop(knot(2 << 10))));
        let many = collections(|| (0..100).for_each(|_| drop(knot(MIB))));
        assert_eq!((large, many), (0, 0));
    });
}
