//! Destructors, finalizers and `trace`: what they may do, and what happens when they panic.

use std::panic::{catch_unwind, panic_any, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use recyc::sync::{self, Background, Event, Gc, collect, inspect};
use recyc::{Config, Disposer, Finalize, Trace, Tracer};

use super::model::{Guard, Ledger, Node, alone, ring, times};
use super::over_reports::Overreporting;

#[derive(Trace)]
#[trace(finalize)]
struct Last {
    peer: Mutex<Option<Gc<Last>>>,
    #[trace(skip)]
    words: Box<dyn Fn(&Last) + Send + Sync>,
    #[trace(skip)]
    _guard: Guard,
}

impl Finalize for Last {
    fn finalize(&self) {
        (self.words)(self);
    }
}

impl Last {
    fn new(ledger: &Ledger, words: impl Fn(&Self) + Send + Sync + 'static) -> Gc<Self> {
        Gc::new(Self { peer: Mutex::default(), words: Box::new(words), _guard: ledger.guard() })
    }
}

/// Panics at one of the looks at it, under its lock.
struct Shy {
    me: Mutex<Option<Gc<Shy>>>,
    looks: AtomicUsize,
    panics_at: usize,
}

impl Shy {
    fn new(panics_at: usize) -> Gc<Self> {
        let shy = Gc::new(Self { me: Mutex::default(), looks: AtomicUsize::new(0), panics_at });
        *shy.me.lock().unwrap() = Some(shy.clone());
        shy
    }
}

// SAFETY: the lock belongs to this value, and what is behind it is reported once, with the lock
// taken; nothing else is.
unsafe impl Trace for Shy {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Ok(guard) = self.me.try_lock() {
            // SAFETY: the lock is this value's, and unlocking it runs no other code.
            unsafe { tracer.lock(guard) };
            if self.looks.fetch_add(1, Ordering::SeqCst) == self.panics_at {
                // The payload of a panic in the second trace is never dropped. This payload owns
                // nothing.
                panic_any(());
            }
        }
    }

    unsafe fn dispose(&mut self, _: &Disposer) {}

    fn finalizer() -> Option<fn(&Self)> {
        // A value with a finalizer is not marked dead by the first check.
        Some(|_| ())
    }
}

/// Drops what it holds by ordinary glue.
#[derive(Trace)]
// SAFETY: it uses no handle.
#[trace(unsafe_drop)]
struct Glued {
    edges: Mutex<Vec<Gc<Glued>>>,
    outside: Mutex<Option<Gc<Node>>>,
    #[trace(skip)]
    guard: Guard,
}

impl Drop for Glued {
    fn drop(&mut self) {
        self.guard.0.fetch_add(10, Ordering::SeqCst);
    }
}

/// A destructor may take a lock that another thread holds while it collects.
#[test]
fn a_destructor_may_take_a_lock_of_a_thread_that_collects() {
    let _turn = alone();
    let ledger = Ledger::default();
    let lock = Arc::new(Mutex::new(0));
    let theirs = lock.clone();
    let dead = Node::then(&ledger, move || *theirs.lock().unwrap() += 1);
    dead.link(&dead.clone());
    drop(dead);
    let held = lock.lock().unwrap();
    let other = thread::spawn(|| collect().reclaimed); // stops in the destructor, with no lock of the collector
    while ledger.dropped() == 0 {
        assert!(!other.is_finished(), "the other thread's collection ended and reclaimed nothing");
        thread::yield_now();
    }
    assert_eq!(collect().reclaimed, 0);
    drop(held);
    assert_eq!(other.join().unwrap(), 1);
    assert_eq!(*lock.lock().unwrap(), 1);
}

#[test]
fn a_collection_in_a_destructor_does_nothing_and_reports_it() {
    let _turn = alone();
    let ledger = Ledger::default();
    let nested = Arc::new(Mutex::new(None));
    let theirs = nested.clone();
    let dead = Node::then(&ledger, move || {
        *theirs.lock().unwrap() = Some((collect().nested, collect().nested))
    });
    dead.link(&dead.clone());
    drop(dead);
    assert_eq!(collect().reclaimed, 1);
    assert_eq!(*nested.lock().unwrap(), Some((true, true)));
}

#[test]
fn finalizers_see_a_whole_neighbour_and_run_once() {
    let _turn = alone();
    let ledger = Ledger::default();
    let calls = Arc::new(AtomicUsize::new(0));
    let words = |calls: Arc<AtomicUsize>, ledger: Ledger| {
        move |this: &Last| {
            assert!(
                this.peer.lock().unwrap().as_ref().is_some_and(|peer| peer
                    .peer
                    .lock()
                    .unwrap()
                    .is_some())
            );
            assert_eq!(ledger.dropped(), 0);
            calls.fetch_add(1, Ordering::SeqCst);
        }
    };
    let a = Last::new(&ledger, words(calls.clone(), ledger.clone()));
    let b = Last::new(&ledger, words(calls.clone(), ledger.clone()));
    *a.peer.lock().unwrap() = Some(b.clone());
    *b.peer.lock().unwrap() = Some(a.clone());
    drop((a, b));
    assert_eq!(collect().reclaimed, 2);
    assert_eq!((calls.load(Ordering::SeqCst), ledger.dropped()), (2, 2));
    // By counting as well.
    let calls_before = calls.clone();
    let lone = Last::new(&ledger, move |_| _ = calls_before.fetch_add(1, Ordering::SeqCst));
    drop(lone.clone());
    drop(lone);
    assert_eq!((calls.load(Ordering::SeqCst), ledger.dropped()), (3, 3));
}

#[test]
fn what_a_finalizer_saves_is_not_finalized_again() {
    let _turn = alone();
    let ledger = Ledger::default();
    let saved: Arc<Mutex<Option<Gc<Last>>>> = Arc::default();
    let calls = Arc::new(AtomicUsize::new(0));
    let (place, count) = (saved.clone(), calls.clone());
    let a = Last::new(&ledger, move |this| {
        count.fetch_add(1, Ordering::SeqCst);
        *place.lock().unwrap() = this.peer.lock().unwrap().clone();
    });
    *a.peer.lock().unwrap() = Some(a.clone());
    drop(a);
    let found = collect();
    assert_eq!((found.reclaimed, found.resurrected, ledger.dropped()), (0, 1, 0));
    assert!(saved.lock().unwrap().take().is_some());
    assert_eq!(collect().reclaimed, 1);
    assert_eq!((calls.load(Ordering::SeqCst), ledger.dropped()), (1, 1));
}

#[test]
fn a_finalizer_may_take_the_dead_apart() {
    let _turn = alone();
    let ledger = Ledger::default();
    let words = |this: &Last| drop(this.peer.lock().unwrap().take());
    let (a, b) = (Last::new(&ledger, words), Last::new(&ledger, words));
    *a.peer.lock().unwrap() = Some(b.clone());
    *b.peer.lock().unwrap() = Some(a.clone());
    drop((a, b));
    collect();
    assert_eq!(ledger.dropped(), 2);
}

#[test]
fn a_chain_of_finalizers_runs_on_a_flat_stack() {
    let _turn = alone();
    let ledger = Ledger::default();
    let words = |this: &Last| drop(this.peer.lock().unwrap().take());
    let mut first = Last::new(&ledger, words);
    for _ in 0..times(20_000, 60) {
        let next = Last::new(&ledger, words);
        *next.peer.lock().unwrap() = Some(first);
        first = next;
    }
    drop(first);
    assert_eq!(ledger.dropped(), times(20_000, 60) + 1);
}

/// A panic in a destructor reaches the caller after all others have run.
#[test]
fn a_panic_in_a_destructor_goes_on_after_all_others_ran() {
    let _turn = alone();
    let ledger = Ledger::default();
    let nodes: Vec<_> = (0..5).map(|_| Node::then(&ledger, || panic!("in a destructor"))).collect();
    for at in 0..5 {
        nodes[at].link(&nodes[(at + 1) % 5]);
    }
    drop(nodes);
    assert!(catch_unwind(collect).is_err());
    assert_eq!(ledger.dropped(), 5);
    drop(ring(&ledger, 2));
    assert_eq!(collect().reclaimed, 2);
}

/// A panic in trace ends the collection and leaves no lock poisoned or taken.
#[test]
fn a_panic_in_trace_leaves_no_lock_poisoned_or_taken() {
    let _turn = alone();
    let shy = Shy::new(0);
    let weak = Gc::downgrade(&shy);
    drop(shy.clone());
    assert!(catch_unwind(collect).is_err());
    assert!(shy.me.try_lock().is_ok());
    drop(shy);
    assert_eq!(collect().reclaimed, 1);
    assert!(weak.upgrade().is_none());
}

/// A panic in the second trace saves the value and leaves no lock poisoned or taken.
#[test]
fn a_panic_in_the_second_trace_saves_the_value_and_its_locks() {
    let _turn = alone();
    let shy = Shy::new(1);
    let (weak, looks) = (Gc::downgrade(&shy), |shy: Gc<Shy>| shy.looks.load(Ordering::SeqCst));
    drop(shy);
    assert_eq!(collect().reclaimed, 0);
    inspect::check(); // nothing is left frozen, or the upgrade would wait for it
    let shy =
        weak.upgrade().expect("it was not committed as dead, and no collection reads it any more");
    assert!(shy.me.try_lock().is_ok());
    assert_eq!(looks(shy), 2);
    assert_eq!(collect().reclaimed, 1);
    assert!(weak.upgrade().is_none());
}

/// With a background thread no destructor of a dead cycle runs in new.
#[test]
fn with_a_background_thread_new_runs_no_destructor_of_the_dead() {
    let _turn = alone();
    sync::configure(Config::default().with_young_threshold(50).with_adaptive(false)).unwrap();
    let background = Background::start().unwrap();
    let lock = Arc::new(Mutex::new(0));
    let ledger = Ledger::default();
    let holder = Arc::new(Mutex::new(Some(thread::current().id())));
    let in_new = Arc::new(AtomicUsize::new(0));
    let held = lock.lock().unwrap();
    let many = times(1_000, 20);
    for _ in 0..many {
        let (theirs, holder, in_new) = (lock.clone(), holder.clone(), in_new.clone());
        let node = Node::then(&ledger, move || {
            if *holder.lock().unwrap() == Some(thread::current().id()) {
                in_new.fetch_add(1, Ordering::SeqCst); // would wait for this very thread
            } else {
                *theirs.lock().unwrap() += 1;
            }
        });
        node.link(&node.clone());
    }
    *holder.lock().unwrap() = None;
    drop(held);
    drop(background); // waits for the collection that runs
    sync::configure(Config::manual()).unwrap();
    collect();
    assert_eq!(in_new.load(Ordering::SeqCst), 0);
    assert_eq!((ledger.dropped(), *lock.lock().unwrap()), (many, many));
}

#[test]
fn values_that_cannot_be_disposed_are_dropped_once() {
    let _turn = alone();
    let (ledger, nodes) = (Ledger::default(), Ledger::default());
    let glued: Vec<_> = (0..3)
        .map(|_| {
            let outside = Mutex::new(Some(Node::new(&nodes)));
            Gc::new(Glued { edges: Mutex::default(), outside, guard: ledger.guard() })
        })
        .collect();
    for from in &glued {
        from.edges.lock().unwrap().extend(glued.iter().cloned());
    }
    assert!(glued[0].outside.lock().unwrap().is_some());
    drop(glued);
    assert_eq!(collect().reclaimed, 6);
    assert_eq!((ledger.dropped(), nodes.dropped()), (33, 3));
}

#[test]
fn no_finalizer_is_called_while_the_value_is_under_mut() {
    let _turn = alone();
    let (ledger, calls) = (Ledger::default(), Arc::new(AtomicUsize::new(0)));
    let (save, saved) = channel::<Gc<Last>>();
    let ((ready, is_ready), (end, is_over)) = (channel(), channel::<()>());
    let counts = calls.clone();
    let second = Last::new(&ledger, move |_| _ = counts.fetch_add(1, Ordering::SeqCst));
    let way = Mutex::new(Some((Gc::downgrade(&second), save, is_ready)));
    let first = Last::new(&ledger, move |first| {
        let (weak, save, is_ready) = way.lock().unwrap().take().unwrap();
        let second = weak.upgrade().unwrap();
        drop(weak);
        drop(first.peer.lock().unwrap().take());
        save.send(second).unwrap();
        is_ready.recv().unwrap();
    });
    *second.peer.lock().unwrap() = Some(first.clone());
    *first.peer.lock().unwrap() = Some(second);
    let other = thread::spawn(move || {
        let mut handle = saved.recv().unwrap();
        let value = Gc::get_mut(&mut handle).expect("the only handle of any kind");
        ready.send(()).unwrap();
        is_over.recv().unwrap();
        *value.peer.get_mut().unwrap() = None;
    });
    drop(first);
    collect();
    assert_eq!(calls.load(Ordering::SeqCst), 0, "the finalizer has seen what is under `&mut`");
    end.send(()).unwrap();
    other.join().unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 1, "it is due when the value dies");
    collect();
    assert_eq!(ledger.dropped(), 2);
}

/// A finalizer that panics may give the last handle to a destructor that panics.
#[test]
fn a_panicking_finalizer_may_meet_a_panicking_destructor() {
    let _turn = alone();
    let ledger = Ledger::default();
    let both = Gc::new(Last {
        peer: Mutex::default(),
        words: Box::new(|it| {
            drop(it.peer.lock().unwrap().take());
            panic!("the finalizer");
        }),
        _guard: Guard(ledger.0.clone(), Some(Box::new(|| panic!("the destructor")))),
    });
    *both.peer.lock().unwrap() = Some(both.clone());
    drop(both);
    drop(ring(&ledger, 3));
    let payload = catch_unwind(collect).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"the finalizer"));
    assert_eq!((ledger.dropped(), collect().captured), (4, 0));
}

/// A value whose destructor calls a function that takes the collector's lock.
struct Curious;

impl Drop for Curious {
    fn drop(&mut self) {
        assert!(sync::stats().live > 0);
    }
}

/// Panics when it is traced, with that.
struct Thrower;

// SAFETY: nothing is reported.
unsafe impl Trace for Thrower {
    fn trace(&self, _: &mut Tracer<'_>) {
        resume_unwind(Box::new(Curious));
    }

    unsafe fn dispose(&mut self, _: &Disposer) {}
}

#[test]
fn a_second_payload_is_dropped_when_no_lock_is_held() {
    let _turn = alone();
    let (done, is_done) = channel();
    thread::spawn(move || {
        let callback = sync::on_collection(|event| {
            assert!(!matches!(event, Event::Start { .. }), "no collections here")
        });
        let thrower = Gc::new(Thrower);
        drop(thrower.clone());
        assert!(catch_unwind(collect).is_err());
        drop((callback, thrower));
        done.send(()).unwrap();
    });
    is_done
        .recv_timeout(Duration::from_secs(times(60, 3_600) as u64))
        .expect("no thread waits for a lock of the collector");
}

/// A check of all in reach finds one report too many and changes nothing.
#[test]
fn check_reachable_finds_an_extra_report_and_changes_nothing() {
    let _turn = alone();
    let ledger = Ledger::default();
    let first = ring(&ledger, 5);
    assert!(sync::inspect::check_reachable(&first) >= 5);
    let held = first.edges.lock().unwrap();
    sync::inspect::check_reachable(&first);
    drop(held);
    assert!(first.edges.try_lock().is_ok() && !first.edges.is_poisoned());
    let target = Overreporting::new(1, None);
    let owner = Overreporting::new(2, Some(&target));
    sync::inspect::check_reachable(&target);
    drop(target);
    assert!(
        catch_unwind(|| sync::inspect::check_reachable(&owner)).is_err(),
        "one handle, and two reports"
    );
    drop(owner);
    let shy = Shy::new(0);
    assert!(catch_unwind(|| sync::inspect::check_reachable(&shy)).is_err(), "it panics");
    assert!(!shy.me.is_poisoned());
    *shy.me.lock().unwrap() = None;
    drop(shy);
    let seen = Arc::new(AtomicUsize::new(7));
    let noted = seen.clone();
    let last = Node::then(&ledger, move || {
        noted.store(sync::inspect::check_reachable(&()), Ordering::SeqCst)
    });
    last.link(&last.clone());
    drop((first, last));
    assert_eq!((collect().reclaimed, ledger.dropped()), (6, 6));
    assert_eq!(seen.load(Ordering::SeqCst), 0, "in the middle of a collection it does nothing");
}
