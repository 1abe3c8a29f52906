//! Values that report more handles than they have.

use std::sync::{Arc, Mutex};

use recyc::sync::{self, Gc, collect};
use recyc::{Depth, Disposer, Leaf, Promise, Shape, Trace, Tracer};

use super::model::{Guard, alone};

/// Reports its target several times.
pub struct Overreporting {
    target: Option<Gc<Overreporting>>,
    times: usize,
    peer: Mutex<Option<Gc<Overreporting>>>,
    end: Leaf<Mutex<Option<Guard>>>,
}

impl Overreporting {
    pub fn new(times: usize, target: Option<&Gc<Self>>) -> Gc<Self> {
        Gc::new(Self {
            target: target.cloned(),
            times,
            peer: Mutex::default(),
            end: Leaf(Mutex::default()),
        })
    }
}

// SAFETY: the contract is broken on purpose where `times` is not 1. `dispose` leaves the handles
// alone, as `shape` declares.
unsafe impl Trace for Overreporting {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        (0..self.times).for_each(|_| self.target.trace(tracer));
        self.peer.trace(tracer);
    }

    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: the caller gives up the value.
        let _rest = unsafe {
            (
                disposer.part(&mut self.target),
                disposer.part(&mut self.peer),
                disposer.part(&mut self.end),
            )
        };
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}

/// An old value of which the dead report more handles than there are lives.
#[test]
fn an_old_value_that_the_dead_report_too_often_lives() {
    let _turn = alone();
    let new = Overreporting::new;
    let target = new(1, None);
    for _ in 0..3 {
        drop(target.clone());
        collect();
    }
    let neighbour = new(1, Some(&target));
    let owner = new(3, Some(&target));
    *owner.peer.lock().unwrap() = Some(owner.clone());
    drop((owner, target));
    // Two handles, and three reports.
    let report = sync::collect_young();
    assert_eq!((report.reclaimed, report.overreported), (1, 1));
    let target = neighbour.target.as_ref().unwrap();
    assert_eq!(Gc::strong_count(target), 2, "what the dead owned of it is leaked");
    // SAFETY: no handle exists for the leaked count.
    unsafe { Gc::decrement_strong_count(Gc::as_ptr(target)) };
}

/// A destructor that makes a handle does not make up for one report too many.
#[test]
fn a_handle_made_by_a_destructor_does_not_hide_an_extra_report() {
    let _turn = alone();
    let target = Overreporting::new(1, None);
    for _ in 0..3 {
        drop(target.clone());
        collect();
    }
    let (weak, kept) = (Gc::downgrade(&target), Arc::new(Mutex::new(None)));
    let owner = Overreporting::new(2, Some(&target));
    let keeps = kept.clone();
    let upgrades = move || *keeps.lock().unwrap() = weak.upgrade();
    *owner.end.lock().unwrap() = Some(Guard(Arc::default(), Some(Box::new(upgrades))));
    *owner.peer.lock().unwrap() = Some(owner.clone());
    drop((owner, target));
    // One handle, and two reports.
    let report = sync::collect_young();
    assert_eq!((report.reclaimed, report.overreported), (1, 1));
    let target = kept.lock().unwrap().take().expect("it lives");
    assert_eq!(Gc::strong_count(&target), 2);
    // SAFETY: no handle exists for the leaked count.
    unsafe { Gc::decrement_strong_count(Gc::as_ptr(&target)) };
}
