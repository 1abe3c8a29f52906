//! Finalizers see a whole world and may change it; destructors see no dead neighbour. For either
//! heap.

use super::kind::{
    Gc, Leaf, RefCell, SHARED, Trace, Tracer, Weak, collect, collect_young, inspect,
};
use super::{Actor, End, Glue, Log, alone, live, place, ring};

#[test]
fn a_finalizer_sees_every_neighbour_whole_and_every_weak_open() {
    alone(|| {
        let log = Log::default();
        let actors = ring(["a", "b", "c"], &log);
        for actor in &actors {
            let (noted, weak) = (log.clone(), Gc::downgrade(&actors[1]));
            actor.finalizers(move |me| {
                let twice = me.next().next();
                assert!(me.me.upgrade().is_some());
                assert_eq!(weak.upgrade().expect("nothing is destroyed yet").name, "b");
                noted.note(format!("{} sees {} and {}", me.name, me.next().name, twice.name));
            });
        }
        drop(actors);
        assert_eq!(collect().reclaimed, 3);
        let said = log.take();
        assert!(said[..6].iter().all(|what| !what.ends_with("dropped")), "{said:?}");
        assert!(
            said.contains(&"a sees b and c".into()) && said.contains(&"c sees a and b".into()),
            "{said:?}"
        );
        assert_eq!(said.len(), 9);
    });
}

#[test]
fn a_finalizer_runs_before_a_counted_death_too() {
    alone(|| {
        let log = Log::default();
        let (a, b) = (Actor::new("a", &log), Actor::new("b", &log));
        a.link(&b);
        drop(b);
        let seen = place();
        let put = seen.clone();
        a.finalizers(move |me| put.borrow_mut().push((me.next().name, me.me.upgrade().is_some())));
        drop(a);
        assert_eq!(seen.take(), [("b", true)]);
        assert_eq!(log.take(), ["a finalized", "b finalized", "b dropped", "a dropped"]);
    });
}

#[test]
fn a_value_that_resurrects_itself_lives_with_all_it_reaches() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        let leaf = Actor::new("leaf", &log);
        b.link(&leaf);
        let kept = place();
        let keep = kept.clone();
        a.finalizers(move |me| keep.borrow_mut().extend(me.me.upgrade()));
        drop((a, b, leaf));
        let report = collect();
        assert_eq!((report.reclaimed, report.resurrected), (0, 3));
        assert_eq!(log.take_sorted(), ["a finalized", "b finalized", "leaf finalized"]);
        let a = kept.borrow_mut().pop().expect("resurrected");
        assert_eq!((a.name, a.next().name, a.next().edges.borrow()[1].name), ("a", "b", "leaf"));
        assert_eq!(Gc::strong_count(&a), 2);
        // The second death has no second finalizer.
        drop(a);
        assert_eq!(collect().reclaimed, 3);
        assert_eq!(log.take_sorted(), ["a dropped", "b dropped", "leaf dropped"]);
    });
}

/// A value that resurrects a neighbour dies if the neighbour does not lead to it.
#[test]
fn a_value_dies_if_the_neighbour_it_saved_does_not_own_it() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        let part = Actor::new("part", &log);
        b.link(&part);
        let deep = Actor::new("deep", &log);
        part.link(&deep);
        let kept = place();
        let keep = kept.clone();
        b.finalizers(move |me| keep.borrow_mut().push(me.edges.borrow()[1].clone()));
        drop((a, b, part, deep));
        let report = collect();
        assert_eq!((report.reclaimed, report.resurrected), (2, 2));
        assert_eq!(log.take_sorted()[..2], ["a dropped", "a finalized"]);
        let part = kept.borrow_mut().pop().expect("resurrected");
        assert_eq!((part.next().name, Gc::strong_count(&part)), ("deep", 1));
        drop(part);
        assert_eq!(log.take_sorted(), ["deep dropped", "part dropped"]);
    });
}

#[test]
fn a_counted_death_that_is_undone_is_a_candidate_like_any_other() {
    alone(|| {
        let log = Log::default();
        let a = Actor::new("a", &log);
        // The finalizer makes a self-loop by a move, which leaves no drop behind but its own.
        a.finalizers(|me| {
            let this = me.me.upgrade().expect("finalizers run with open weaks");
            me.edges.borrow_mut().push(this);
        });
        drop(a);
        assert_eq!(log.take(), ["a finalized"]);
        assert_eq!(collect().reclaimed, 1);
        assert_eq!(log.take(), ["a dropped"]);
    });
}

#[test]
fn a_counted_death_that_is_undone_is_undone_once() {
    alone(|| {
        let log = Log::default();
        let a = Actor::new("a", &log);
        let kept = place();
        let keep = kept.clone();
        a.finalizers(move |me| keep.borrow_mut().extend(me.me.upgrade()));
        let weak = Gc::downgrade(&a);
        drop(a);
        assert_eq!((weak.strong_count(), weak.weak_count()), (1, 2));
        assert_eq!(weak.upgrade().expect("resurrected").name, "a");
        drop(kept.take());
        assert!(weak.upgrade().is_none());
        assert_eq!(log.take(), ["a finalized", "a dropped"]);
    });
}

#[test]
fn a_finalizer_may_drop_the_last_handle_to_a_dead_neighbour() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        a.finalizers(|me| me.edges.borrow_mut().clear());
        b.finalizers(|me| assert_eq!(me.next().name, "a"));
        drop((a, b));
        // In the shared heap a neighbour that loses its last handle dies by counting.
        assert_eq!(collect().reclaimed, if SHARED { 0 } else { 2 });
        assert_eq!(log.take_sorted(), ["a dropped", "a finalized", "b dropped", "b finalized"]);
        assert_eq!(live(), 0);
    });
}

/// A finalizer that cuts the cycle leaves every value to be destroyed once.
#[test]
fn a_finalizer_that_cuts_the_cycle_destroys_nothing_twice() {
    alone(|| {
        let log = Log::default();
        for cut in 0..3 {
            let actors = ring(["a", "b", "c"], &log);
            actors[cut].finalizers(|me| drop(me.edges.take()));
            drop(actors);
            collect();
            assert_eq!(live(), 0);
            let dropped = log.take().into_iter().filter(|what| what.ends_with("dropped")).count();
            assert_eq!(dropped, 3);
        }
    });
}

#[test]
fn a_finalizer_may_clone_drop_and_free_survivors() {
    alone(|| {
        let log = Log::default();
        let alive = Actor::new("alive", &log);
        let [a, b] = ring(["a", "b"], &log);
        let mortal = place();
        mortal.borrow_mut().push(Actor::new("mortal", &log));
        a.link(&alive);
        b.link(&mortal.borrow()[0]);
        let kill = mortal.clone();
        a.finalizers(move |me| {
            drop(me.edges.borrow()[1].clone()); // registers a survivor
            kill.borrow_mut().clear();
        });
        b.finalizers(|me| drop(me.edges.borrow_mut().pop())); // frees a survivor, if a was first
        drop(alive.clone());
        drop((a, b));
        assert_eq!(collect().resurrected, 0, "a survivor was not dead");
        inspect::check();
        let said = log.take();
        assert!(said.iter().all(|what| !what.starts_with("alive")), "{said:?}");
        said.into_iter().for_each(|what| log.note(what));
        drop(alive);
        inspect::check();
        collect();
        assert_eq!(live(), 0);
        let dropped: Vec<_> =
            log.take_sorted().into_iter().filter(|what| what.ends_with("dropped")).collect();
        assert_eq!(dropped, ["a dropped", "alive dropped", "b dropped", "mortal dropped"]);
    });
}

#[test]
fn a_finalizer_may_make_a_dead_holder_of_its_value() {
    alone(|| {
        let log = Log::default();
        let [a, _] = ring(["a", "b"], &log);
        let inner = log.clone();
        a.finalizers(move |me| {
            let holder = Actor::new("holder", &inner);
            holder.link(&me.me.upgrade().expect("open"));
            holder.link(&holder);
        });
        drop(a);
        // The first one may find that the finalizer has saved its value.
        collect();
        while collect().reclaimed > 0 {}
        assert_eq!(live(), 0);
        assert_eq!(log.take_sorted().len(), 6);
    });
}

#[test]
fn what_a_finalizer_moves_into_an_old_value_is_found_again() {
    alone(|| {
        let log = Log::default();
        let old = Actor::new("old", &log);
        for _ in 0..3 {
            drop(old.clone());
            collect();
        }
        let weak = Gc::downgrade(&old);
        let young = Actor::new("young", &log);
        young.link(&young);
        young.edges.borrow_mut().push(old);
        // Moves a new handle of the young into the old one. From then on they hold each other, and
        // not a single drop has told of it: neither is a candidate, unless the collection keeps the
        // one that it had.
        young.finalizers(|me| {
            let this = me.me.upgrade().expect("open");
            me.edges.borrow()[1].edges.borrow_mut().push(this);
        });
        drop(young);
        assert_eq!(collect_young().reclaimed, 0);
        assert_eq!(weak.strong_count(), 1);
        collect();
        assert_eq!((weak.strong_count(), live()), (0, 0));
    });
}

#[test]
fn without_a_finalizer_a_dead_set_is_looked_at_once() {
    #[derive(Trace)]
    struct Plain(RefCell<Option<Gc<Plain>>>);

    alone(|| {
        let dead = |log: &Log| drop(ring(["a", "b"], log));
        dead(&Log::default());
        assert_eq!(collect().captured, 4, "with finalizers it is decided twice");
        let plain = Gc::new(Plain(RefCell::default()));
        plain.0.replace(Some(plain.clone()));
        drop(plain);
        assert_eq!(collect().captured, 1);
    });
}

#[test]
fn a_value_whose_finalizer_has_run_is_looked_at_once() {
    alone(|| {
        let log = Log::default();
        let [a, b] = ring(["a", "b"], &log);
        let kept = place();
        let keep = kept.clone();
        a.finalizers(move |me| keep.borrow_mut().extend(me.me.upgrade()));
        drop((a, b));
        collect();
        drop(kept.take());
        assert_eq!(collect().captured, 2);
    });
}

#[test]
fn a_destructor_sees_no_dead_member_of_its_cycle() {
    alone(|| {
        let log = Log::default();
        let alive = Actor::new("alive", &log);
        let actors = ring(["a", "b", "c"], &log);
        for actor in &actors {
            let weaks: Vec<Weak<Actor>> = actors.iter().map(Gc::downgrade).collect();
            let outside = Gc::downgrade(&alive);
            actor.at_end(move || {
                assert!(
                    weaks.iter().all(|weak| weak.upgrade().is_none() && weak.strong_count() == 0)
                );
                assert_eq!(outside.upgrade().expect("it lives").name, "alive");
            });
        }
        drop(actors);
        assert_eq!(collect().reclaimed, 3);
        assert_eq!(log.take_sorted().len(), 6);
    });
}

#[test]
fn drop_glue_of_the_dead_touches_no_freed_neighbour() {
    alone(|| {
        let log = Log::default();
        let glue = Glue::ring(["a", "b", "c"], &log);
        for one in &glue {
            let weaks: Vec<_> = glue.iter().map(Gc::downgrade).collect();
            one.at_end(move || assert!(weaks.iter().all(|weak| weak.upgrade().is_none())));
        }
        drop(glue);
        assert_eq!(collect().reclaimed, 3);
        assert_eq!(log.take_sorted(), ["a dropped", "b dropped", "c dropped"]);
        assert_eq!(live(), 0);
    });
}

#[test]
fn drop_glue_of_the_dead_drops_handles_to_the_living_once() {
    alone(|| {
        let log = Log::default();
        let [outside] = Glue::ring(["outside"], &log);
        let glue = Glue::ring(["a", "b"], &log);
        for one in &glue {
            one.edges.borrow_mut().extend([outside.clone(), outside.clone()]);
        }
        drop(glue);
        assert_eq!(Gc::strong_count(&outside), 6);
        assert_eq!(collect().reclaimed, 2);
        assert_eq!(Gc::strong_count(&outside), 2);
        assert_eq!(live(), 1);
        drop(outside);
        assert_eq!(collect().reclaimed, 1);
    });
}

#[test]
fn dead_values_with_and_without_dispose_on_one_cycle_all_die() {
    #[derive(Trace)]
    struct Knot {
        other: RefCell<Vec<Gc<Mixed>>>,
        _end: Leaf<End>,
    }

    struct Mixed(RefCell<Vec<Gc<Knot>>>, #[expect(dead_code)] End);

    // SAFETY: the vector belongs to this value alone; nothing is changed.
    unsafe impl Trace for Mixed {
        fn trace(&self, tracer: &mut Tracer<'_>) {
            self.0.trace(tracer);
        }
    }

    alone(|| {
        let log = Log::default();
        let knot = Gc::new(Knot { other: RefCell::default(), _end: Leaf(End::new("knot", &log)) });
        let mixed =
            Gc::new(Mixed(RefCell::new(vec![knot.clone(), knot.clone()]), End::new("mixed", &log)));
        knot.other.borrow_mut().extend([mixed.clone(), mixed]);
        drop(knot);
        assert_eq!(collect().reclaimed, 2);
        assert_eq!(log.take_sorted(), ["knot dropped", "mixed dropped"]);
        assert_eq!(live(), 0);
    });
}

/// Old values lose the handles that the dead own, and keep those of survivors that were looked at
/// beside these.
fn the_old_lose_what_the_dead_own(young: usize) {
    #[derive(Trace)]
    struct Node(RefCell<Vec<Gc<Node>>>);

    let old: Vec<_> = (0..60).map(|_| Gc::new(Node(RefCell::default()))).collect();
    for _ in 0..3 {
        drop(old.clone());
        collect_young();
    }
    let all: Vec<_> =
        (0..young).map(|at| Gc::new(Node(RefCell::new(vec![old[at % 60].clone()])))).collect();
    all.iter().for_each(|one| one.0.borrow_mut().push(one.clone()));
    let (dead, held): (Vec<_>, Vec<_>) =
        all.into_iter().enumerate().partition(|(at, _)| at * at / 7 % 2 == 0);
    let died = dead.len();
    drop(dead);
    drop(held.clone());
    let report = collect_young();
    assert_eq!((report.captured, report.reclaimed), (young, died));
    for (at, one) in old.iter().enumerate() {
        let owners = held.iter().filter(|(of, _)| of % 60 == at).count();
        assert_eq!(Gc::strong_count(one), 1 + owners);
    }
    held.iter().for_each(|(_, one)| one.0.borrow_mut().clear());
}

/// The old lose what the dead of a young collection own and nothing else.
#[test]
fn old_values_lose_only_the_handles_that_the_young_dead_own() {
    alone(|| {
        // Few, more than are prefetched at once, and more edges than are noted.
        for young in [60, 600, 5_000, 20_000].into_iter().take(if cfg!(miri) { 1 } else { 4 }) {
            the_old_lose_what_the_dead_own(young);
            collect();
            assert_eq!(live(), 0);
        }
    });
}

#[test]
fn few_survivors_that_are_found_out_of_order_are_all_of_them() {
    alone(|| {
        let log = Log::default();
        let [first, second, third] =
            ["first", "second", "third"].map(|name| Actor::new(name, &log));
        third.link(&second);
        second.link(&first);
        // Candidates in this order, but only the last is held from outside.
        for one in [&first, &second, &third] {
            drop(one.clone());
        }
        drop((first, second));
        let dead: Vec<_> = (0..50).map(|_| ring(["dead"], &log)).collect();
        drop(dead);
        let report = collect();
        assert_eq!(report.reclaimed, 50);
        let ended = log.take();
        assert!(ended.iter().all(|what| what.starts_with("dead ")), "{ended:?}");
        assert_eq!(third.next().next().name, "first");
        drop(third);
        assert_eq!(log.take_sorted().len(), 6, "each is finalized and dropped");
    });
}
