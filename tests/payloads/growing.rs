//! Programs whose buffers grow after their values have moved into blocks, for either heap.

use std::collections::{HashMap, VecDeque};

use super::kind::{Bound, Gc, RefCell, Trace};
use crate::{MIB, assert_bounded};

/// A value that holds itself or another one, and a buffer.
#[derive(Trace)]
struct Knot<T: 'static> {
    other: RefCell<Option<Gc<Knot<T>>>>,
    buffer: RefCell<T>,
}

fn loose<T: Trace + Bound + Default>() -> Gc<Knot<T>> {
    Gc::new(Knot { other: RefCell::new(None), buffer: RefCell::new(T::default()) })
}

/// A value that holds itself.
fn knot<T: Trace + Bound + Default>() -> Gc<Knot<T>> {
    let one = loose();
    *one.other.borrow_mut() = Some(one.clone());
    one
}

/// Makes dead cycles and fills their buffers after that.
fn dead_cycles<T: Trace + Bound + Default>(count: usize, fill: fn(&mut T)) {
    for _ in 0..count {
        let one = knot();
        fill(&mut *one.buffer.borrow_mut());
    }
}

fn mebibyte(buffer: &mut Vec<u8>) {
    *buffer = vec![0; MIB];
}

#[test]
fn dead_vectors_that_grow_later_do_not_pile_up() {
    assert_bounded(0, || dead_cycles(300, mebibyte));
}

#[test]
fn strings_and_collections_that_grow_later_do_not_pile_up() {
    assert_bounded(0, || dead_cycles(300, |buffer: &mut String| buffer.reserve(MIB)));
    assert_bounded(0, || dead_cycles(300, |buffer: &mut VecDeque<u64>| buffer.reserve(MIB / 8)));
    assert_bounded(0, || {
        dead_cycles(300, |buffer: &mut HashMap<u32, [u8; 1020]>| buffer.reserve(896))
    });
}

#[test]
fn a_few_very_large_buffers_that_grow_later_do_not_pile_up() {
    assert_bounded(0, || dead_cycles(40, |buffer: &mut Vec<u8>| *buffer = vec![0; 15 * MIB]));
}

#[test]
fn a_buffer_that_grows_beside_the_candidate_is_counted() {
    assert_bounded(0, || {
        for _ in 0..300 {
            let (small, large) = (loose(), loose());
            mebibyte(&mut large.buffer.borrow_mut());
            // The handle of the large one moves, so that only the small one becomes a candidate.
            *large.other.borrow_mut() = Some(small.clone());
            *small.other.borrow_mut() = Some(large);
        }
    });
}

#[test]
fn leaves_of_dead_cycles_that_grow_later_are_counted() {
    #[derive(Trace)]
    struct Document {
        me: RefCell<Option<Gc<Document>>>,
        text: Gc<RefCell<Vec<u8>>>,
    }
    assert_bounded(0, || {
        for _ in 0..300 {
            let text = Gc::new(RefCell::new(Vec::new()));
            let one = Gc::new(Document { me: RefCell::new(None), text });
            *one.me.borrow_mut() = Some(one.clone());
            mebibyte(&mut one.text.borrow_mut());
        }
    });
}

#[test]
fn buffers_that_grow_after_many_small_values_do_not_pile_up() {
    let small = 300_000;
    assert_bounded(small * 150, move || {
        let all: Vec<_> = (0..small).map(|_| loose::<Vec<u8>>()).collect();
        all.iter().for_each(|one| drop(one.clone()));
        dead_cycles(300, mebibyte);
        drop(all);
    });
}

#[test]
fn large_buffers_among_many_small_ones_do_not_pile_up() {
    assert_bounded(0, || {
        for _ in 0..100 {
            dead_cycles(20, |buffer: &mut Vec<u8>| buffer.push(0));
            dead_cycles(5, mebibyte);
        }
    });
}
