//! Values that die inside a destructor or finalizer are destroyed in the drop of their last handle,
//! to the documented depth.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use recyc::{Finalize, Gc, Trace, collect};

use super::{Log, alone};

/// How many destructors and finalizers run inside each other at most.
const DEPTH: usize = 24;

/// A value that runs its first field as a finalizer and its last as a destructor.
#[derive(Trace)]
#[trace(finalize)]
struct Actor {
    #[trace(skip)]
    finalizer: Box<dyn Fn()>,
    me: RefCell<Option<Gc<Actor>>>,
    #[trace(skip)]
    _destructor: Destructor,
}

struct Destructor(Box<dyn Fn()>);

impl Drop for Destructor {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl Finalize for Actor {
    fn finalize(&self) {
        (self.finalizer)();
    }
}

fn actor(finalizer: impl Fn() + 'static, destructor: impl Fn() + 'static) -> Gc<Actor> {
    let _destructor = Destructor(Box::new(destructor));
    Gc::new(Actor { finalizer: Box::new(finalizer), me: RefCell::default(), _destructor })
}

/// The part of a value that drops the next value of its chain.
#[derive(Clone, Copy, PartialEq, Debug)]
enum By {
    Destructor,
    Finalizer,
}

/// A chain of values, each of which gives up the next and notes whether that was finalized and
/// destroyed before the drop returned. The value at `panics_at` panics after that.
fn chain(length: usize, by: By, log: &Log, panics_at: Option<usize>) -> Gc<Actor> {
    (0..length).rev().fold(actor(|| (), || ()), |next, at| {
        let (next, ends, gives_up) = (RefCell::new(Some(next)), log.clone(), log.clone());
        let give_up = move || {
            let before = gives_up.0.borrow().len();
            drop(next.take());
            let destroyed = format!("{} destroyed", at + 1);
            let done = at + 1 == length || gives_up.0.borrow()[before..].contains(&destroyed);
            gives_up.note(format!("{at} {}", if done { "done" } else { "late" }));
            if panics_at == Some(at) {
                panic_any(at);
            }
        };
        match by {
            By::Destructor => actor(
                || (),
                move || {
                    ends.note(format!("{at} destroyed"));
                    give_up();
                },
            ),
            By::Finalizer => actor(give_up, move || ends.note(format!("{at} destroyed"))),
        }
    })
}

/// The first value of the chain whose successor was destroyed late; all are destroyed.
fn first_late(log: &Log, length: usize) -> Option<usize> {
    let events = log.take();
    let destroyed = events.iter().filter(|event| event.ends_with("destroyed")).count();
    assert_eq!(destroyed, length, "{events:?}");
    events.iter().filter_map(|event| event.strip_suffix(" late")?.parse().ok()).min()
}

const WAYS: [By; 2] = [By::Destructor, By::Finalizer];

#[test]
fn finalizers_nest_to_the_documented_depth_and_no_deeper() {
    alone(|| {
        let log = Log::default();
        for by in WAYS {
            drop(chain(DEPTH, by, &log, None));
            assert_eq!(first_late(&log, DEPTH), None, "{by:?}");
            drop(chain(3 * DEPTH + 5, by, &log, None));
            assert_eq!(first_late(&log, 3 * DEPTH + 5), Some(DEPTH - 1), "{by:?}");
        }
    });
}

#[test]
fn what_dies_while_a_collection_finalizes_or_destroys_nests() {
    alone(|| {
        let log = Log::default();
        for by in WAYS {
            for collected in WAYS {
                let first = RefCell::new(Some(chain(DEPTH, by, &log, None)));
                let give_up = move || drop(first.take());
                let dead = match collected {
                    By::Destructor => actor(|| (), give_up),
                    By::Finalizer => actor(give_up, || ()),
                };
                *dead.me.borrow_mut() = Some(dead.clone());
                drop(dead);
                assert_eq!(collect().reclaimed, 1);
                assert_eq!(first_late(&log, DEPTH), None, "{by:?} in a {collected:?}");
            }
        }
    });
}

#[test]
fn a_panic_at_any_depth_ends_the_chain_and_keeps_the_depth() {
    alone(|| {
        let log = Log::default();
        for by in WAYS {
            let places = [0, DEPTH, 1, DEPTH - 1, DEPTH + 1, 2 * DEPTH];
            for at in places.into_iter().take(if cfg!(miri) { 2 } else { 6 }) {
                let length = 2 * DEPTH + 1;
                let first = chain(length, by, &log, Some(at));
                let payload = catch_unwind(AssertUnwindSafe(|| drop(first))).unwrap_err();
                assert_eq!(payload.downcast_ref(), Some(&at), "{by:?}");
                assert!(first_late(&log, length).is_some());
                drop(chain(DEPTH, by, &log, None));
                assert_eq!(first_late(&log, DEPTH), None, "{by:?} after a panic at {at}");
            }
        }
    });
}
