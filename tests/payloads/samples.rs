//! What a sample of the candidates may do to the program, for either heap.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use recyc::Stats;

use super::kind::{Config, Gc, RefCell, Trace, Tracer, collect, collect_young, configure};
use crate::{MIB, peak};

fn stats() -> Stats {
    if super::kind::SHARED { recyc::sync::stats() } else { recyc::stats() }
}

fn collections() -> usize {
    stats().young.collections + stats().full.collections
}

/// Counts the calls of `trace`, and panics in them if it is to.
#[derive(Default)]
struct Probe {
    traced: AtomicUsize,
    panics: AtomicBool,
}

struct Probed(Arc<Probe>);

// SAFETY: owns no handles.
unsafe impl Trace for Probed {
    fn trace(&self, _: &mut Tracer<'_>) {
        self.0.traced.fetch_add(1, Ordering::Relaxed);
        assert!(!self.0.panics.load(Ordering::Relaxed), "as the test wants");
    }
}

#[derive(Trace)]
struct Knot {
    other: RefCell<Option<Gc<Knot>>>,
    buffer: RefCell<Vec<u8>>,
    probed: Probed,
}

fn loose(probe: &Arc<Probe>) -> Gc<Knot> {
    Gc::new(Knot {
        other: RefCell::new(None),
        buffer: RefCell::new(Vec::new()),
        probed: Probed(probe.clone()),
    })
}

fn knot(probe: &Arc<Probe>) -> Gc<Knot> {
    let one = loose(probe);
    *one.other.borrow_mut() = Some(one.clone());
    one
}

/// Makes candidates and blocks, so that several samples are taken.
fn take_samples() {
    let probe = Arc::default();
    let before = collections();
    let all: Vec<_> = (0..200).map(|_| loose(&probe)).collect();
    for one in &all {
        drop(one.clone());
        drop(loose(&probe));
    }
    assert!(probe.traced.load(Ordering::Relaxed) > 0, "no sample was taken");
    assert_eq!(collections(), before);
}

#[test]
fn a_sample_reads_no_value_that_is_in_use() {
    peak(|| {
        let probe = Arc::default();
        let mut unique: Vec<_> = (0..100).map(|_| loose(&probe)).collect();
        unique.iter().for_each(|one| drop(one.clone()));
        let values: Vec<_> =
            unique.iter_mut().map(|one| Gc::get_mut(one).expect("one handle")).collect();
        probe.traced.store(0, Ordering::Relaxed);
        take_samples();
        assert_eq!(probe.traced.load(Ordering::Relaxed), 0);
        drop(values);

        let borrowed = knot(&probe);
        let mut buffer = borrowed.buffer.borrow_mut();
        drop(borrowed.clone());
        take_samples();
        buffer.push(1);
        assert_eq!(*buffer, [1]);
        drop(buffer);
        borrowed.other.borrow_mut().take();
    });
}

#[test]
fn a_trace_that_panics_in_a_sample_loses_nothing() {
    peak(|| {
        let (live, before) = (stats().live, collections());
        let probe = Arc::<Probe>::default();
        let kept: Vec<_> = (0..40).map(|_| knot(&probe)).collect();
        probe.panics.store(true, Ordering::Relaxed);
        kept.iter().for_each(|one| drop(one.clone()));
        let mut made = 0;
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            (0..200).for_each(|_| {
                drop(knot(&probe));
                made += 1;
            });
        }));
        assert!(panicked.is_err() && made < 200);
        assert_eq!((stats().live, collections()), (live + 40 + made, before));
        probe.panics.store(false, Ordering::Relaxed);
        assert_eq!(collect().reclaimed, made);
        assert!(kept.iter().all(|one| Gc::strong_count(one) == 2));
        drop(kept);
        assert_eq!((collect().reclaimed, stats().live), (40, live));
    });
}

#[test]
fn large_old_values_make_no_collection_due() {
    peak(|| {
        let probe = Arc::default();
        let large = loose(&probe);
        *large.buffer.borrow_mut() = vec![0; 20 * MIB];
        for _ in 0..3 {
            drop(large.clone());
            collect_young();
        }
        // The average of these collections lowers the threshold until then.
        configure(Config::default()).unwrap();
        let before = collections();
        let all: Vec<_> = (0..500).map(|_| loose(&probe)).collect();
        for one in &all {
            *one.other.borrow_mut() = Some(large.clone());
            drop(one.clone());
            drop(large.clone());
            drop(loose(&probe));
        }
        assert_eq!(collections(), before);
    });
}
