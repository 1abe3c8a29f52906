//! How much memory the heap that threads share keeps which no value uses.
#![cfg(not(loom))]

use std::sync::{Barrier, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use counting_allocator::allocated;
use recyc::sync::{self, Gc, collect};
use recyc::{Config, Trace};

#[path = "support/counting_allocator.rs"]
mod counting_allocator;

const MIB: isize = 1 << 20;

/// The tests take turns, in a heap that is empty and does not collect by itself.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    keep_no_memory();
    sync::configure(Config::manual()).unwrap();
    while collect().reclaimed > 0 {}
    turn
}

/// From now on what a dead block of this thread gives back goes to the allocator at once.
fn keep_no_memory() {
    recyc::configure(Config::default().with_free_list_limit(0)).unwrap();
}

/// How many more bytes are out than before.
fn growth(act: impl FnOnce()) -> isize {
    let before = allocated();
    act();
    allocated() - before
}

/// A large block that becomes a candidate when one of several handles is dropped.
#[derive(Trace)]
struct Big {
    next: OnceLock<Gc<Big>>,
    _payload: [u8; 32 << 10],
}

fn candidate() -> Gc<Big> {
    let big = Gc::new(Big { next: OnceLock::new(), _payload: [0; 32 << 10] });
    drop(big.clone());
    big
}

#[test]
fn dead_candidates_of_idle_threads_do_not_keep_their_memory() {
    let _turn = alone();
    let (made, seen) = (Barrier::new(17), Barrier::new(17));
    let before = allocated();
    let grown = growth(|| {
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    keep_no_memory();
                    // Fewer than a list is swept for, but 2 MiB.
                    (0..63).for_each(|_| drop(candidate()));
                    made.wait();
                    seen.wait();
                });
            }
            made.wait();
            assert_eq!(sync::stats().live, 0);
            let kept = allocated() - before;
            seen.wait();
            assert!(kept < 6 * MIB, "{} MiB of dead blocks", kept / MIB);
        });
    });
    assert!(grown < 2 * MIB, "{} MiB after the threads have ended", grown / MIB);
}

#[test]
fn dead_candidates_of_short_threads_do_not_keep_their_memory() {
    let _turn = alone();
    let grown = growth(|| {
        // Few enough for the common list not to be swept for their number.
        for _ in 0..60 {
            thread::spawn(|| {
                keep_no_memory();
                drop(candidate());
            })
            .join()
            .unwrap();
        }
    });
    assert!(grown < 5 * MIB / 4, "{} KiB of dead blocks", grown >> 10);
}

#[test]
fn old_candidates_that_die_do_not_keep_their_memory() {
    let _turn = alone();
    let grown = growth(|| {
        let values: Vec<_> = (0..200).map(|_| candidate()).collect();
        (0..3).for_each(|_| _ = sync::collect_young());
        assert!(sync::stats().old_candidates >= 200);
        drop(values);
    });
    assert!(grown < 5 * MIB / 4, "{} KiB of dead blocks", grown >> 10);
}

#[test]
fn frozen_candidates_that_die_do_not_keep_their_memory() {
    let _turn = alone();
    let grown = growth(|| {
        let values: Vec<_> = (0..200).map(|_| candidate()).collect();
        sync::freeze();
        drop(values);
    });
    sync::unfreeze();
    assert!(grown < 5 * MIB / 4, "{} KiB of dead blocks", grown >> 10);
}

#[test]
fn values_that_are_moved_out_do_not_keep_their_memory() {
    let _turn = alone();
    let grown = growth(|| (0..60).for_each(|_| assert!(Gc::into_inner(candidate()).is_some())));
    assert!(grown < 5 * MIB / 4, "{} KiB of dead blocks", grown >> 10);
}

#[test]
fn dead_slices_that_were_candidates_do_not_keep_their_memory() {
    let _turn = alone();
    let grown = growth(|| {
        for _ in 0..60 {
            let slice: Gc<[OnceLock<Gc<Big>>]> = (0..2_000).map(|_| OnceLock::new()).collect();
            drop(slice.clone());
        }
    });
    assert!(grown < 5 * MIB / 4, "{} KiB of dead blocks", grown >> 10);
}

#[test]
fn a_dead_block_keeps_its_memory_for_a_weak_handle() {
    let _turn = alone();
    let weaks: Vec<_> = (0..100).map(|_| Gc::downgrade(&candidate())).collect();
    assert!(weaks.iter().all(|weak| weak.upgrade().is_none() && weak.strong_count() == 0));
    let grown = growth(|| drop(weaks));
    assert!(grown < -3 * MIB + 5 * MIB / 4, "{} KiB were given back", -grown >> 10);
    assert!(candidate().next.get().is_none());
}

#[derive(Trace, Default)]
struct Locks([Mutex<Option<Gc<Locks>>>; 3]);

/// Values of three locks each, of which every one holds the next and the last the first; the first.
fn ring(size: usize) -> Gc<Locks> {
    let values: Vec<Gc<Locks>> = (0..size).map(|_| Gc::default()).collect();
    for at in 0..size {
        for lock in &values[at].0 {
            *lock.lock().unwrap() = Some(values[(at + 1) % size].clone());
        }
    }
    values[0].clone()
}

#[test]
fn a_collection_of_many_locks_gives_its_memory_back() {
    let _turn = alone();
    let grown = growth(|| {
        drop(ring(100_000));
        assert_eq!(collect().reclaimed, 100_000);
    });
    assert!(grown < MIB / 2, "{} KiB", grown >> 10);
}

#[derive(Trace, Default)]
struct Hub(Mutex<Vec<Gc<Hub>>>);

#[test]
fn a_collection_of_a_hub_gives_its_memory_back() {
    let _turn = alone();
    let grown = growth(|| {
        let hub = Gc::new(Hub::default());
        for _ in 0..200_000 {
            let target = Gc::new(Hub(Mutex::new(vec![hub.clone()])));
            hub.0.lock().unwrap().push(target);
        }
        drop(hub);
        assert_eq!(collect().reclaimed, 200_001);
    });
    assert!(grown < MIB / 2, "{} KiB", grown >> 10);
}

#[test]
fn lists_of_candidates_that_have_died_give_their_memory_back() {
    #[derive(Trace, Default)]
    struct Wide(Mutex<Option<Gc<Hub>>>, [u64; 32]);

    let _turn = alone();
    let grown = growth(|| {
        let values: Vec<Gc<Wide>> = (0..200_000).map(|_| Gc::default()).collect();
        values.iter().for_each(|value| drop(value.clone()));
        (0..3).for_each(|_| _ = sync::collect_young());
        assert!(sync::stats().old_candidates >= 200_000);
        drop(values);
    });
    assert!(grown < 3 * MIB / 2, "{} KiB", grown >> 10);
}
