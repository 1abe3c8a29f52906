//! Memory that values hold elsewhere counts for the triggers, and is given back.

use recyc::{Config, ExternalMemory, Gc, GcCell, Trace};

use super::{alone, garbage, times};

#[derive(Trace)]
struct Image {
    size: ExternalMemory,
    twin: GcCell<Option<Gc<Image>>>,
}

/// Two small values that hold each other and much memory elsewhere.
fn twins(bytes: usize) {
    let one = Gc::new(Image { size: ExternalMemory::new(bytes), twin: GcCell::default() });
    let other =
        Gc::new(Image { size: ExternalMemory::new(bytes), twin: GcCell::new(Some(one.clone())) });
    assert_eq!(one.size.bytes(), bytes);
    one.twin.set(Some(other));
}

/// A small cycle that holds much does not wait for thousands of allocations.
#[test]
fn a_small_cycle_that_owns_much_memory_is_found_soon() {
    alone(|| {
        let mut most = 0;
        for _ in 0..200 {
            twins(100 << 20);
            most = most.max(recyc::stats().external);
        }
        assert!(most <= 3 * (200 << 20), "{most} bytes at once");
    });
}

#[test]
fn what_is_declared_is_what_is_held() {
    alone(|| {
        let one = ExternalMemory::new(1_000);
        let two = ExternalMemory::new(500);
        assert_eq!(recyc::stats().external, 1_500);
        one.resize(10);
        two.resize(5_000);
        assert_eq!((one.bytes(), two.bytes(), recyc::stats().external), (10, 5_000, 5_010));
        drop(one);
        assert_eq!(recyc::stats().external, 5_000);
        drop(two);
        assert_eq!((recyc::stats().external, recyc::stats().live), (0, 0));
    });
}

#[test]
fn memory_that_comes_and_goes_brings_no_collection_nearer() {
    alone(|| {
        let before = recyc::stats().allocated;
        let one = ExternalMemory::new(1 << 20);
        assert!(recyc::stats().allocated > before);
        drop(one);
        assert_eq!(recyc::stats().allocated, before);
    });
}

/// Memory that comes and goes keeps no other garbage from being collected.
#[test]
fn memory_that_comes_and_goes_delays_no_other_garbage() {
    alone(|| {
        let config = Config::default().with_young_threshold(100).with_adaptive(false);
        recyc::configure(config).expect("valid");
        let mut most = 0;
        for _ in 0..times(10_000, 300) {
            drop(ExternalMemory::new(1 << 30));
            most = most.max(garbage(1));
        }
        assert!(most <= 101, "{most} at once");
    });
}

#[test]
fn declaring_and_giving_back_leaves_the_number_of_blocks_right() {
    alone(|| {
        recyc::disable();
        let held = Gc::new(7);
        for bytes in [0, 1, 1_024, 1 << 20, usize::MAX >> 24, usize::MAX] {
            let declared = ExternalMemory::new(bytes);
            assert_eq!(recyc::stats().live, 1);
            declared.resize(bytes / 2);
            recyc::collect();
            declared.resize(bytes);
            assert_eq!(recyc::stats().live, 1);
            drop(declared);
            assert_eq!((recyc::stats().live, recyc::stats().external), (1, 0));
        }
        drop(held);
    });
}

#[test]
fn external_memory_of_old_cycles_makes_a_full_collection_due() {
    alone(|| {
        let mut most = 0;
        let mut alive = std::collections::VecDeque::new();
        // Each lives through many collections before it dies.
        for _ in 0..times(400, 60) {
            let one =
                Gc::new(Image { size: ExternalMemory::new(10 << 20), twin: GcCell::default() });
            one.twin.set(Some(one.clone()));
            alive.push_back(one);
            if alive.len() > 20 {
                alive.pop_front();
            }
            garbage(10);
            most = most.max(recyc::stats().external);
        }
        assert!(most <= 10 * (20 * (10 << 20)), "{} MB at once", most >> 20);
    });
}
