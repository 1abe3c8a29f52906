//! `into_raw`, `from_raw`, `as_ptr` and the counts by raw pointer.

use super::kind::{Gc, collect, unsize};

use super::model::{Node, in_every_situation, nothing_is_left};

#[test]
fn a_raw_pointer_is_a_handle_that_is_not_dropped() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, drops| {
            let shared = case.others.len();
            let pointer = Gc::into_raw(case.handle);
            drop((case.others, case.weaks));
            collect();
            assert_eq!(drops.count(), 0);
            // SAFETY: the count of the handle keeps the value whole.
            assert_eq!(unsafe { (*pointer).number }, 1);
            // SAFETY: the pointer came from `into_raw` and is turned back once.
            let handle = unsafe { Gc::from_raw(pointer) };
            assert_eq!((Gc::strong_count(&handle), Gc::as_ptr(&handle)), (1, pointer));
            assert_eq!(drops.count(), 0, "{shared} others");
        },
    );
}

#[test]
fn what_a_raw_pointer_leads_to_is_held_from_outside() {
    nothing_is_left(|drops| {
        let (one, other) = (Gc::new(Node::new(1, drops)), Gc::new(Node::new(2, drops)));
        *one.next.borrow_mut() = Some(other.clone());
        *other.next.borrow_mut() = Some(one.clone());
        let pointer = Gc::into_raw(one);
        drop(other);
        assert_eq!(collect().reclaimed, 0);
        // SAFETY: the pointer came from `into_raw` and is turned back once.
        drop(unsafe { Gc::from_raw(pointer) });
        assert_eq!(collect().reclaimed, 2);
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn what_was_raw_can_be_written_by_get_mut() {
    nothing_is_left(|_| {
        // SAFETY: the pointer came from `into_raw` and is turned back once.
        let mut number = unsafe { Gc::from_raw(Gc::into_raw(Gc::new(1))) };
        *Gc::get_mut(&mut number).unwrap() = 2;
        assert_eq!(*number, 2);
    });
}

#[test]
fn raw_pointers_keep_what_makes_them_wide() {
    nothing_is_left(|drops| {
        let slice: Gc<[Node]> = vec![Node::new(1, drops), Node::new(2, drops)].into();
        let array: Gc<[Node]> = [Node::new(3, drops)].into();
        let text: Gc<str> = "text".into();
        let any = unsize!(Gc::new(Node::new(4, drops)) => super::kind::Any);
        let raw = (Gc::into_raw(slice), Gc::into_raw(array), Gc::into_raw(text), Gc::into_raw(any));
        // SAFETY: the pointers came from `into_raw` and are turned back once.
        let (slice, array) = unsafe { (Gc::from_raw(raw.0), Gc::from_raw(raw.1)) };
        // SAFETY: as above.
        let (text, any) = unsafe { (Gc::from_raw(raw.2), Gc::from_raw(raw.3)) };
        assert_eq!((slice[1].number, array[0].number, &*text), (2, 3, "text"));
        assert_eq!(any.downcast::<Node>().unwrap().number, 4);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_raw_pointer_may_come_back_by_another_view_of_its_value() {
    nothing_is_left(|drops| {
        let pointer: *const super::kind::Any = Gc::<Node>::into_raw(Gc::new(Node::new(1, drops)));
        // SAFETY: the pointer came from `into_raw` of a handle to a type that `super::kind::Any` is
        // a view of.
        let any: Gc<super::kind::Any> = unsafe { Gc::from_raw(pointer) };
        assert!(any.is::<Node>());
        drop(any);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn counts_are_added_and_taken_off_by_raw_pointer() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, drops| {
            let pointer = Gc::into_raw(case.handle);
            // SAFETY: the count of `into_raw` is there.
            unsafe { Gc::increment_strong_count(pointer) };
            // SAFETY: two counts stand for the pointer, and each is taken back once.
            let handle = unsafe { Gc::from_raw(pointer) };
            assert_eq!(Gc::strong_count(&handle), 2 + case.others.len());
            // SAFETY: as above.
            unsafe { Gc::decrement_strong_count(pointer) };
            assert_eq!(Gc::strong_count(&handle), 1 + case.others.len());
            assert_eq!(drops.count(), 0);
        },
    );
}

#[test]
fn the_last_count_taken_off_drops_the_value() {
    nothing_is_left(|drops| {
        let pointer = Gc::into_raw(Gc::new(Node::new(1, drops)));
        // SAFETY: the count of `into_raw` is taken back here.
        unsafe { Gc::decrement_strong_count(pointer) };
        assert_eq!(drops.count(), 1);
    });
}
