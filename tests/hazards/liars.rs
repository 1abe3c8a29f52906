//! A `Trace` that is wrong in the allowed direction costs a leak; one that reports too much is caught where counts can tell.
//!
//! Implementing `Trace` by hand is `unsafe`. These impls break the contract on purpose, in those ways that the collector
//! promises to survive; each has a switch that ends the lie, so that nothing is leaked in the end.

use std::cell::{Cell, RefCell};

use recyc::{Gc, Trace, Tracer};

use super::{End, Log, alone};

#[derive(Clone, Copy, PartialEq, Debug)]
enum Lie {
    Nothing,
    /// Reports no handle.
    Silence,
    /// Reports each handle twice.
    Twice,
    /// Reports no handle when it is asked for the first time by a collection.
    LateTruth,
}

struct Liar {
    edges: RefCell<Vec<Gc<Liar>>>,
    lie: Cell<Lie>,
    _end: End,
}

// SAFETY: not kept, on purpose: see `Lie`. `LateTruth` only leaves out, and `Twice` exceeds the count of its targets.
unsafe impl Trace for Liar {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        match self.lie.get() {
            Lie::Nothing => self.edges.trace(tracer),
            Lie::Silence => {}
            Lie::Twice => {
                self.edges.trace(tracer);
                self.edges.trace(tracer);
            }
            Lie::LateTruth => self.lie.set(Lie::Nothing),
        }
    }
}

fn ring_of_liars(lies: &[Lie], log: &Log) -> Vec<Gc<Liar>> {
    let one =
        |&lie: &Lie| Gc::new(Liar { edges: RefCell::default(), lie: Cell::new(lie), _end: End::new("liar", log) });
    let all: Vec<_> = lies.iter().map(one).collect();
    for at in 0..all.len() {
        all[at].edges.borrow_mut().push(all[(at + 1) % all.len()].clone());
    }
    all
}

/// Collects a dead ring with these liars on it, asserts that all of it lives, ends the lies, asserts that all of it dies.
fn lives_while_there_are(lies: &[Lie], overreported: usize) {
    let log = Log::default();
    let all = ring_of_liars(lies, &log);
    let way_back = Gc::downgrade(&all[0]);
    drop(all);
    for _ in 0..3 {
        let report = recyc::collect();
        assert_eq!((report.reclaimed, report.overreported), (0, overreported), "{lies:?}");
        recyc::inspect::check();
        drop(way_back.upgrade()); // a candidate again
    }
    let first = way_back.upgrade().expect("it lives");
    let mut next = first.clone();
    for _ in lies {
        next.lie.set(Lie::Nothing);
        let after = next.edges.borrow()[0].clone();
        next = after;
    }
    drop((first, next));
    assert_eq!(recyc::collect().reclaimed, lies.len());
    assert_eq!(log.take().len(), lies.len());
}

#[test]
fn a_handle_that_is_left_out_leaks_its_target_and_no_more() {
    alone(|| {
        lives_while_there_are(&[Lie::Silence], 0);
        lives_while_there_are(&[Lie::Silence, Lie::Nothing, Lie::Nothing], 0);
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn a_handle_that_is_reported_twice_is_noticed_and_its_target_lives() {
    alone(|| {
        lives_while_there_are(&[Lie::Twice], 1);
        lives_while_there_are(&[Lie::Twice, Lie::Nothing, Lie::Nothing], 1);
        lives_while_there_are(&[Lie::Twice, Lie::Twice], 2);
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn a_report_too_many_of_one_value_does_not_make_up_for_a_handle_outside_to_another() {
    alone(|| {
        let log = Log::default();
        let all = ring_of_liars(&[Lie::Twice, Lie::Nothing, Lie::Nothing], &log);
        // The second is reported once too often, the third is held once from outside: the sums are equal.
        let held = all[2].clone();
        drop(all);
        for _ in 0..2 {
            drop(held.clone()); // a candidate again
            let report = recyc::collect();
            assert_eq!((report.reclaimed, report.overreported), (0, 1));
            assert_eq!((log.take(), held.edges.borrow().len()), (vec![], 1));
        }
        held.edges.borrow()[0].lie.set(Lie::Nothing);
        drop(held);
        assert_eq!(recyc::collect().reclaimed, 3);
        assert_eq!(log.take(), ["liar dropped"; 3]);
    });
}

#[test]
fn a_liar_costs_its_honest_neighbours_nothing() {
    alone(|| {
        let log = Log::default();
        let liars = ring_of_liars(&[Lie::Twice, Lie::Silence], &log);
        let honest = ring_of_liars(&[Lie::Nothing; 4], &log);
        honest[0].edges.borrow_mut().push(liars[0].clone());
        drop(honest);
        liars.iter().for_each(|liar| drop(liar.clone()));
        assert_eq!(recyc::collect().reclaimed, 4);
        assert_eq!(log.take().len(), 4);
        liars.iter().for_each(|liar| liar.lie.set(Lie::Nothing));
        drop(liars);
        recyc::collect();
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn an_answer_that_grows_between_two_passes_keeps_its_target() {
    alone(|| {
        let log = Log::default();
        let all = ring_of_liars(&[Lie::LateTruth, Lie::Nothing], &log);
        let way_back = Gc::downgrade(&all[0]);
        drop(all);
        assert_eq!(recyc::collect().reclaimed, 0);
        assert_eq!(log.take(), [""; 0]);
        drop(way_back.upgrade()); // a candidate again
        assert_eq!(recyc::collect().reclaimed, 2);
        assert_eq!(log.take().len(), 2);
    });
}
