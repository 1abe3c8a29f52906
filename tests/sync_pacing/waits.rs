//! A thread that has waited for another thread's collection does not repeat that collection.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use recyc::sync::{self, Background, Event, Gc};
use recyc::{CollectionReport, Config, Trace, Tracer};

use crate::{alone, collections, elsewhere, garbage, old, times};

static ENTERED: AtomicBool = AtomicBool::new(false);
static OPEN: AtomicBool = AtomicBool::new(false);
/// The full and young collections before the one that is held.
static FULL: AtomicUsize = AtomicUsize::new(0);
static YOUNG: AtomicUsize = AtomicUsize::new(0);

/// A value that is traced for as long as `OPEN` is false.
struct Gate;

// SAFETY: it owns no handle, and reports none.
unsafe impl Trace for Gate {
    fn trace(&self, _: &mut Tracer<'_>) {
        ENTERED.store(true, Relaxed);
        while !OPEN.load(Relaxed) {
            thread::yield_now();
        }
    }
}

#[derive(Trace)]
struct Gated(OnceLock<Gc<Gated>>, Gate);

/// Blocks that live all the time.
const LIVE: usize = times(1_000, 100);
/// The knots that make a full collection due, and do not hold the thread back that makes them.
const GROWTH: usize = LIVE / 2 + 60;

/// Prepares a heap of old blocks, and starts a full collection that goes on until [`open`].
fn hold_collector() -> (Vec<Gc<crate::Knot>>, Gc<Gated>, JoinHandle<CollectionReport>) {
    let wait_limit = Duration::from_secs(3_600);
    sync::configure(
        Config::manual().with_young_threshold(10).with_adaptive(false).with_wait_limit(wait_limit),
    )
    .unwrap();
    let live = old(LIVE);
    let stats = sync::stats();
    FULL.store(stats.full.collections, Relaxed);
    YOUNG.store(stats.young.collections, Relaxed);
    ENTERED.store(false, Relaxed);
    OPEN.store(false, Relaxed);
    let gate = Gc::new(Gated(OnceLock::new(), Gate));
    drop(gate.clone());
    let collector = thread::spawn(sync::collect);
    wait_until(|| ENTERED.load(Relaxed));
    sync::enable();
    (live, gate, collector)
}

fn open() {
    OPEN.store(true, Relaxed);
}

/// Waits for other threads, which need a small part of this time.
fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        if start.elapsed() > Duration::from_secs(times(120, 3_600) as u64) {
            // The collection goes on, so that the other tests can run.
            open();
            panic!("what another thread was to do is not done");
        }
        thread::yield_now();
    }
}

/// Gives threads that have announced a wait the time to begin it. The tests pass without this.
fn let_others_wait() {
    (0..times(2_000, 200)).for_each(|_| thread::yield_now());
}

/// Threads that make garbage until they are held back by the collection that runs.
fn held_back(threads: usize) -> Vec<JoinHandle<()>> {
    static READY: AtomicUsize = AtomicUsize::new(0);
    READY.store(0, Relaxed);
    // As much as may be made without a wait.
    elsewhere(|| garbage(GROWTH + 20));
    let started = Arc::new(Barrier::new(threads));
    let make = move || {
        garbage(1);
        // The first block of a thread that comes later would wait already.
        started.wait();
        garbage(9);
        READY.fetch_add(1, Relaxed);
        garbage(1);
    };
    let all = (0..threads).map(|_| thread::spawn(make.clone())).collect();
    wait_until(|| READY.load(Relaxed) == threads);
    let_others_wait();
    all
}

fn full_collections() -> usize {
    sync::stats().full.collections
}

#[test]
fn threads_that_waited_for_a_full_collection_start_no_other() {
    alone(|| {
        let (_live, _gate, collector) = hold_collector();
        let before = FULL.load(Relaxed);
        let threads = held_back(4);
        open();
        collector.join().unwrap();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(full_collections() - before, 1, "{}", sync::stats());
    });
}

#[test]
fn a_background_thread_that_waited_starts_no_other() {
    alone(|| {
        let background = Background::start().unwrap();
        let (_live, _gate, collector) = hold_collector();
        let (full, young) = (FULL.load(Relaxed), YOUNG.load(Relaxed));
        elsewhere(|| garbage(GROWTH));
        let_others_wait();
        open();
        collector.join().unwrap();
        wait_until(|| sync::stats().young.collections > young);
        // An earlier request is served before the present one.
        elsewhere(|| garbage(11));
        wait_until(|| collections() >= full + young + 3);
        drop(background);
        assert_eq!(full_collections() - full, 1, "{}", sync::stats());
    });
}

#[test]
fn callbacks_are_called_in_pairs_that_agree_after_a_wait() {
    static EVENTS: Mutex<Vec<(thread::ThreadId, bool, bool)>> = Mutex::new(Vec::new());
    let events = || EVENTS.lock().unwrap_or_else(PoisonError::into_inner);
    alone(move || {
        let (_live, _gate, collector) = hold_collector();
        let before = FULL.load(Relaxed);
        events().clear();
        let callback = sync::on_collection(move |event| {
            let (is_start, full) = match event {
                Event::Start { full } => (true, full),
                Event::Stop { full, .. } => (false, full),
                _ => return,
            };
            events().push((thread::current().id(), is_start, full));
        });
        let threads = held_back(4);
        open();
        collector.join().unwrap();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        drop(callback);
        let mut events = std::mem::take(&mut *events());
        // The events of each thread stay in their order.
        events.sort_by_key(|(thread, ..)| format!("{thread:?}"));
        let agree = |pair: &[(thread::ThreadId, bool, bool)]| matches!(pair, [(_, true, first), (_, false, second)] if first == second);
        assert!(!events.is_empty() && events.chunks(2).all(agree), "{events:?}");
        assert_eq!(full_collections() - before, 1, "{}", sync::stats());
    });
}

#[test]
fn elapsed_does_not_include_the_wait_for_another_collection() {
    alone(|| {
        let (_live, _gate, collector) = hold_collector();
        static CALLS: AtomicBool = AtomicBool::new(false);
        let waiting = thread::spawn(|| {
            CALLS.store(true, Relaxed);
            (sync::collect(), Instant::now())
        });
        wait_until(|| CALLS.load(Relaxed));
        let_others_wait();
        let opened = Instant::now();
        open();
        collector.join().unwrap();
        let (report, ended) = waiting.join().unwrap();
        assert!(
            !report.nested && report.elapsed <= ended - opened,
            "{report}, {:?} after the wait",
            ended - opened
        );
    });
}

/// Runs something on another thread, and returns when it is done while a collection goes on.
fn beside_a_collection(what: impl FnOnce() + Send + 'static) {
    let thread = thread::spawn(what);
    wait_until(|| thread.is_finished());
    assert!(!OPEN.load(Relaxed));
    thread.join().unwrap();
}

#[test]
fn new_does_not_wait_for_the_end_of_a_long_collection() {
    alone(|| {
        let (_live, _gate, collector) = hold_collector();
        let config = sync::config().with_wait_limit(Duration::from_micros(100));
        sync::configure(config).unwrap();
        beside_a_collection(|| garbage(10 * GROWTH));
        open();
        collector.join().unwrap();
    });
}

#[test]
fn new_does_not_wait_for_a_long_background_collection() {
    alone(|| {
        let background = Background::start().unwrap();
        let (_live, _gate, collector) = hold_collector();
        let config = sync::config().with_wait_limit(Duration::from_micros(100));
        sync::configure(config).unwrap();
        beside_a_collection(|| garbage(10 * GROWTH));
        open();
        collector.join().unwrap();
        drop(background);
    });
}

#[test]
fn clones_and_drops_do_not_wait_for_a_collection() {
    alone(|| {
        let (live, gate, collector) = hold_collector();
        let held = Arc::new((live, gate));
        let theirs = held.clone();
        // The collection reads the gate at this time, and holds it frozen. All handles are cloned
        // and dropped on the other thread: this thread has to notice that the other one waits.
        beside_a_collection(move || {
            let (live, gate) = &*theirs;
            drop((live.to_vec(), gate.clone()));
            let weak = Gc::downgrade(&Gc::new(1));
            assert!(weak.upgrade().is_none());
        });
        open();
        collector.join().unwrap();
    });
}
