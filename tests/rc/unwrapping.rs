//! `get_mut`, `try_unwrap`, `into_inner`, `unwrap_or_clone`.

use super::kind::{Gc, Weak, collect};

use super::model::{Node, in_every_situation, is_candidate, nothing_is_left};

#[test]
fn get_mut_is_for_the_only_handle_of_any_kind() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |mut case, _| {
            let alone = !case.situation.shared && !case.situation.watched;
            assert_eq!(Gc::is_unique(&case.handle), alone);
            match Gc::get_mut(&mut case.handle) {
                Some(node) => node.number = 2,
                None => assert!(!alone),
            }
            assert_eq!(case.handle.number == 2, alone);
            drop((case.others, case.weaks));
            Gc::get_mut(&mut case.handle).unwrap().number = 3;
            assert_eq!(case.handle.number, 3);
        },
    );
}

#[test]
fn a_value_under_get_mut_is_no_candidate() {
    nothing_is_left(|drops| {
        let mut handle = Gc::new(Node::new(1, drops));
        drop(handle.clone());
        assert!(is_candidate(&handle));
        let address = Gc::address(&handle);
        let node = Gc::get_mut(&mut handle).unwrap();
        assert!(!super::kind::inspect::candidates().contains(&address));
        collect();
        node.number = 2;
    });
}

#[test]
fn get_mut_reaches_values_without_a_size() {
    in_every_situation(
        |_| Gc::<[u32]>::from(vec![1, 2]),
        |mut case, _| {
            let alone = !case.situation.shared && !case.situation.watched;
            assert_eq!(Gc::get_mut(&mut case.handle).is_some(), alone);
            drop((case.others, case.weaks));
            Gc::get_mut(&mut case.handle).unwrap()[1] = 7;
            assert_eq!(*case.handle, [1, 7]);
        },
    );
}

/// `try_unwrap` takes the value from the last handle and clears the weaks.
#[test]
fn try_unwrap_takes_the_last_value_and_clears_the_weaks() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, drops| match Gc::try_unwrap(case.handle) {
            Ok(node) => {
                assert!(!case.situation.shared);
                assert!(case.weaks.iter().all(|weak| weak.upgrade().is_none()));
                assert_eq!((node.number, drops.count()), (1, 0));
                drop(node);
                assert_eq!(drops.count(), 1);
            }
            Err(handle) => {
                assert!(case.situation.shared);
                assert!(Gc::ptr_eq(&handle, &case.others[0]));
                assert_eq!((Gc::strong_count(&handle), drops.count()), (2, 0));
            }
        },
    );
}

#[test]
fn into_inner_gives_the_value_to_exactly_one_handle() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, drops| {
            let handles = [case.handle].into_iter().chain(case.others);
            let values: Vec<_> = handles.filter_map(Gc::into_inner).collect();
            assert_eq!((values.len(), drops.count()), (1, 0));
        },
    );
}

#[test]
fn unwrap_or_clone_clones_only_what_is_shared() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, drops| {
            let value = Gc::unwrap_or_clone(case.handle);
            assert_eq!((value.number, drops.count()), (1, 0));
            drop(value);
            assert_eq!(drops.count(), 1);
            drop(case.others);
            assert_eq!(drops.count(), 1 + usize::from(case.situation.shared));
        },
    );
}

#[test]
fn what_is_unwrapped_takes_its_handles_along() {
    in_every_situation(
        |drops| {
            let node = Node::new(1, drops);
            *node.next.borrow_mut() = Some(Gc::new(Node::new(2, drops)));
            Gc::new(node)
        },
        |case, drops| {
            drop(case.others);
            let node = Gc::into_inner(case.handle).unwrap();
            collect();
            assert_eq!(node.next.borrow().as_ref().unwrap().number, 2);
            assert_eq!(drops.count(), 0);
        },
    );
}

#[test]
fn values_of_size_zero_are_unwrapped() {
    nothing_is_left(|_| {
        let unit = Gc::new(());
        let weak: Weak<()> = Gc::downgrade(&unit);
        assert_eq!(Gc::try_unwrap(unit), Ok(()));
        assert!(weak.upgrade().is_none());
    });
}
