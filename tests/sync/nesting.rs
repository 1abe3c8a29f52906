//! Values that die inside a destructor or finalizer are destroyed in the drop of their last handle,
//! to the documented depth.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};

use recyc::sync::{Gc, collect};
use recyc::{Finalize, Leaf, Trace};

use super::model::{Ledger, Node, alone, times};

/// How many destructors and finalizers run inside each other at most.
const DEPTH: usize = 24;

/// A value that runs its `words` as a finalizer and its `end` as a destructor.
#[derive(Trace)]
#[trace(finalize)]
struct Actor {
    #[trace(skip)]
    words: Box<dyn Fn() + Send + Sync>,
    #[trace(skip)]
    _end: End,
}

struct End(Box<dyn Fn() + Send + Sync>);

impl Drop for End {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl Finalize for Actor {
    fn finalize(&self) {
        (self.words)();
    }
}

fn actor(
    words: impl Fn() + Send + Sync + 'static,
    end: impl Fn() + Send + Sync + 'static,
) -> Gc<Actor> {
    Gc::new(Actor { words: Box::new(words), _end: End(Box::new(end)) })
}

/// The events of the values of a chain.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn note(&self, event: impl Into<String>) {
        self.0.lock().unwrap().push(event.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    fn has(&self, event: &str) -> bool {
        self.0.lock().unwrap().iter().any(|noted| noted == event)
    }
}

/// The part of a value that drops the next value of its chain.
#[derive(Clone, Copy, PartialEq, Debug)]
enum By {
    Destructor,
    Finalizer,
}

/// A chain of values, each of which gives up the next and notes whether that was destroyed before
/// the drop returned. The value at `panics_at` panics after that.
fn chain(length: usize, by: By, log: &Log, panics_at: Option<usize>) -> Gc<Actor> {
    (0..length).rev().fold(actor(|| (), || ()), |next, at| {
        let (next, theirs) = (Mutex::new(Some(next)), log.clone());
        let give_up = move || {
            drop(next.lock().unwrap().take());
            let late = at + 1 < length && !theirs.has(&format!("{} destroyed", at + 1));
            theirs.note(format!("{at} {}", if late { "late" } else { "done" }));
            if panics_at == Some(at) {
                panic_any(at);
            }
        };
        let (ends, nothing) = (log.clone(), || ());
        match by {
            By::Destructor => actor(nothing, move || {
                ends.note(format!("{at} destroyed"));
                give_up();
            }),
            By::Finalizer => actor(give_up, move || ends.note(format!("{at} destroyed"))),
        }
    })
}

/// The first value of the chain whose successor was destroyed late; all are destroyed.
fn first_late(log: &Log, length: usize) -> Option<usize> {
    let events = log.take();
    let destroyed = events.iter().filter(|event| event.ends_with("destroyed")).count();
    assert_eq!(destroyed, length, "{events:?}");
    let late = events.iter().filter_map(|event| event.strip_suffix(" late")?.parse().ok());
    late.min()
}

/// The payload with which the drop of a handle panics.
fn panic_of(handle: Gc<Actor>) -> Box<dyn Any + Send> {
    super::quiet::print_no_backtraces();
    catch_unwind(AssertUnwindSafe(move || drop(handle))).unwrap_err()
}

/// Asserts that this thread nests to the documented depth now.
fn assert_all_depth(log: &Log) {
    for by in [By::Destructor, By::Finalizer] {
        drop(chain(DEPTH, by, log, None));
        assert_eq!(first_late(log, DEPTH), None, "{by:?}");
    }
}

#[test]
fn chains_nest_to_the_documented_depth_and_no_deeper() {
    let log = Log::default();
    assert_all_depth(&log);
    for by in [By::Destructor, By::Finalizer] {
        drop(chain(3 * DEPTH + 5, by, &log, None));
        assert_eq!(first_late(&log, 3 * DEPTH + 5), Some(DEPTH - 1), "{by:?}");
    }
}

#[test]
fn what_dies_in_a_destructor_that_a_collection_runs_nests() {
    let _turn = alone();
    let (log, ledger) = (Log::default(), Ledger::default());
    for by in [By::Destructor, By::Finalizer] {
        let first = Mutex::new(Some(chain(DEPTH, by, &log, None)));
        let dead = Node::then(&ledger, move || drop(first.lock().unwrap().take()));
        dead.link(&dead.clone());
        drop(dead);
        assert_eq!(collect().reclaimed, 1);
        assert_eq!(first_late(&log, DEPTH), None, "{by:?}");
    }
}

/// A finalizer that a collection calls, on a cycle.
#[derive(Trace)]
#[trace(finalize)]
struct Cyclic {
    me: Mutex<Option<Gc<Cyclic>>>,
    #[trace(skip)]
    first: Mutex<Option<Gc<Actor>>>,
}

impl Finalize for Cyclic {
    fn finalize(&self) {
        drop(self.first.lock().unwrap().take());
    }
}

#[test]
fn what_dies_in_a_finalizer_that_a_collection_calls_nests() {
    let _turn = alone();
    let log = Log::default();
    for by in [By::Destructor, By::Finalizer] {
        let first = Mutex::new(Some(chain(DEPTH, by, &log, None)));
        let dead = Gc::new(Cyclic { me: Mutex::default(), first });
        *dead.me.lock().unwrap() = Some(dead.clone());
        drop(dead);
        assert_eq!(collect().reclaimed, 1);
        assert_eq!(first_late(&log, DEPTH), None, "{by:?}");
    }
}

/// Has the last handle to the sender of a channel, and the receiver.
struct Pool {
    sender: Option<Gc<Leaf<Mutex<Sender<()>>>>>,
    receiver: Mutex<Receiver<()>>,
    log: Log,
}

impl Drop for Pool {
    fn drop(&mut self) {
        drop(self.sender.take());
        // A thread that waits for this could be joined now.
        let closed = self.receiver.lock().unwrap().try_recv() == Err(TryRecvError::Disconnected);
        self.log.note(if closed { "closed" } else { "open" });
    }
}

#[derive(Trace)]
struct Owner {
    me: Mutex<Option<Gc<Owner>>>,
    #[trace(skip)]
    _pool: Pool,
}

#[test]
fn a_destructor_that_drops_the_last_sender_closes_the_channel() {
    let _turn = alone();
    let log = Log::default();
    let owner = || {
        let (sender, receiver) = channel();
        let pool = Pool {
            sender: Some(Gc::new(Leaf(sender.into()))),
            receiver: receiver.into(),
            log: log.clone(),
        };
        Gc::new(Owner { me: Mutex::default(), _pool: pool })
    };
    drop(owner());
    assert_eq!(log.take(), ["closed"], "by counting");
    let owner = owner();
    *owner.me.lock().unwrap() = Some(owner.clone());
    drop(owner);
    assert_eq!(collect().reclaimed, 1);
    assert_eq!(log.take(), ["closed"], "by a collection");
}

/// Adds one to a number while it lives, and keeps the highest.
struct Living(Arc<(AtomicUsize, AtomicUsize)>);

impl Living {
    fn new(counts: &Arc<(AtomicUsize, AtomicUsize)>) -> Gc<Leaf<Self>> {
        let now = counts.0.fetch_add(1, Ordering::Relaxed) + 1;
        counts.1.fetch_max(now, Ordering::Relaxed);
        Gc::new(Leaf(Self(counts.clone())))
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn values_that_a_destructor_makes_and_drops_do_not_pile_up() {
    let counts = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let work =
        |counts: Arc<_>| move || (0..times(1_000, 20)).for_each(|_| drop(Living::new(&counts)));
    drop(actor(work(counts.clone()), || ()));
    drop(actor(|| (), work(counts.clone())));
    assert_eq!((counts.0.load(Ordering::Relaxed), counts.1.load(Ordering::Relaxed)), (0, 1));
}

#[test]
fn a_finalizer_inside_another_runs_before_the_drop_returns() {
    let log = Log::default();
    let note = |what: &'static str| {
        let log = log.clone();
        move || log.note(what)
    };
    for (by, order) in [
        (By::Finalizer, ["inner finalized", "inner destroyed", "outer goes on", "outer destroyed"]),
        (
            By::Destructor,
            ["outer finalized", "inner finalized", "inner destroyed", "outer goes on"],
        ),
    ] {
        let inner = Mutex::new(Some(actor(note("inner finalized"), note("inner destroyed"))));
        let goes_on = note("outer goes on");
        let give_up = move || {
            drop(inner.lock().unwrap().take());
            goes_on();
        };
        drop(match by {
            By::Finalizer => actor(give_up, note("outer destroyed")),
            By::Destructor => actor(note("outer finalized"), give_up),
        });
        assert_eq!(log.take(), order);
    }
}

#[test]
fn a_panic_at_any_depth_goes_on_and_takes_the_depth_back() {
    let log = Log::default();
    let length = 2 * DEPTH + 5;
    for by in [By::Destructor, By::Finalizer] {
        // Under Miri: the outermost value, the innermost that nests, and the first that waits.
        let tried = |at: &usize| !cfg!(miri) || [0, DEPTH - 1, DEPTH].contains(at);
        for panics_at in (0..length).filter(tried) {
            let first = chain(length, by, &log, Some(panics_at));
            let payload = panic_of(first);
            assert_eq!(payload.downcast_ref(), Some(&panics_at), "{by:?}");
            assert!(first_late(&log, length).is_some(), "{by:?}");
            assert_all_depth(&log);
        }
    }
}

#[test]
fn after_a_panic_what_waits_is_destroyed_without_more_panics() {
    let (log, ledger) = (Log::default(), Ledger::default());
    // At the deepest level, so that all of these are put off.
    let (theirs, counted) = (log.clone(), ledger.clone());
    let deepest = move || {
        for _ in 0..3 {
            drop(Node::then(&counted, || panic_any("a later one")));
        }
        theirs.note(format!("{} so far", counted.dropped()));
        panic_any("the first");
    };
    let outermost = (1..DEPTH).fold(actor(|| (), deepest), |next, _| {
        let next = Mutex::new(Some(next));
        actor(|| (), move || drop(next.lock().unwrap().take()))
    });
    let payload = panic_of(outermost);
    assert_eq!(payload.downcast_ref(), Some(&"the first"));
    assert_eq!((log.take(), ledger.dropped()), (vec!["0 so far".to_owned()], 3));
    assert_all_depth(&log);
}

#[test]
fn a_finalizer_and_its_destructor_may_both_panic_at_any_depth() {
    let log = Log::default();
    for depth in [0, 1, DEPTH - 2, DEPTH - 1, DEPTH] {
        let ends = log.clone();
        let twice = actor(
            || panic_any("the finalizer"),
            move || {
                ends.note("destroyed");
                panic_any("the destructor");
            },
        );
        let outermost = (0..depth).fold(twice, |next, _| {
            let next = Mutex::new(Some(next));
            actor(|| (), move || drop(next.lock().unwrap().take()))
        });
        let payload = panic_of(outermost);
        if payload.downcast_ref() != Some(&"the finalizer") {
            resume_unwind(payload);
        }
        assert_eq!(log.take(), ["destroyed"], "at {depth}");
        assert_all_depth(&log);
    }
}
