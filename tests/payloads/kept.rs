//! Large garbage whose finalizers wait until the program collects, for either heap.

use std::sync::atomic::{AtomicUsize, Ordering};

use recyc::Stats;

use super::kind::{Config, Finalize, Gc, RefCell, Trace, configure, run_finalizers};
use crate::{MIB, peak};

static FINALIZED: AtomicUsize = AtomicUsize::new(0);

#[derive(Trace)]
#[trace(finalize)]
struct File {
    me: RefCell<Option<Gc<File>>>,
    buffer: RefCell<Vec<u8>>,
}

impl Finalize for File {
    fn finalize(&self) {
        FINALIZED.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Trace)]
struct Small(RefCell<Option<Gc<Small>>>);

fn collections() -> usize {
    let stats: Stats = if super::kind::SHARED { recyc::sync::stats() } else { recyc::stats() };
    stats.young.collections + stats.full.collections
}

/// Makes dead cycles without a buffer.
fn small_cycles(count: usize) {
    for _ in 0..count {
        let small = Gc::new(Small(RefCell::new(None)));
        *small.0.borrow_mut() = Some(small.clone());
    }
}

/// Makes 100 dead cycles with a mebibyte each and 4,000 small ones, and returns how many
/// collections run while 8,000 small ones are made after that.
fn collections_beside_kept_garbage(is_filled_first: bool) -> usize {
    FINALIZED.store(0, Ordering::Relaxed);
    configure(Config::default().with_finalize_on_demand(true)).unwrap();
    for _ in 0..100 {
        let buffer = if is_filled_first { vec![0; MIB] } else { Vec::new() };
        let file = Gc::new(File { me: RefCell::new(None), buffer: RefCell::new(buffer) });
        *file.me.borrow_mut() = Some(file.clone());
        *file.buffer.borrow_mut() = vec![0; MIB];
    }
    // The first collections that find small values take the large ones out of the average.
    small_cycles(4_000);
    let before = collections();
    small_cycles(8_000);
    let run = collections() - before;
    assert_eq!(FINALIZED.load(Ordering::Relaxed), 0);
    let report = run_finalizers().expect("finalizers wait");
    assert_eq!((report.finalized, FINALIZED.load(Ordering::Relaxed)), (100, 100));
    run
}

#[test]
fn large_kept_garbage_does_not_make_collections_due_again() {
    for is_filled_first in [true, false] {
        peak(move || {
            let run = collections_beside_kept_garbage(is_filled_first);
            // One for each 2,000 blocks, and one more where the last 4,000 have left a part.
            assert!((1..=5).contains(&run), "{run} collections");
        });
    }
}
