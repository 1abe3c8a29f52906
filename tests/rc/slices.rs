//! `Gc<[T]>`: from and to arrays, from vectors, slices, boxes and iterators.

use super::kind::{Cell, RefCell};
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::kind::{Gc, Leaf, Trace, Weak, alone, collect, unsize};

use super::model::{Drops, Node, in_every_situation, is_candidate, nothing_is_left};

fn nodes(drops: &Drops) -> Vec<Node> {
    (0..3).map(|number| Node::new(number, drops)).collect()
}

type Way = fn(&Drops) -> Gc<[Node]>;

/// Every way to three nodes.
fn ways() -> Vec<Way> {
    vec![
        |drops| nodes(drops).into(),
        |drops| nodes(drops).into_boxed_slice().into(),
        |drops| nodes(drops).as_slice().into(),
        |drops| nodes(drops).as_mut_slice().into(),
        |drops| nodes(drops).into_iter().collect(),
        |drops| nodes(drops).into_iter().filter(|_| true).collect(),
        |drops| <[Node; 3]>::try_from(nodes(drops)).ok().unwrap().into(),
        |drops| unsize!(Gc::new(<[Node; 3]>::try_from(nodes(drops)).ok().unwrap()) => [Node]),
    ]
}

#[test]
fn a_slice_has_its_elements_and_drops_each_once() {
    for way in ways() {
        in_every_situation(way, |case, drops| {
            let cloned = drops.count();
            assert!(case.handle.iter().map(|node| node.number).eq(0..3));
            let weak = Gc::downgrade(&case.handle);
            assert_eq!(weak.upgrade().unwrap().len(), 3);
            drop((case.handle, case.others));
            assert_eq!(drops.count(), cloned + 3);
            assert!(
                weak.upgrade().is_none() && case.weaks.iter().all(|weak| weak.upgrade().is_none())
            );
        });
    }
}

#[derive(Trace)]
struct Owner {
    slice: RefCell<Option<Gc<[Node]>>>,
    back: RefCell<Option<Gc<Owner>>>,
}

#[test]
fn a_cycle_through_a_slice_is_freed_and_told_of_in_bytes() {
    for way in ways() {
        in_every_situation(way, |case, drops| {
            let cloned = drops.count();
            let [first, second, third] = [0, 1, 2].map(|at| Gc::new(Node::new(at, drops)));
            for (node, next) in case.handle.iter().zip([&first, &second, &third]) {
                *node.next.borrow_mut() = Some(next.clone());
                *next.next.borrow_mut() = Some(third.clone());
            }
            let owner = Gc::new(Owner {
                slice: RefCell::new(Some(case.handle.clone())),
                back: RefCell::new(None),
            });
            *owner.back.borrow_mut() = Some(owner.clone());
            drop((case.handle, case.others, owner, first, second, third));
            assert_eq!(drops.count(), cloned);
            let found = collect();
            assert_eq!(found.reclaimed, 5);
            assert!(found.bytes >= 6 * size_of::<Node>() + size_of::<Owner>(), "{found}");
            assert_eq!(drops.count(), cloned + 6);
        });
    }
}

#[test]
fn a_slice_that_survives_a_collection_keeps_its_targets() {
    nothing_is_left(|drops| {
        let slice: Gc<[Node]> = nodes(drops).into();
        let target = Gc::new(Node::new(7, drops));
        *slice[2].next.borrow_mut() = Some(target.clone());
        drop((slice.clone(), target.clone()));
        assert!(is_candidate(&slice) && is_candidate(&target));
        drop(target);
        assert_eq!(collect().reclaimed, 0);
        assert_eq!(slice[2].next.borrow().as_ref().unwrap().number, 7);
    });
}

#[test]
fn empty_slices_and_elements_of_size_zero() {
    nothing_is_left(|drops| {
        let empty: Gc<[Node]> = Gc::default();
        let from_vec: Gc<[Node]> = Vec::with_capacity(10).into();
        let collected: Gc<[Node]> = iter::empty().collect();
        assert_eq!(empty.len() + from_vec.len() + collected.len(), 0);
        assert!(!Gc::ptr_eq(&from_vec, &collected));
        let units: Gc<[()]> = iter::repeat_n((), 1000).collect();
        assert_eq!(units.len(), 1000);
        let weak = Gc::downgrade(&units);
        drop(units);
        assert!(weak.upgrade().is_none());
        assert_eq!(drops.count(), 0);
    });
}

#[test]
fn a_slice_becomes_an_array_of_its_length_in_place() {
    for way in ways() {
        in_every_situation(way, |case, drops| {
            let cloned = drops.count();
            let address = Gc::address(&case.handle);
            let slice = <Gc<[Node; 4]>>::try_from(case.handle).unwrap_err();
            let array = <Gc<[Node; 3]>>::try_from(slice).unwrap();
            assert_eq!(Gc::address(&array), address);
            assert_eq!(Gc::strong_count(&array), 1 + case.others.len());
            collect();
            let any = unsize!(array.clone() => super::kind::Any);
            drop(array);
            let array = any.downcast::<[Node; 3]>().unwrap();
            drop((case.others, case.weaks));
            assert_eq!(drops.count(), cloned);
            match cloned {
                0 => drop(array),
                _ => drop(Gc::into_inner(array).unwrap()),
            }
            assert_eq!(drops.count(), cloned + 3);
        });
    }
}

#[test]
fn an_array_that_was_made_as_a_slice_dies_on_a_cycle() {
    nothing_is_left(|drops| {
        let array = <Gc<[Node; 3]>>::try_from(Gc::<[Node]>::from(nodes(drops))).unwrap();
        let node = Gc::new(Node::new(7, drops));
        *array[0].next.borrow_mut() = Some(node.clone());
        #[derive(Trace)]
        struct Holder(Gc<[Node; 3]>, RefCell<Option<Gc<Holder>>>);
        let holder = Gc::new(Holder(array, RefCell::new(None)));
        *holder.1.borrow_mut() = Some(holder.clone());
        drop((holder, node));
        assert_eq!(collect().reclaimed, 3);
        assert_eq!(drops.count(), 4);
    });
}

#[test]
fn a_panic_in_clone_drops_what_was_cloned() {
    #[derive(Trace)]
    struct Fragile(Leaf<super::model::Guard>, bool);

    impl Clone for Fragile {
        fn clone(&self) -> Self {
            assert!(!self.1, "this clone panics");
            Self(self.0.clone(), false)
        }
    }

    for bad in 0..3 {
        nothing_is_left(|drops| {
            let elements: Vec<_> = (0..3).map(|at| Fragile(drops.guard(), at == bad)).collect();
            let made = catch_unwind(AssertUnwindSafe(|| Gc::<[Fragile]>::from(&elements[..])));
            assert!(made.is_err());
            assert_eq!(drops.count(), bad);
            drop(elements);
            assert_eq!(drops.count(), bad + 3);
        });
    }
}

/// An iterator that reports `said` elements, has `has` elements, and panics in place of element
/// `panics`.
struct WrongHint<'a> {
    said: (usize, Option<usize>),
    has: usize,
    panics: usize,
    given: usize,
    drops: &'a Drops,
}

impl Iterator for WrongHint<'_> {
    type Item = Node;

    fn next(&mut self) -> Option<Node> {
        assert_ne!(self.given, self.panics, "the iterator panics");
        (self.given < self.has).then(|| {
            self.given += 1;
            collect();
            Node::new(self.given as u32, self.drops)
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.said
    }
}

#[test]
fn what_an_iterator_says_of_its_length_need_not_be_true() {
    for (low, high) in [(0, Some(0)), (3, Some(3)), (5, Some(5)), (0, None), (2, Some(9))] {
        for has in [0, 1, 3, 5, 8] {
            nothing_is_left(|drops| {
                let iterator =
                    WrongHint { said: (low, high), has, panics: usize::MAX, given: 0, drops };
                let slice: Gc<[Node]> = iterator.collect();
                assert!(slice.iter().map(|node| node.number as usize).eq(1..=has));
                assert_eq!(drops.count(), 0);
                drop(slice);
                assert_eq!(drops.count(), has);
            });
        }
    }
}

#[test]
fn a_panic_in_an_iterator_drops_what_it_gave() {
    for said in [(0, Some(0)), (3, Some(3)), (8, Some(8)), (0, None)] {
        for panics in 0..5 {
            nothing_is_left(|drops| {
                let iterator = WrongHint { said, has: 8, panics, given: 0, drops };
                assert!(
                    catch_unwind(AssertUnwindSafe(|| iterator.collect::<Gc<[Node]>>())).is_err()
                );
                assert_eq!(drops.count(), panics);
            });
        }
    }
}

#[test]
fn a_panic_in_the_drop_of_an_element_leaks_no_memory() {
    struct Bomb(Cell<bool>, #[allow(dead_code)] Leaf<super::model::Guard>);

    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(!self.0.get(), "a bomb goes off");
        }
    }

    for bad in 0..3 {
        nothing_is_left(|drops| {
            let bombs = (0..3).map(|at| Leaf(Bomb(Cell::new(at == bad), drops.guard())));
            let slice: Gc<[Leaf<Bomb>]> = bombs.collect();
            assert!(catch_unwind(AssertUnwindSafe(|| drop(slice))).is_err());
            assert_eq!(drops.count(), 3);
        });
    }
}

#[test]
fn a_slice_too_large_for_the_address_space_is_refused() {
    nothing_is_left(|_| {
        assert!(catch_unwind(|| Gc::<[u64]>::new_uninit_slice(usize::MAX / 4)).is_err());
        assert!(catch_unwind(|| Gc::<[u64]>::new_uninit_slice(isize::MAX as usize / 8)).is_err());
    });
}

#[test]
fn weaks_to_slices_are_made_from_nothing_by_way_of_an_array() {
    let _turn = alone();
    let nowhere = unsize!(Weak::<[u8; 0]>::new() => [u8]);
    assert!(nowhere.upgrade().is_none() && nowhere.clone().ptr_eq(&nowhere));
}
