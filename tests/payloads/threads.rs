//! Several threads that make large values at one time, in the heap that they share.

use std::mem::MaybeUninit;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Mutex, OnceLock};
use std::thread;

use recyc::sync::{Gc, collect, stats};
use recyc::{Leaf, Trace};

use crate::{MIB, assert_bounded};

#[derive(Trace)]
struct Knot {
    me: OnceLock<Gc<Knot>>,
    payload: Vec<u8>,
}

fn knot() -> Gc<Knot> {
    let one = Gc::new(Knot { me: OnceLock::new(), payload: vec![0; MIB] });
    assert!(one.me.set(one.clone()).is_ok());
    one
}

#[test]
fn dead_large_values_of_several_threads_do_not_pile_up() {
    // Each thread holds one value at a time.
    assert_bounded(4 * MIB, || {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..300).for_each(|_| assert_eq!(knot().payload.len(), MIB)));
            }
        });
    });
}

#[test]
fn what_threads_have_made_counts_when_they_have_ended() {
    assert_bounded(0, || {
        for _ in 0..100 {
            thread::scope(|scope| _ = scope.spawn(|| (0..3).for_each(|_| drop(knot()))));
        }
    });
}

/// Reports when it is dropped, and waits until it may go on.
struct Gate {
    reached: Sender<()>,
    go_on: Receiver<()>,
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.reached.send(()).unwrap();
        self.go_on.recv().unwrap();
    }
}

#[derive(Trace)]
struct Guarded {
    me: OnceLock<Gc<Guarded>>,
    payload: Vec<u8>,
    gate: Leaf<Mutex<Gate>>,
}

#[test]
fn bytes_are_due_earlier_while_another_thread_frees_its_dead() {
    assert_bounded(2 * MIB, || {
        let (reached, has_reached) = channel();
        let (go_on, may_go_on) = channel();
        let first = thread::spawn(move || {
            let gate = Leaf(Mutex::new(Gate { reached, go_on: may_go_on }));
            let guarded =
                Gc::new(Guarded { me: OnceLock::new(), payload: vec![0; 16 * MIB], gate });
            assert!(guarded.me.set(guarded.clone()).is_ok());
            assert_eq!(guarded.payload.len(), 16 * MIB);
            drop(guarded);
            drop(knot()); // collects
        });
        has_reached.recv().unwrap();
        let before = stats().young.collections;
        // Half of what is due otherwise.
        (0..8).for_each(|_| drop(knot()));
        let run = stats().young.collections - before;
        go_on.send(()).unwrap();
        first.join().unwrap();
        assert!(run > 0, "no collection");
    });
}

#[test]
fn samples_do_not_disturb_threads_that_share_the_values() {
    assert_bounded(4 * MIB, || {
        let (sender, receiver) = channel::<Gc<Mutex<Vec<Option<Gc<Knot>>>>>>();
        let second = thread::spawn(move || {
            for mut unique in receiver {
                // A sample counts no handles, so this thread has the only one.
                let value = Gc::get_mut(&mut unique).expect("one handle");
                value.get_mut().unwrap().push(None);
                let Ok(alone) = Gc::try_unwrap(unique) else { panic!("a second handle") };
                assert_eq!(alone.into_inner().unwrap().len(), 1);
            }
        });
        for _ in 0..if cfg!(miri) { 200 } else { 20_000 } {
            let shared = Gc::new(Mutex::new(Vec::new()));
            // A candidate in the list of this thread, which takes the samples.
            drop(shared.clone());
            sender.send(shared).unwrap();
        }
        drop(sender);
        second.join().unwrap();
    });
}

/// A value behind a lock may be written while another thread has a reference to its place.
type Late = Gc<MaybeUninit<Mutex<Vec<u8>>>>;

/// Writes values and gives their blocks the type, while a sample may trace the blocks.
fn initialize(late: Vec<Late>) {
    for late in late {
        let place = Gc::as_ptr(&late).cast::<Mutex<Vec<u8>>>().cast_mut();
        // SAFETY: no other handle is used to read or write the value.
        unsafe { place.write(Mutex::new(Vec::with_capacity(100_000))) };
        // SAFETY: it was written just now.
        assert!(unsafe { late.assume_init() }.lock().unwrap().is_empty());
    }
}

#[test]
fn samples_see_a_value_that_gets_its_type_late_whole() {
    assert_bounded(4 * MIB, || {
        // The threads meet, so that the value is written while the sample is taken.
        let (sender, receiver) = sync_channel::<Vec<Late>>(0);
        let second = thread::spawn(move || receiver.into_iter().for_each(initialize));
        for _ in 0..if cfg!(miri) { 100 } else { 2_000 } {
            let late: Vec<_> = (0..2).map(|_| Gc::new(MaybeUninit::uninit())).collect();
            // After a collection the second candidate makes a sample due.
            assert_eq!(collect().overreported, 0);
            let owners = [(); 2].map(|()| Gc::new(Mutex::new(late.clone())));
            owners.iter().for_each(|owner| drop(owner.clone()));
            sender.send(late).unwrap();
            assert_eq!(*Gc::new(1), 1); // takes the sample
        }
        drop(sender);
        second.join().unwrap();
    });
}
