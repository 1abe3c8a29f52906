//! Values that are written late.

use super::kind::RefCell;
use std::mem::MaybeUninit;

use super::kind::{Finalize, Gc, SHARED, Trace, collect, inspect, unsize};

use super::model::{Drops, Node, in_every_situation, is_candidate, nothing_is_left};

/// A node that was written in the situation of the case.
fn written(drops: &Drops) -> Gc<Node> {
    let mut late = Gc::<Node>::new_uninit();
    Gc::get_mut(&mut late).unwrap().write(Node::new(1, drops));
    // SAFETY: it was written just now.
    unsafe { late.assume_init() }
}

#[test]
fn a_value_that_was_written_late_is_like_any_other() {
    in_every_situation(written, |case, drops| {
        *case.handle.next.borrow_mut() = Some(case.handle.clone());
        drop((case.handle, case.others));
        assert_eq!(drops.count(), 0);
        assert_eq!(collect().reclaimed, 1);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_value_that_is_never_written_is_never_dropped() {
    in_every_situation(
        |_| Gc::<Node>::new_uninit(),
        |case, drops| {
            assert!(!is_candidate(&case.handle) || case.situation.candidate);
            drop(case.handle);
            assert_eq!(drops.count(), 0);
        },
    );
}

#[test]
fn weaks_from_before_lead_to_the_value() {
    nothing_is_left(|drops| {
        let mut late = Gc::<Node>::new_uninit();
        Gc::get_mut(&mut late).unwrap().write(Node::new(1, drops));
        let (weak, raw) = (Gc::downgrade(&late), Gc::downgrade(&late).into_raw());
        // SAFETY: it was written just now.
        let node = unsafe { late.assume_init() };
        assert_eq!(weak.upgrade().map(|late| Gc::address(&late)), Some(Gc::address(&node)));
        *node.next.borrow_mut() = Some(node.clone());
        drop(node);
        assert_eq!(collect().reclaimed, 1);
        assert_eq!(drops.count(), 1);
        assert!(weak.upgrade().is_none());
        // SAFETY: from `into_raw`, turned back once.
        assert!(unsafe { super::kind::Weak::from_raw(raw) }.upgrade().is_none());
    });
}

#[derive(Trace)]
#[trace(finalize)]
struct Goodbye(RefCell<Vec<Gc<Goodbye>>>);

thread_local!(static GOODBYES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) });

impl Finalize for Goodbye {
    fn finalize(&self) {
        GOODBYES.set(GOODBYES.get() + 1);
    }
}

#[test]
fn a_value_that_was_written_late_is_finalized() {
    nothing_is_left(|_| {
        for watched in [false, true] {
            let mut late = Gc::<Goodbye>::new_uninit();
            Gc::get_mut(&mut late).unwrap().write(Goodbye(RefCell::default()));
            let weak = watched.then(|| Gc::downgrade(&late));
            // SAFETY: it was written just now.
            drop(unsafe { late.assume_init() });
            assert_eq!(GOODBYES.take(), 1);
            drop(weak);
        }
    });
}

/// Two handles of the old type to a node, with the value written.
fn written_by_two(drops: &Drops) -> [Gc<MaybeUninit<Node>>; 2] {
    let mut late = Gc::<Node>::new_uninit();
    Gc::get_mut(&mut late).unwrap().write(Node::new(1, drops));
    [late.clone(), late]
}

#[test]
fn assume_init_of_each_handle_leaves_one_candidate() {
    // The registration comes before the second call, after it, or at both times.
    for registered in [[true, false], [false, true], [true, true], [false, false]] {
        nothing_is_left(|drops| {
            let [first, second] = written_by_two(drops);
            // SAFETY: the value was written.
            let first = unsafe { first.assume_init() };
            if registered[0] {
                drop(first.clone());
            }
            // SAFETY: as above.
            let second = unsafe { second.assume_init() };
            if registered[1] {
                drop(first.clone());
            }
            drop(second);
            inspect::check();
            assert_eq!(inspect::candidates(), [Gc::address(&first)]);
            drop(first);
            assert_eq!(drops.count(), 1);
        });
    }
}

#[test]
fn assume_init_of_each_slice_handle_leaves_one_candidate() {
    nothing_is_left(|drops| {
        let mut late = Gc::<[Node]>::new_uninit_slice(1);
        Gc::get_mut(&mut late).unwrap()[0].write(Node::new(1, drops));
        let other = late.clone();
        // SAFETY: the only element was written.
        let first = unsafe { late.assume_init() };
        drop(first.clone());
        // SAFETY: as above.
        drop(unsafe { other.assume_init() });
        inspect::check();
        assert_eq!(inspect::candidates(), [Gc::address(&first)]);
        drop(first);
        assert_eq!(drops.count(), 1);
    });
}

/// Hands out its own handle of the old type when it is finalized.
#[derive(Trace)]
#[trace(finalize)]
struct Twice(RefCell<Option<Gc<MaybeUninit<Twice>>>>);

thread_local!(static HANDED_OUT: RefCell<Option<Gc<MaybeUninit<Twice>>>> = const { RefCell::new(None) });

impl Finalize for Twice {
    fn finalize(&self) {
        GOODBYES.set(GOODBYES.get() + 1);
        let handle = self.0.take();
        HANDED_OUT.with(|out| out.replace(handle));
    }
}

#[test]
fn assume_init_after_the_finalizer_does_not_call_it_again() {
    nothing_is_left(|_| {
        let mut late = Gc::<Twice>::new_uninit();
        Gc::get_mut(&mut late).unwrap().write(Twice(RefCell::default()));
        let other = late.clone();
        // SAFETY: it was written just now.
        let first = unsafe { late.assume_init() };
        *first.0.borrow_mut() = Some(other);
        drop(first.clone());
        drop(first);
        assert_eq!((collect().resurrected, GOODBYES.take()), (1, 1));
        let handle = HANDED_OUT.with(RefCell::take).expect("the finalizer has handed it out");
        // SAFETY: the value was written, and it is alive.
        drop(unsafe { handle.assume_init() });
        assert_eq!(GOODBYES.take(), 0, "the finalizer was called twice");
    });
}

#[test]
fn slices_are_written_late() {
    for length in [0, 1, 5] {
        in_every_situation(
            |drops| {
                let mut late = Gc::<[Node]>::new_uninit_slice(length);
                for place in Gc::get_mut(&mut late).unwrap() {
                    place.write(Node::new(1, drops));
                }
                // SAFETY: all were written just now.
                unsafe { late.assume_init() }
            },
            |case, drops| {
                assert_eq!(case.handle.len(), length);
                let target = Gc::new(Node::new(2, drops));
                for node in &*case.handle {
                    *node.next.borrow_mut() = Some(target.clone());
                }
                drop((case.handle, case.others));
                assert_eq!((drops.count(), Gc::strong_count(&target)), (length, 1));
            },
        );
    }
}

#[test]
fn a_slice_that_is_never_written_is_never_dropped() {
    nothing_is_left(|drops| {
        let late = Gc::<[Node]>::new_uninit_slice(7);
        drop(late.clone());
        assert_eq!((late.len(), drops.count()), (7, 0));
    });
}

#[test]
fn an_array_of_places_seen_as_a_slice_is_written_late() {
    nothing_is_left(|drops| {
        let places = [const { MaybeUninit::<Node>::uninit() }; 2];
        let mut late = unsize!(Gc::new(places) => [MaybeUninit<Node>]);
        for place in Gc::get_mut(&mut late).unwrap() {
            place.write(Node::new(1, drops));
        }
        // SAFETY: both were written just now.
        let nodes = unsafe { late.assume_init() };
        assert_eq!(nodes[1].number, 1);
        if SHARED {
            // Its block does not record that they are initialized.
            // SAFETY: they are dropped nowhere else, and not used again.
            nodes.iter().for_each(|node| drop(unsafe { std::ptr::from_ref(node).read() }));
        }
        drop(nodes);
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn zeroed_values_are_zero() {
    nothing_is_left(|_| {
        // SAFETY: zero is a number.
        assert_eq!(*unsafe { Gc::<u64>::new_zeroed().assume_init() }, 0);
        // SAFETY: as above.
        assert_eq!(*unsafe { Gc::<[u16]>::new_zeroed_slice(3).assume_init() }, [0; 3]);
    });
}
