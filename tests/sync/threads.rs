//! The promises that hold while another thread collects all the time.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use recyc::Trace;
use recyc::sync::{Gc, Weak, collect, inspect, unsize};

use super::model::{Ledger, Node, alone, ring, times};

/// Runs a test while another thread collects without a pause.
fn while_another_collects(test: impl FnOnce(&Ledger)) {
    let _turn = alone();
    let over = AtomicBool::new(false);
    let ledger = Ledger::default();
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                collect();
            }
        });
        let end = AtEnd(&over);
        test(&ledger);
        drop(end);
    });
}

/// Ends the other thread also when the test panics.
struct AtEnd<'a>(&'a AtomicBool);

impl Drop for AtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A value that is a candidate, so that collections look at it, with one handle.
fn candidate(ledger: &Ledger) -> Gc<Node> {
    let node = Node::new(ledger);
    let theirs = node.clone();
    thread::spawn(move || drop(theirs)).join().unwrap();
    node
}

#[test]
fn who_has_joined_all_threads_can_unwrap_what_they_shared() {
    while_another_collects(|ledger| {
        for _ in 0..times(200, 3) {
            assert!(Gc::try_unwrap(candidate(ledger)).is_ok());
            assert!(Gc::into_inner(candidate(ledger)).is_some());
            assert!(Gc::get_mut(&mut candidate(ledger)).is_some());
        }
    });
}

#[test]
fn a_collection_is_in_no_count() {
    while_another_collects(|ledger| {
        let (node, weak) = {
            let node = candidate(ledger);
            (node.clone(), Gc::downgrade(&node))
        };
        for _ in 0..times(20_000, 30) {
            assert_eq!(
                (Gc::strong_count(&node), Gc::weak_count(&node), weak.strong_count()),
                (1, 1, 1)
            );
        }
    });
}

#[test]
fn the_last_drop_destroys_before_it_returns() {
    while_another_collects(|ledger| {
        for round in 1..=times(500, 5) {
            drop(candidate(ledger));
            assert_eq!(ledger.dropped(), round);
        }
    });
}

#[test]
fn a_held_value_can_always_be_upgraded() {
    while_another_collects(|ledger| {
        let held = ring(ledger, 3);
        let weak: Weak<Node> = Gc::downgrade(&held.edges.lock().unwrap()[0]);
        for _ in 0..times(20_000, 30) {
            assert!(weak.upgrade().is_some());
        }
    });
}

#[test]
fn handles_from_raw_pointers_are_seen_by_a_collection() {
    while_another_collects(|ledger| {
        for _ in 0..times(300, 3) {
            let first = ring(ledger, 2);
            let pointer = Gc::into_raw(first);
            for _ in 0..20 {
                // SAFETY: the count of `into_raw` is there, and each count that is added here is
                // taken off here.
                unsafe {
                    Gc::increment_strong_count(pointer);
                    Gc::decrement_strong_count(pointer);
                }
            }
            // SAFETY: the pointer came from `into_raw` and is turned back once.
            let first = unsafe { Gc::from_raw(pointer) };
            assert_eq!(first.edges.lock().unwrap().len(), 1);
        }
    });
}

#[test]
fn threads_may_declare_a_value_written_at_the_same_time() {
    #[derive(Trace)]
    struct Late(OnceLock<Gc<Late>>, #[trace(skip)] super::model::Guard);

    while_another_collects(|ledger| {
        let rounds = times(200, 5);
        for _ in 0..rounds {
            let mut late = Gc::<Late>::new_uninit();
            Gc::get_mut(&mut late).unwrap().write(Late(OnceLock::new(), ledger.guard()));
            let theirs: Gc<MaybeUninit<Late>> = late.clone();
            // SAFETY: it was written before either handle is used as one to it, and stays written.
            let other = thread::spawn(move || drop(unsafe { theirs.assume_init() }));
            // SAFETY: as above.
            let mine = unsafe { late.assume_init() };
            assert!(mine.0.set(mine.clone()).is_ok());
            other.join().unwrap();
            drop(mine);
        }
        while ledger.dropped() < rounds {
            collect();
        }
    });
}

#[test]
fn what_a_thread_local_drops_at_the_end_is_found() {
    thread_local!(static KEPT: std::cell::RefCell<Option<Gc<Node>>> = const { std::cell::RefCell::new(None) });

    let _turn = alone();
    let ledger = Ledger::default();
    let first = ring(&ledger, 3);
    thread::spawn(move || {
        // The thread-local exists before the thread has anything to do with the heap, so it goes
        // after what the heap has.
        KEPT.set(None);
        drop(first.clone());
        KEPT.set(Some(first));
    })
    .join()
    .unwrap();
    assert_eq!(collect().reclaimed, 3);
    assert_eq!(ledger.dropped(), 3);
}

#[test]
fn what_waits_in_a_channel_is_held_from_outside() {
    let _turn = alone();
    let ledger = Ledger::default();
    let (send, receive) = channel();
    send.send(ring(&ledger, 2)).unwrap();
    assert_eq!(collect().reclaimed, 0);
    drop(receive.recv().unwrap());
    assert_eq!(collect().reclaimed, 2);
}

/// Reports its handles only at every second trace, starting with this one. The other traces
/// disagree with the counts.
struct Fickle {
    me: OnceLock<Gc<Fickle>>,
    ring: Mutex<Option<Gc<Node>>>,
    looks: AtomicUsize,
    first: usize,
}

impl Fickle {
    /// One that has itself and a ring of two nodes.
    fn new(ledger: &Ledger, first: usize) -> Gc<Self> {
        let ring = Mutex::new(Some(ring(ledger, 2)));
        let fickle = Gc::new(Self { me: OnceLock::new(), ring, looks: AtomicUsize::new(0), first });
        assert!(fickle.me.set(fickle.clone()).is_ok());
        fickle
    }
}

// SAFETY: the handle in `me` never changes once it is there; a handle is reported once or not at
// all.
unsafe impl Trace for Fickle {
    fn trace(&self, tracer: &mut recyc::Tracer<'_>) {
        if self.looks.fetch_add(1, Ordering::Relaxed) % 2 == self.first {
            self.me.trace(tracer);
            self.ring.trace(tracer);
        }
    }
}

/// Part of a ring, and what is dead when the ring is.
#[derive(Trace)]
struct Dead(OnceLock<Gc<Dead>>, Option<Gc<Fickle>>, #[trace(skip)] super::model::Guard);

#[test]
fn who_fails_the_proof_is_taken_out_and_the_rest_is_tried_again() {
    // The proof of a ring in a window is its first look; one that is too large for a window is
    // looked at twice.
    for (size, first) in [(1, 1), (times(1_500, 1_030), 0)] {
        let _turn = alone();
        let ledger = Ledger::default();
        let fickle = Fickle::new(&ledger, first);
        let weak = Gc::downgrade(&fickle);
        let mut fickle = Some(fickle);
        let ring: Vec<_> = (0..size)
            .map(|_| Gc::new(Dead(OnceLock::new(), fickle.take(), ledger.guard())))
            .collect();
        for at in 0..size {
            assert!(ring[at].0.set(ring[(at + 1) % size].clone()).is_ok());
        }
        drop(ring);
        // The value that fails lives on with what it reaches, and those above it die, with their
        // handles to it.
        assert_eq!(collect().reclaimed, size);
        assert_eq!((ledger.dropped(), weak.strong_count()), (size, 1));
    }
}

/// A cycle may pass through a slice and a trait object on any thread.
#[test]
fn a_cycle_may_pass_through_a_slice_and_a_trait_object() {
    #[derive(Trace)]
    struct Part(OnceLock<Gc<[Part]>>, #[trace(skip)] super::model::Guard);

    while_another_collects(|ledger| {
        let rounds = times(200, 5);
        for _ in 0..rounds {
            let parts: Gc<[Part]> = (0..4).map(|_| Part(OnceLock::new(), ledger.guard())).collect();
            let theirs = parts.clone();
            let other = thread::spawn(move || theirs[1].0.set(theirs.clone()).is_ok());
            assert!(parts[2].0.set(parts.clone()).is_ok());
            assert!(other.join().unwrap());
        }
        while ledger.dropped() < 4 * rounds {
            collect();
        }
    });
}

/// The places of candidates may be read while others write there.
#[test]
fn the_places_of_candidates_may_be_read_while_others_write() {
    let _turn = alone();
    let mut slice: Gc<[Option<Gc<Node>>]> = Gc::from([None, None]);
    let place = Gc::as_ptr(&slice).cast::<()>().addr();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                assert!(inspect::candidates().iter().all(|&candidate| candidate == place));
            }
        });
        let _end = AtEnd(&over);
        for _ in 0..times(2_000, 15) {
            drop(slice.clone());
            Gc::get_mut(&mut slice).expect("asking for its place is in no count").fill(None);
        }
    });
    drop(slice.clone());
    assert_eq!(inspect::candidates(), [place]);
}

#[test]
fn destructors_see_values_that_other_threads_made() {
    let _turn = alone();
    let ledger = Ledger::default();
    let seen = Arc::new(AtomicUsize::new(0));
    let theirs = ledger.clone();
    let weak = thread::spawn(move || {
        let first = ring(&theirs, 5);
        Gc::downgrade(&first)
    })
    .join()
    .unwrap();
    let (sum, other) = (seen.clone(), weak.clone());
    let watcher = Node::then(&ledger, move || {
        _ = sum.fetch_add(usize::from(other.upgrade().is_some()), Ordering::SeqCst)
    });
    watcher.link(&watcher.clone());
    drop(watcher);
    assert_eq!(collect().reclaimed, 6);
    assert_eq!((seen.load(Ordering::SeqCst), weak.upgrade().is_none()), (0, true));
}

/// The way from the address to the block does not read the value, which another thread destroys.
#[test]
fn a_raw_weak_comes_back_while_its_value_is_destroyed() {
    let _turn = alone();
    for slice in [false, true] {
        for _ in 0..times(10, 3) {
            let handle: Gc<[String]> = match slice {
                true => Vec::from([String::from("value")]).into(),
                false => unsize!(Gc::new([String::from("value")]) => [String]),
            };
            let weak = Gc::downgrade(&handle);
            // The pointer is turned back on the thread that does not drop the handle.
            let pointer = weak.clone().into_raw();
            let theirs = thread::spawn(move || drop(handle));
            // SAFETY: from `into_raw`, turned back once.
            let back = unsafe { Weak::from_raw(pointer) };
            assert!(back.ptr_eq(&weak));
            theirs.join().unwrap();
            assert!(back.upgrade().is_none());
        }
    }
}
