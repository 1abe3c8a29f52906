//! Code of the program that runs inside a function of a handle: it panics, it collects, it drops
//! other handles.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use recyc::{Gc, Trace, Weak, collect};

use super::model::{Drops, Node, in_every_situation, is_candidate, nothing_is_left};

/// Panics when it is cloned or made by default.
#[derive(Trace)]
struct Stubborn(Node);

impl Clone for Stubborn {
    fn clone(&self) -> Self {
        panic!("not to be cloned")
    }
}

impl Default for Stubborn {
    fn default() -> Self {
        panic!("there is no default")
    }
}

/// A panic in clone takes the handle that was to be unwrapped and no other.
#[test]
fn a_panic_in_clone_takes_only_the_handle_to_be_unwrapped() {
    in_every_situation(
        |drops| Gc::new(Stubborn(Node::new(1, drops))),
        |case, drops| {
            let unwrapped = catch_unwind(AssertUnwindSafe(|| Gc::unwrap_or_clone(case.handle)));
            assert_eq!(unwrapped.is_err(), case.situation.shared);
            assert!(
                case.others.iter().all(|other| Gc::strong_count(other) == 1 && other.0.number == 1)
            );
            assert!(
                case.weaks.iter().all(|weak| weak.upgrade().is_some() == case.situation.shared)
            );
            assert_eq!(drops.count(), 0);
            drop((unwrapped, case.others));
            assert_eq!(drops.count(), 1);
        },
    );
}

#[test]
fn a_panic_in_make_mut_leaves_handle_and_weaks_as_they_were() {
    in_every_situation(
        |drops| Gc::new(Stubborn(Node::new(1, drops))),
        |mut case, drops| {
            let made =
                catch_unwind(AssertUnwindSafe(|| Gc::make_mut(&mut case.handle).0.number = 2));
            assert_eq!(made.is_err(), case.situation.shared);
            assert_eq!(case.handle.0.number, if case.situation.shared { 1 } else { 2 });
            assert_eq!(Gc::strong_count(&case.handle), 1 + case.others.len());
            assert!(
                case.weaks.iter().all(|weak| weak.upgrade().is_some() == case.situation.shared)
            );
            assert_eq!(drops.count(), 0);
        },
    );
}

#[test]
fn a_panic_in_default_leaves_nothing() {
    nothing_is_left(|_| {
        assert!(catch_unwind(Gc::<Stubborn>::default).is_err());
        assert!(catch_unwind(|| Gc::<Stubborn>::from(Box::<Stubborn>::default())).is_err());
    });
}

/// Drops one of two handles, and collects.
fn disturb(drops: &Drops) -> Gc<Node> {
    let ring = Gc::new(Node::new(7, drops));
    *ring.next.borrow_mut() = Some(ring.clone());
    drop(ring);
    let candidate = Gc::new(Node::new(8, drops));
    drop(candidate.clone());
    assert!(is_candidate(&candidate));
    collect();
    candidate
}

#[test]
fn a_value_may_collect_while_it_is_made() {
    nothing_is_left(|drops| {
        #[derive(Trace)]
        struct Widget(Weak<Widget>, Gc<Node>);

        let widget = Gc::new_cyclic(|me| {
            let other = disturb(drops);
            assert!(me.upgrade().is_none());
            assert_eq!((Weak::strong_count(me), drops.count()), (0, 1));
            Widget(me.clone(), other)
        });
        collect();
        assert_eq!((widget.1.number, Gc::weak_count(&widget)), (8, 1));
        assert!(Gc::ptr_eq(&widget.0.upgrade().unwrap(), &widget));
    });
}

#[test]
fn an_iterator_may_collect_between_its_elements() {
    for exact in [true, false] {
        nothing_is_left(|drops| {
            let elements = (0..5).map(|_| disturb(drops));
            let slice: Gc<[Gc<Node>]> = if exact {
                elements.collect()
            } else {
                elements.filter(|node| node.number == 8).collect()
            };
            assert_eq!((slice.len(), drops.count()), (5, 5));
            collect();
            assert!(slice.iter().all(|node| node.number == 8 && Gc::strong_count(node) == 1));
        });
    }
}

#[test]
fn a_clone_may_collect_and_let_go_of_what_is_cloned() {
    #[derive(Trace)]
    struct Careless(Node, #[trace(skip)] RefCell<Option<Gc<Careless>>>);

    impl Clone for Careless {
        fn clone(&self) -> Self {
            drop(self.1.take());
            collect();
            Self(self.0.clone(), RefCell::default())
        }
    }

    nothing_is_left(|drops| {
        // The other handle is in the value itself: while it is cloned, the handle of the call
        // becomes the only one.
        let mut handle = Gc::new(Careless(Node::new(1, drops), RefCell::default()));
        *handle.1.borrow_mut() = Some(handle.clone());
        Gc::make_mut(&mut handle).0.number = 2;
        assert_eq!((handle.0.number, drops.count()), (2, 1));

        let handle = Gc::new(Careless(Node::new(3, drops), RefCell::default()));
        *handle.1.borrow_mut() = Some(handle.clone());
        let value = Gc::unwrap_or_clone(handle);
        assert_eq!((value.0.number, drops.count()), (3, 2));
    });
}
