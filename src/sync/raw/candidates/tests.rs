//! Tests of the lists of candidates.

use std::sync::{Arc, Barrier};
use std::thread;

use super::*;

fn members() -> (usize, usize) {
    let registry = lock_global(&REGISTRY);
    assert!(
        registry.members.iter().enumerate().all(|(at, member)| member.index.load(Relaxed) == at)
    );
    (registry.members.len(), registry.members.capacity())
}

#[test]
fn a_burst_of_threads_leaves_no_part_behind() {
    const THREADS: usize = 300;
    let (all_there, seen) =
        (Arc::new(Barrier::new(THREADS + 1)), Arc::new(Barrier::new(THREADS + 1)));
    let start = |_| {
        let (all_there, seen) = (all_there.clone(), seen.clone());
        thread::spawn(move || {
            assert!(local(|local| local.member().is_some()).unwrap());
            all_there.wait();
            seen.wait();
        })
    };
    let threads: Vec<_> = (0..THREADS).map(start).collect();
    all_there.wait();
    assert!(members().0 >= THREADS);
    seen.wait();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    // Other tests have threads of their own.
    let (length, capacity) = members();
    assert!(length < THREADS / 4 && capacity < THREADS, "{length} of {capacity}");
}
