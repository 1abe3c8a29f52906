//! Upgrades of a `Weak` on another thread while a collection reads the value.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use recyc::Tracer;
use recyc::sync::{Gc, Trace, Weak, collect};

use crate::support::shared::alone;

/// More blocks than a window has, so only a commit finds them dead.
const LARGE: usize = 5_000;

/// More blocks than a group has of which one verification is closed to upgrades.
const HUGE: usize = 70_000;

/// The number of times that the other thread may run until a test stops to wait for its upgrade. It
/// has to be enough for an upgrade that goes on.
const TURNS: usize = 10_000_000;

/// The number for an upgrade that is expected to wait.
const FEW_TURNS: usize = 100_000;

struct Node {
    edges: Mutex<Vec<Gc<Node>>>,
    hooks: Hooks,
    /// Only its destructor is used.
    _end: End,
}

type Hook = Option<Box<dyn Fn() + Send + Sync>>;

/// The functions that a collection calls.
#[derive(Default)]
struct Hooks {
    trace: Hook,
    unlock: Hook,
}

// SAFETY: the handles belong to this value alone, and each is reported once, with the lock taken.
unsafe impl Trace for Node {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(hook) = &self.hooks.trace {
            hook();
        }
        let guard = self.edges.try_lock().expect("no other thread has the lock");
        // SAFETY: the lock is part of the value, and the hook waits for an upgrade only for a
        // bounded number of turns.
        unsafe { tracer.lock(Edges { guard, hook: &self.hooks.unlock }) };
    }
}

/// The lock of a node, which calls a function when it is released.
struct Edges<'a> {
    guard: MutexGuard<'a, Vec<Gc<Node>>>,
    hook: &'a Hook,
}

impl Deref for Edges<'_> {
    type Target = Vec<Gc<Node>>;

    fn deref(&self) -> &Self::Target {
        &self.guard
    }
}

impl Drop for Edges<'_> {
    fn drop(&mut self) {
        if let Some(hook) = self.hook {
            hook();
        }
    }
}

/// Counts the values that are destroyed.
#[derive(Clone, Default)]
struct End(Arc<AtomicUsize>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl End {
    fn destroyed(&self) -> usize {
        self.0.load(SeqCst)
    }
}

fn node(hooks: Hooks, end: &End) -> Gc<Node> {
    Gc::new(Node { edges: Mutex::default(), hooks, _end: end.clone() })
}

/// Makes a ring of `first` and new nodes.
fn close_ring(first: &Gc<Node>, length: usize, end: &End) {
    let last = (1..length).fold(first.clone(), |rest, _| {
        let node = node(Hooks::default(), end);
        node.edges.lock().unwrap().push(rest);
        node
    });
    first.edges.lock().unwrap().push(last);
}

/// A thread that upgrades when it is asked to.
struct Upgrader {
    requests: Sender<Weak<Node>>,
    /// Handles, or `None` for an upgrade that failed.
    results: Receiver<Option<Gc<Node>>>,
}

impl Upgrader {
    fn start() -> Arc<Mutex<Self>> {
        let (requests, requested) = channel::<Weak<Node>>();
        let (sends, results) = channel();
        thread::spawn(move || {
            requested.iter().for_each(|weak| _ = sends.send(weak.upgrade()));
        });
        Arc::new(Mutex::new(Self { requests, results }))
    }

    /// The result of an upgrade on the other thread, or `None` if it has not returned after the
    /// given number of turns.
    fn upgrade(&self, weak: &Weak<Node>, turns: usize) -> Option<Option<Gc<Node>>> {
        self.requests.send(weak.clone()).unwrap();
        (0..turns).find_map(|_| {
            thread::yield_now();
            self.results.try_recv().ok()
        })
    }
}

/// The other end of a hook. A hook calls no function of the program while it holds the lock.
fn shared<T: Default>() -> (Arc<Mutex<T>>, Arc<Mutex<T>>) {
    let value = Arc::default();
    (Arc::clone(&value), value)
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn an_upgrade_does_not_wait_while_the_value_is_traced() {
    let _turn = alone();
    // The first trace is in the first walk, the second in a commit.
    for (length, time) in [(4, 1), (LARGE, 1), (LARGE, 2)] {
        let (end, upgrader) = (End::default(), Upgrader::start());
        let (weak, weak_of_hook) = shared::<Weak<Node>>();
        let (slot, slot_of_hook) = shared::<Option<Gc<Node>>>();
        let traced = AtomicUsize::new(0);
        let trace = move || {
            if traced.fetch_add(1, SeqCst) + 1 == time {
                let result = locked(&upgrader).upgrade(&locked(&weak_of_hook), TURNS);
                *locked(&slot_of_hook) = result.expect("an upgrade that returned");
            }
        };
        let first = node(Hooks { trace: Some(Box::new(trace)), unlock: None }, &end);
        close_ring(&first, length, &end);
        *locked(&weak) = Gc::downgrade(&first);
        drop(first);
        collect();
        let saved = locked(&slot).take().expect("the value lives");
        assert_eq!(end.destroyed(), 0, "{length}, {time}");
        assert_eq!(saved.edges.lock().unwrap().len(), 1);
        drop(saved);
        collect();
        assert_eq!(end.destroyed(), length);
    }
}

/// A dead ring. Another thread upgrades each time when the ring is traced for a verification, and
/// drops the handle after the verification has counted it.
struct Disturbed {
    end: End,
    /// For each upgrade whether it made a handle; `None` if it has not returned.
    results: Arc<Mutex<Vec<Option<bool>>>>,
    /// Whether upgrades still disturb the verifications.
    goes_on: Arc<AtomicBool>,
}

impl Disturbed {
    /// Waits for each upgrade for the given number of turns, and for later ones for `FEW_TURNS`.
    fn new(length: usize, turns: &'static [usize]) -> Self {
        let (end, upgrader) = (End::default(), Upgrader::start());
        let (weak, weak_of_hook) = shared::<Weak<Node>>();
        let (results, results_of_hook) = shared::<Vec<Option<bool>>>();
        let (slot, slot_of_hook) = shared::<Option<Gc<Node>>>();
        let goes_on = Arc::new(AtomicBool::new(true));
        let (traced, is_on) = (AtomicUsize::new(0), Arc::clone(&goes_on));
        let trace = move || {
            // The first trace is in the first walk.
            if let Some(attempt) =
                traced.fetch_add(1, SeqCst).checked_sub(1).filter(|_| is_on.load(SeqCst))
            {
                let turns = turns.get(attempt).copied().unwrap_or(FEW_TURNS);
                let result = locked(&upgrader).upgrade(&locked(&weak_of_hook), turns);
                locked(&results_of_hook).push(result.as_ref().map(Option::is_some));
                *locked(&slot_of_hook) = result.flatten();
            }
        };
        let unlock = move || {
            let handle = locked(&slot).take();
            drop(handle);
        };
        let hooks = Hooks { trace: Some(Box::new(trace)), unlock: Some(Box::new(unlock)) };
        let first = node(hooks, &end);
        close_ring(&first, length, &end);
        *locked(&weak) = Gc::downgrade(&first);
        Self { end, results, goes_on }
    }
}

#[test]
fn upgrades_in_each_attempt_do_not_keep_a_dead_ring() {
    let _turn = alone();
    let ring = Disturbed::new(LARGE, &[TURNS]);
    let report = collect();
    // The second attempt is closed to upgrades.
    assert_eq!(*locked(&ring.results), [Some(true), None], "{report:?}");
    assert_eq!(ring.end.destroyed(), LARGE);
}

#[test]
#[cfg_attr(miri, ignore = "takes too long")]
fn an_upgrade_does_not_wait_for_a_ring_above_the_bound() {
    let _turn = alone();
    let ring = Disturbed::new(HUGE, &[TURNS]);
    collect();
    assert_eq!(*locked(&ring.results), [Some(true)]);
    assert_eq!(ring.end.destroyed(), 0);
    ring.goes_on.store(false, SeqCst);
    collect();
    assert_eq!(ring.end.destroyed(), HUGE);
}
