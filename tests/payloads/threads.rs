//! Several threads that make large values at one time, in the heap that they share.

use std::sync::OnceLock;
use std::thread;

use recyc::Trace;
use recyc::sync::Gc;

use crate::{MIB, assert_bounded};

#[derive(Trace)]
struct Knot {
    me: OnceLock<Gc<Knot>>,
    payload: Vec<u8>,
}

fn knot() -> Gc<Knot> {
    let one = Gc::new(Knot { me: OnceLock::new(), payload: vec![0; MIB] });
    assert!(one.me.set(one.clone()).is_ok());
    one
}

#[test]
fn dead_large_values_of_several_threads_do_not_pile_up() {
    // Each thread holds one value at a time.
    assert_bounded(4 * MIB, || {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..300).for_each(|_| assert_eq!(knot().payload.len(), MIB)));
            }
        });
    });
}

#[test]
fn what_threads_have_made_counts_when_they_have_ended() {
    assert_bounded(0, || {
        for _ in 0..100 {
            thread::scope(|scope| _ = scope.spawn(|| (0..3).for_each(|_| drop(knot()))));
        }
    });
}
