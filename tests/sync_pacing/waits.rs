//! A thread that has waited for another thread's collection does not repeat that collection.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use recyc::sync::{self, Background, Event, Gc};
use recyc::{Collected, Config, Trace, Tracer};

use crate::{alone, collections, elsewhere, garbage, old};

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
const LIVE: usize = 1_000;
/// The knots that make a full collection due, and do not hold the thread back that makes them.
const GROWTH: usize = LIVE / 2 + 60;

/// Prepares a heap of old blocks, and starts a full collection that goes on until [`open`].
fn hold_collector() -> (Vec<Gc<crate::Knot>>, Gc<Gated>, JoinHandle<Collected>) {
    sync::configure(Config { young_threshold: 10, adaptive: false, ..Config::manual() }).unwrap();
    let live = old(LIVE);
    let stats = sync::stats();
    FULL.store(stats.major.collections, Relaxed);
    YOUNG.store(stats.minor.collections, Relaxed);
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

fn wait_until(condition: impl Fn() -> bool) {
    while !condition() {
        thread::yield_now();
    }
}

/// Gives threads that have announced a wait the time to begin it. The tests pass without this.
fn let_others_wait() {
    (0..2_000).for_each(|_| thread::yield_now());
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
    sync::stats().major.collections
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
        wait_until(|| sync::stats().minor.collections > young);
        // What was asked for before comes before what is asked for now.
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
fn the_time_of_a_collection_does_not_include_the_wait_for_another() {
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
        assert!(!report.nested && report.elapsed <= ended - opened, "{report}, {:?} after the wait", ended - opened);
    });
}
