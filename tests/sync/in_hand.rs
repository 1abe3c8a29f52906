//! Candidates that the collection of one thread has taken while another thread collects.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use recyc::sync::{Gc, collect, inspect};
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
fn what_waits_for_the_finalizers_of_another_thread_is_left_to_it() {
    let _turn = alone();
    let ledger = Ledger::default();
    let ((began, has_begun), (go_on, may_go_on)) = (channel(), channel());
    let slow = Gc::new(Slow { me: OnceLock::new(), ends: Mutex::new((began, may_go_on)), _guard: ledger.guard() });
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
    let slow = Gc::new(Slow { me: OnceLock::new(), ends: Mutex::new((began, may_go_on)), _guard: ledger.guard() });
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
