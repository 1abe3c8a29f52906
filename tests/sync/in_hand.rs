//! Candidates that the collection of one thread has taken while another thread collects.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use recyc::sync::{Gc, collect, inspect, is_pending};
use recyc::{Finalize, Trace};

use super::model::{Guard, Ledger, alone, ring};

/// A finalizer that waits longer ends, so that a collection that waits for it fails its test.
const LIMIT: Duration = Duration::from_secs(if cfg!(miri) { 3_600 } else { 60 });

/// Reports that its finalizer has begun, and waits there for the test.
#[derive(Trace)]
#[trace(finalize)]
struct Slow {
    me: OnceLock<Gc<Slow>>,
    #[trace(skip)]
    ends: Mutex<(Sender<()>, Receiver<()>)>,
    #[trace(skip)]
    _guard: Guard,
}

impl Finalize for Slow {
    fn finalize(&self) {
        let ends = self.ends.lock().unwrap();
        ends.0.send(()).unwrap();
        ends.1.recv_timeout(LIMIT).expect("no other collection waits for this finalizer");
    }
}

#[test]
fn what_waits_for_finalizers_is_left_to_their_thread() {
    let _turn = alone();
    let ledger = Ledger::default();
    let ((began, has_begun), (go_on, may_go_on)) = (channel(), channel());
    let slow = Gc::new(Slow {
        me: OnceLock::new(),
        ends: Mutex::new((began, may_go_on)),
        _guard: ledger.guard(),
    });
    assert!(slow.me.set(slow.clone()).is_ok());
    drop((slow, ring(&ledger, 2)));
    let other = thread::spawn(collect);
    has_begun.recv().unwrap();
    // The ring has no finalizer, but is committed together with a value that has one.
    let (report, left) = (collect(), ledger.dropped());
    drop(ring(&ledger, 3));
    let new = collect();
    inspect::check();
    go_on.send(()).unwrap();
    let others = other.join().unwrap();
    assert_eq!((report.captured, report.abandoned || report.nested, left), (0, false, 0));
    assert_eq!((new.reclaimed, others.reclaimed, ledger.dropped()), (3, 3, 6));
}

/// The entries of what waits are in the other collection, so only an edge leads there.
#[test]
fn what_waits_for_finalizers_is_not_entered_along_an_edge() {
    let _turn = alone();
    let ledger = Ledger::default();
    let ((began, has_begun), (go_on, may_go_on)) = (channel(), channel());
    let slow = Gc::new(Slow {
        me: OnceLock::new(),
        ends: Mutex::new((began, may_go_on)),
        _guard: ledger.guard(),
    });
    assert!(slow.me.set(slow.clone()).is_ok());
    let waits = ring(&ledger, 2);
    let weak = Gc::downgrade(&waits);
    drop((slow, waits));
    let other = thread::spawn(collect);
    has_begun.recv().unwrap();
    let new = ring(&ledger, 3);
    new.link(&weak.upgrade().expect("nothing is dead before the finalizers are over"));
    let entered = collect().captured;
    drop(new);
    let (report, left) = (collect(), ledger.dropped());
    go_on.send(()).unwrap();
    let others = other.join().unwrap();
    assert_eq!((entered, report.captured, report.reclaimed, left), (3, 3, 3, 3));
    assert_eq!((others.reclaimed, ledger.dropped()), (3, 6));
}

/// A value that a collection has captured before a finalizer gives it away.
#[derive(Trace)]
#[trace(finalize)]
struct Given {
    next: OnceLock<Gc<Given>>,
    changes: u32,
    #[trace(skip)]
    finalized: Arc<AtomicUsize>,
}

impl Finalize for Given {
    fn finalize(&self) {
        self.finalized.fetch_add(1, SeqCst);
    }
}

/// Gives its value away in its finalizer, and waits there for the test.
#[derive(Trace)]
#[trace(finalize)]
struct Giver {
    me: OnceLock<Gc<Giver>>,
    given: Mutex<Option<Gc<Given>>>,
    #[trace(skip)]
    ends: Mutex<(Sender<Gc<Given>>, Receiver<()>)>,
}

impl Finalize for Giver {
    fn finalize(&self) {
        let ends = self.ends.lock().unwrap();
        ends.0
            .send(self.given.lock().unwrap().take().expect("it was not given away before"))
            .unwrap();
        ends.1.recv_timeout(LIMIT).expect("no other collection waits for this finalizer");
    }
}

/// Owns a value that was given away.
#[derive(Trace)]
struct Owner {
    given: Gc<Given>,
}

/// Another thread had the value under `&mut` while the collection that has captured it calls
/// finalizers. After that `reads` reaches it along an edge, which must not make it a candidate: the
/// collection would call its finalizer.
fn is_left_withdrawn(reads: fn(Gc<Owner>)) {
    let _turn = alone();
    let ((give, is_given), (go_on, may_go_on)) = (channel(), channel());
    let finalized = Arc::new(AtomicUsize::new(0));
    let given = Gc::new(Given { next: OnceLock::new(), changes: 0, finalized: finalized.clone() });
    let ends = Mutex::new((give, may_go_on));
    let giver = Gc::new(Giver { me: OnceLock::new(), given: Mutex::new(Some(given)), ends });
    assert!(giver.me.set(giver.clone()).is_ok());
    drop(giver);
    let other = thread::spawn(collect);
    let mut given = is_given.recv().unwrap();
    Gc::get_mut(&mut given).expect("the only handle").changes += 1;
    let owner = Gc::new(Owner { given });
    reads(owner.clone());
    go_on.send(()).unwrap();
    let report = other.join().unwrap();
    assert_eq!((report.finalized, report.reclaimed, finalized.load(SeqCst)), (1, 1, 0));
    assert_eq!(owner.given.changes, 1);
    drop(owner);
    collect();
    assert_eq!(finalized.load(SeqCst), 1);
}

#[test]
fn a_check_makes_no_captured_value_a_candidate() {
    is_left_withdrawn(|owner| _ = inspect::check_reachable(&owner));
}

#[test]
fn a_sample_makes_no_captured_value_a_candidate() {
    #[derive(Trace)]
    struct Candidate {
        owner: Gc<Owner>,
    }

    is_left_withdrawn(|owner| {
        // Enough candidates for a sample, each of which reaches the value.
        let candidates: Vec<_> =
            (0..2_000).map(|_| Gc::new(Candidate { owner: owner.clone() })).collect();
        candidates.iter().for_each(|one| drop(one.clone()));
        _ = is_pending();
        drop(candidates);
    });
}
