//! `new_cyclic`, `pin`, and values that are written after their block is allocated.

use std::marker::PhantomPinned;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use super::super::model::{Log, Logged};
use super::kind::{Gc, Weak, nothing_is_left};

#[derive(recyc::Trace)]
struct Gadget {
    me: Weak<Gadget>,
    parts: Vec<Weak<Gadget>>,
    value: Logged,
}

#[test]
fn new_cyclic_gives_a_weak_that_leads_to_the_value_later() {
    nothing_is_left(|| {
        let log = Log::default();
        let gadget = Gc::new_cyclic(|me: &Weak<Gadget>| {
            assert!(me.upgrade().is_none());
            assert_eq!((me.strong_count(), me.weak_count()), (0, 0));
            Gadget { me: me.clone(), parts: vec![me.clone(), me.clone()], value: log.value(1) }
        });
        assert_eq!((Gc::strong_count(&gadget), Gc::weak_count(&gadget)), (1, 3));
        assert!(Gc::ptr_eq(&gadget.me.upgrade().unwrap(), &gadget));
        assert!(gadget.parts.iter().all(|part| part.ptr_eq(&gadget.me)));
        let weak = gadget.me.clone();
        drop(gadget);
        assert_eq!(log.take(), [1]);
        assert!(weak.upgrade().is_none());
    });
}

#[test]
fn new_cyclic_without_weak_handles() {
    nothing_is_left(|| {
        let number = Gc::new_cyclic(|_| 5_u32);
        assert_eq!((*number, Gc::strong_count(&number), Gc::weak_count(&number)), (5, 1, 0));
        let unit = Gc::new_cyclic(|_| ());
        assert_eq!(Gc::try_unwrap(unit), Ok(()));
    });
}

#[test]
fn a_panic_in_new_cyclic_leaves_weak_handles_that_lead_nowhere() {
    nothing_is_left(|| {
        let log = Log::default();
        let mut kept = Weak::new();
        let made = catch_unwind(AssertUnwindSafe(|| {
            Gc::new_cyclic(|me: &Weak<Gadget>| {
                kept = me.clone();
                let _value = log.value(1);
                panic!("no gadget");
            })
        }));
        assert!(made.is_err() && kept.upgrade().is_none());
        assert_eq!((kept.strong_count(), kept.weak_count()), (0, 0));
        assert_eq!(log.take(), [1]);
    });
}

#[test]
fn pin_makes_a_value_that_does_not_move() {
    nothing_is_left(|| {
        let pinned: Pin<Gc<(u32, PhantomPinned)>> = Gc::pin((5, PhantomPinned));
        let place = std::ptr::from_ref(&*pinned);
        let other = pinned.clone();
        drop(pinned);
        assert_eq!((std::ptr::from_ref(&*other), other.0), (place, 5));
    });
}

#[test]
fn new_uninit_is_written_and_then_assumed() {
    nothing_is_left(|| {
        let log = Log::default();
        let mut late = Gc::<Logged>::new_uninit();
        Gc::get_mut(&mut late).unwrap().write(log.value(1));
        // SAFETY: the value was written.
        let value = unsafe { late.assume_init() };
        assert_eq!((value.number, Gc::strong_count(&value)), (1, 1));
        drop(value);
        assert_eq!(log.take(), [1]);
    });
}

#[test]
fn a_value_that_is_never_assumed_is_not_dropped() {
    nothing_is_left(|| {
        let late = Gc::<Logged>::new_uninit();
        let (other, weak) = (late.clone(), Gc::downgrade(&late));
        drop((late, other));
        assert!(weak.upgrade().is_none());
        drop(Gc::<[Logged]>::new_uninit_slice(3));
    });
}

#[test]
fn new_uninit_slice_is_written_element_by_element() {
    nothing_is_left(|| {
        let log = Log::default();
        let mut late = Gc::<[Logged]>::new_uninit_slice(3);
        for (number, place) in Gc::get_mut(&mut late).unwrap().iter_mut().enumerate() {
            place.write(log.value(number as u32));
        }
        // SAFETY: all elements were written.
        let slice = unsafe { late.assume_init() };
        assert!(slice.iter().map(|value| value.number).eq(0..3));
        drop(slice);
        assert_eq!(log.take(), [0, 1, 2]);
        // SAFETY: there are no elements.
        assert!(unsafe { Gc::<[Logged]>::new_uninit_slice(0).assume_init() }.is_empty());
    });
}

#[test]
fn zeroed_values_are_bytes_of_zero() {
    nothing_is_left(|| {
        // SAFETY: zero is a value of the type.
        assert_eq!(*unsafe { Gc::<(u64, u8)>::new_zeroed().assume_init() }, (0, 0));
        // SAFETY: as above.
        assert_eq!(*unsafe { Gc::<[u16]>::new_zeroed_slice(5).assume_init() }, [0; 5]);
        // SAFETY: as above.
        assert!(unsafe { Gc::<[u16]>::new_zeroed_slice(0).assume_init() }.is_empty());
    });
}
