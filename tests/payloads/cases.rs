//! Programs that make dead cycles with large values, for either heap.

use std::collections::{HashMap, VecDeque};

use super::kind::{Bound, Gc, RefCell, Trace};
use crate::{MIB, assert_bounded};

/// A value that holds itself or another one.
#[derive(Trace)]
struct Knot<T: 'static> {
    other: RefCell<Option<Gc<Knot<T>>>>,
    payload: T,
}

fn loose<T: Trace + Bound>(payload: T) -> Gc<Knot<T>> {
    Gc::new(Knot { other: RefCell::new(None), payload })
}

/// A value that holds itself.
fn knot<T: Trace + Bound>(payload: T) -> Gc<Knot<T>> {
    let one = loose(payload);
    *one.other.borrow_mut() = Some(one.clone());
    one
}

/// Makes 300 dead cycles of a mebibyte each.
fn dead_cycles<T: Trace + Bound>(payload: fn() -> T) {
    assert_bounded(0, move || (0..300).for_each(|_| drop(knot(payload()))));
}

pub fn mebibyte() -> Vec<u8> {
    vec![0; MIB]
}

#[test]
fn dead_vectors_of_a_mebibyte_do_not_pile_up() {
    dead_cycles(mebibyte);
}

#[test]
fn dead_strings_do_not_pile_up() {
    dead_cycles(|| String::with_capacity(MIB));
    dead_cycles(|| "x".repeat(MIB).into_boxed_str());
}

#[test]
fn dead_boxes_do_not_pile_up() {
    dead_cycles(|| mebibyte().into_boxed_slice());
    dead_cycles(|| Box::new([0_u64; MIB / 8]));
    dead_cycles(|| std::pin::Pin::new(mebibyte().into_boxed_slice()));
}

#[test]
fn dead_collections_do_not_pile_up() {
    dead_cycles(|| VecDeque::<u64>::with_capacity(MIB / 8));
    dead_cycles(|| HashMap::<u32, [u8; 1020]>::with_capacity(896));
    dead_cycles(|| {
        (0..1024).map(|n| (n, [0_u8; 1016])).collect::<std::collections::BTreeMap<_, _>>()
    });
    #[cfg(feature = "smallvec")]
    dead_cycles(|| smallvec::SmallVec::<[u8; 8]>::from_elem(0, MIB));
}

#[test]
fn dead_values_that_are_large_in_place_do_not_pile_up() {
    dead_cycles(|| [0_u64; 1 << 15]);
}

#[test]
fn what_cells_options_and_tuples_hold_is_counted() {
    dead_cycles(|| std::sync::RwLock::new(mebibyte()));
    dead_cycles(|| std::sync::Mutex::new(Some(mebibyte())));
    dead_cycles(|| (1, Ok::<_, String>([Some(mebibyte()), None])));
    dead_cycles(|| std::borrow::Cow::<'static, [u8]>::Owned(mebibyte()));
    dead_cycles(|| std::sync::OnceLock::from(mebibyte()));
}

#[test]
fn a_few_very_large_values_do_not_pile_up() {
    assert_bounded(0, || (0..40).for_each(|_| drop(knot(vec![0_u8; 15 * MIB]))));
}

#[test]
fn the_payload_of_a_member_that_is_no_candidate_is_counted() {
    assert_bounded(0, || {
        for _ in 0..300 {
            let (small, large) = (loose(None), loose(Some(mebibyte())));
            // The handle of the large one moves, so that only the small one becomes a candidate.
            *large.other.borrow_mut() = Some(small.clone());
            *small.other.borrow_mut() = Some(large);
        }
    });
}

#[test]
fn leaves_that_hang_on_dead_cycles_are_counted() {
    dead_cycles(|| Gc::new(mebibyte()));
    dead_cycles(|| Gc::<[u8]>::from(mebibyte()));
    dead_cycles(|| Gc::new_leaf([0_u8; 1 << 18]));
    dead_cycles(|| Gc::new_cyclic(|_| mebibyte()));
}

#[test]
fn large_values_after_many_small_ones_do_not_pile_up() {
    let small = 300_000;
    assert_bounded(small * 100, move || {
        let all: Vec<_> = (0..small).map(|_| loose(Vec::<u8>::new())).collect();
        all.iter().for_each(|one| drop(one.clone()));
        (0..300).for_each(|_| drop(knot(mebibyte())));
        drop(all);
    });
}

#[test]
fn garbage_beside_live_large_values_is_bounded_by_them() {
    assert_bounded(200 * MIB, || {
        let live: Vec<_> = (0..200).map(|_| knot(mebibyte())).collect();
        for _ in 0..5 {
            live.iter().for_each(|one| drop(one.clone()));
            (0..200).for_each(|_| drop(knot(mebibyte())));
        }
        live.into_iter().for_each(|one| drop(one.other.borrow_mut().take()));
    });
}

/// Makes 1,000 cycles of at most a mebibyte. Each lives while 80 others are made, which is longer
/// than two young collections, and loses handles in that time, so that it is captured and becomes
/// old.
pub fn window<T: Trace + Bound>(payload: fn() -> T) {
    assert_bounded(80 * MIB, move || {
        let mut window = VecDeque::new();
        for _ in 0..1_000 {
            window.push_back(knot(payload()));
            window.iter().for_each(|one| drop(one.clone()));
            if window.len() > 80 {
                window.pop_front();
            }
        }
    });
}

#[test]
fn large_values_that_die_old_do_not_pile_up() {
    window(mebibyte);
    window(|| [0_u64; 1 << 15]);
}
