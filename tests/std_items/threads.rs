//! Handles that threads share.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Barrier;
use std::thread;

use super::super::model::Log;
use super::kind::{Any, Gc, Weak, nothing_is_left};

/// How often a race is run.
const RUNS: usize = if cfg!(miri) { 3 } else { 200 };

#[test]
fn handles_to_shared_values_cross_threads() {
    fn crosses<T: ?Sized + Send + Sync + UnwindSafe + RefUnwindSafe>() {}
    crosses::<Gc<str>>();
    crosses::<Gc<std::sync::Mutex<u32>>>();
    crosses::<Weak<[u8]>>();
    fn sends<T: ?Sized + Send + Sync>() {}
    sends::<Gc<Any>>();
    sends::<Weak<Any>>();
}

#[test]
fn into_inner_returns_the_value_to_exactly_one_thread() {
    nothing_is_left(|| {
        let log = Log::default();
        for _ in 0..RUNS {
            let one = Gc::new(log.value(1));
            let handles = [one.clone(), one];
            let barrier = Barrier::new(2);
            let take = |handle| {
                barrier.wait();
                usize::from(Gc::into_inner(handle).is_some())
            };
            let values: usize = thread::scope(|scope| {
                let threads = handles.map(|handle| scope.spawn(|| take(handle)));
                threads.into_iter().map(|thread| thread.join().unwrap()).sum()
            });
            assert_eq!((values, log.take()), (1, vec![1]));
        }
    });
}

#[test]
fn the_last_handle_drops_the_value_on_whichever_thread() {
    nothing_is_left(|| {
        let log = Log::default();
        for _ in 0..RUNS {
            let one = Gc::new(log.value(1));
            let (other, weak, barrier) = (one.clone(), Gc::downgrade(&one), Barrier::new(3));
            let drops = |handle: Gc<_>| {
                barrier.wait();
                drop(handle);
            };
            thread::scope(|scope| {
                scope.spawn(|| drops(one));
                scope.spawn(|| drops(other));
                barrier.wait();
                if let Some(value) = weak.upgrade() {
                    assert_eq!(value.number, 1);
                }
            });
            assert_eq!(log.take(), [1]);
            assert!(weak.upgrade().is_none());
        }
    });
}

#[test]
fn counts_come_back_after_clones_on_other_threads() {
    nothing_is_left(|| {
        let value = Gc::new(5);
        let weak = Gc::downgrade(&value);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..RUNS {
                        let clone = weak.upgrade().unwrap();
                        drop((Gc::downgrade(&clone), weak.clone(), Gc::clone(&clone)));
                    }
                });
            }
        });
        assert_eq!((Gc::strong_count(&value), Gc::weak_count(&value)), (1, 1));
    });
}
