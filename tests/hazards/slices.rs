//! Values whose size is known when the program runs: made in place, while foreign code runs between
//! the elements.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use recyc::{Gc, GcCell, Leaf, Trace, Weak, unsize};

use crate::support::drops::{Drops, Guard};

use super::{Actor, End, Log, alone, panic_of, ring};

/// An iterator that promises a number of elements and gives another.
struct Says<I>(usize, I);

impl<I: Iterator> Iterator for Says<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.1.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0, Some(self.0))
    }
}

impl<I: Iterator> ExactSizeIterator for Says<I> {}

#[test]
fn an_iterator_with_a_wrong_length_costs_only_time() {
    alone(|| {
        let log = Log::default();
        for said in [0, 1, 4, 5, 6, 50] {
            let slice: Gc<[Leaf<End>]> =
                Says(said, (0..5).map(|_| Leaf(End::new("element", &log)))).collect();
            assert_eq!(slice.len(), 5);
            assert!(log.take().is_empty());
            drop(slice);
            assert_eq!(log.take().len(), 5, "{said} were said");
        }
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn an_iterator_that_panics_drops_the_elements_it_gave() {
    alone(|| {
        let log = Log::default();
        for said in [3, 9, 20] {
            for panics_at in (0..9).step_by(if cfg!(miri) { 4 } else { 1 }) {
                let elements = (0..9).map(|at| {
                    drop(ring(["other", "another"], &Log::default()));
                    recyc::collect();
                    assert!(at != panics_at, "no more");
                    Leaf(End::new("element", &log))
                });
                let collected = Says(said, elements);
                assert_eq!(panic_of(|| collected.collect::<Gc<[_]>>()), "no more");
                assert_eq!(log.take().len(), panics_at);
                assert_eq!(recyc::stats().live, 0);
            }
        }
    });
}

#[test]
fn a_slice_of_handles_is_not_seen_before_it_is_whole() {
    alone(|| {
        let log = Log::default();
        for (said, panics_at) in [(9, 9), (9, 0), (9, 5), (20, 9), (20, 5), (3, 9)] {
            let kept = Actor::new("kept", &log);
            // Each collection starts with a candidate that the half of the slice holds, and with
            // other garbage.
            let elements = (0..9).map(|at| {
                drop((kept.clone(), ring(["other", "another"], &log)));
                assert_eq!(recyc::collect().reclaimed, 2);
                assert!(at != panics_at, "no more");
                kept.clone()
            });
            let made = catch_unwind(AssertUnwindSafe(|| Says(said, elements).collect::<Gc<[_]>>()));
            assert_eq!(made.is_err(), panics_at < 9);
            assert_eq!(Gc::strong_count(&kept), if made.is_ok() { 10 } else { 1 });
            recyc::inspect::check();
            drop((made, kept));
            assert_eq!(recyc::stats().live, 0);
        }
    });
}

#[test]
fn a_clone_that_panics_after_any_element_drops_those_it_made() {
    thread_local!(static LEFT: Cell<usize> = const { Cell::new(0) });

    #[derive(Trace)]
    struct Fragile(u64, Leaf<Guard>);

    impl Clone for Fragile {
        fn clone(&self) -> Self {
            assert!(LEFT.replace(LEFT.get().wrapping_sub(1)) > 0, "no more");
            Self(1, self.1.clone())
        }
    }

    alone(|| {
        let drops = Drops::default();
        let original: [Fragile; 3] = std::array::from_fn(|_| Fragile(0, drops.guard()));
        for clones in 0..3 {
            LEFT.set(clones);
            let before = drops.count();
            assert_eq!(panic_of(|| Gc::<[Fragile]>::from(&original[..])), "no more");
            assert_eq!((drops.count() - before, recyc::stats().live), (clones, 0));
        }
        LEFT.set(3);
        assert_eq!(Gc::<[Fragile]>::from(&original[..]).len(), 3);
        assert_eq!(drops.live(), original.len());
    });
}

/// A cycle through a slice is collected and its handles to the living are given back.
#[test]
fn a_dead_cycle_through_a_slice_drops_handles_to_the_living() {
    #[derive(Trace)]
    struct Part {
        all: RefCell<Option<Gc<[Part]>>>,
        outside: Gc<Actor>,
        _end: Leaf<End>,
    }

    alone(|| {
        let log = Log::default();
        let outside = Actor::new("outside", &Log::default());
        let part = |_| Part {
            all: RefCell::default(),
            outside: outside.clone(),
            _end: Leaf(End::new("part", &log)),
        };
        let slice: Gc<[Part]> = (0..4).map(part).collect();
        for part in slice.iter() {
            part.all.replace(Some(slice.clone()));
        }
        assert_eq!(slice[3].outside.name, "outside");
        let weak: Weak<[Part]> = Gc::downgrade(&slice);
        drop(slice);
        assert_eq!(weak.upgrade().expect("not collected yet").len(), 4);
        assert_eq!(Gc::strong_count(&outside), 5);
        assert_eq!(recyc::collect().reclaimed, 1);
        assert!(weak.upgrade().is_none());
        assert_eq!((Gc::strong_count(&outside), log.take().len()), (1, 4));
    });
}

/// Elements without size and with a large alignment have their places.
#[test]
fn zero_sized_and_over_aligned_elements_have_their_places() {
    #[derive(Trace)]
    #[repr(align(128))]
    struct Wide(u8);

    #[derive(Trace)]
    struct Nothing;

    alone(|| {
        let wide: Gc<[Wide]> = (0..7).map(Wide).collect();
        assert!(wide.iter().all(|one| std::ptr::from_ref(one).addr() % 128 == 0));
        assert_eq!(wide.iter().map(|one| u32::from(one.0)).sum::<u32>(), 21);
        let nothing: Gc<[Nothing]> = (0..1_000).map(|_| Nothing).collect();
        assert_eq!(nothing.len(), 1_000);
        let empty: Gc<[Wide]> = Gc::default();
        assert!(empty.is_empty() && !Gc::ptr_eq(&empty, &Gc::default()));
        drop((wide, nothing, empty));
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn a_panicking_element_keeps_no_other_from_its_drop() {
    alone(|| {
        for knotted in [false, true] {
            let log = Log::default();
            let element = |at: usize| {
                let end = End::new("element", &log);
                if at == 2 {
                    end.act(|| panic!("the third"));
                }
                (GcCell::new(None::<Gc<Keeper>>), Leaf(end))
            };
            let slice: Gc<[Element]> = (0..5).map(element).collect();
            if knotted {
                let keeper = Gc::new(Keeper(RefCell::new(Some(slice.clone()))));
                slice[0].0.set(Some(keeper));
            }
            let panic = panic_of(|| {
                drop(slice);
                recyc::collect()
            });
            assert_eq!((panic.as_str(), log.take().len()), ("the third", 5));
            assert_eq!(recyc::stats().live, 0);
        }
    });
}

type Element = (GcCell<Option<Gc<Keeper>>>, Leaf<End>);

#[derive(Trace)]
struct Keeper(RefCell<Option<Gc<[Element]>>>);

#[test]
fn room_that_is_never_filled_is_given_back_and_drops_nothing() {
    alone(|| {
        let log = Log::default();
        let mut room = Gc::<Leaf<End>>::new_uninit();
        recyc::collect();
        drop(Gc::<[Leaf<End>]>::new_uninit_slice(10));
        Gc::get_mut(&mut room).expect("the only handle").write(Leaf(End::new("late", &log)));
        // SAFETY: the value was written.
        let value = unsafe { room.assume_init() };
        assert!(log.take().is_empty());
        drop(value);
        assert_eq!(log.take(), ["late dropped"]);
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn a_value_that_is_made_late_is_traced_as_what_it_became() {
    #[derive(Trace)]
    struct Node(GcCell<Option<Gc<Node>>>);

    alone(|| {
        let mut room = Gc::<Node>::new_uninit();
        drop(room.clone());
        recyc::collect();
        assert!(Gc::get_mut(&mut room).is_some());
        Gc::get_mut(&mut room).expect("the only handle").write(Node(GcCell::default()));
        // SAFETY: the value was written.
        let node = unsafe { room.assume_init() };
        node.0.set(Some(node.clone()));
        drop(node);
        assert_eq!(recyc::collect().reclaimed, 1);
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn an_unsized_handle_on_a_cycle_is_collected_as_its_type() {
    trait Shape {
        fn name(&self) -> &'static str;
    }

    #[derive(Trace)]
    struct Circle(GcCell<Option<Gc<dyn Shape>>>, Leaf<Rc<()>>);

    impl Shape for Circle {
        fn name(&self) -> &'static str {
            "circle"
        }
    }

    alone(|| {
        let alive = Rc::new(());
        let circle = Gc::new(Circle(GcCell::default(), Leaf(alive.clone())));
        let shape: Gc<dyn Shape> = unsize!(circle.clone() => dyn Shape);
        circle.0.set(Some(shape.clone()));
        let weak: Weak<dyn Shape> = Gc::downgrade(&shape);
        assert_eq!(weak.upgrade().expect("alive").name(), "circle");
        drop((circle, shape));
        assert_eq!(recyc::collect().reclaimed, 1);
        assert!(weak.upgrade().is_none());
        assert_eq!(Rc::strong_count(&alive), 1);
    });
}
