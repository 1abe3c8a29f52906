//! Handles to trait objects and slices, and `downcast`.

use std::fmt::{Debug, Display};

use super::super::model::Log;
use super::kind::{Any, Bound, Gc, Weak, nothing_is_left};

trait Number: Bound {
    fn number(&self) -> u32;
}

impl Number for u32 {
    fn number(&self) -> u32 {
        *self
    }
}

impl Number for super::super::model::Logged {
    fn number(&self) -> u32 {
        self.number
    }
}

#[test]
fn a_handle_becomes_one_to_a_trait_object() {
    nothing_is_left(|| {
        let log = Log::default();
        let value = Gc::new(log.value(1));
        let weak = Gc::downgrade(&value);
        let object: Gc<dyn Number> = recyc::unsize!(value.clone() => dyn Number);
        let weak_object: Weak<dyn Number> = recyc::unsize!(weak.clone() => dyn Number);
        assert_eq!(
            (object.number(), Gc::strong_count(&object), Gc::weak_count(&object)),
            (1, 2, 2)
        );
        assert!(std::ptr::addr_eq(Gc::as_ptr(&object), Gc::as_ptr(&value)));
        drop(value);
        assert_eq!(weak_object.upgrade().map(|object| object.number()), Some(1));
        drop(object);
        assert_eq!(log.take(), [1]);
        assert!(weak.upgrade().is_none() && weak_object.upgrade().is_none());
    });
}

#[test]
fn a_handle_to_an_array_becomes_one_to_a_slice() {
    nothing_is_left(|| {
        let array = Gc::new([1, 2, 3]);
        let slice = recyc::unsize!(array.clone() => [i32]);
        assert_eq!((slice.len(), Gc::strong_count(&slice)), (3, 2));
        drop(array);
        assert_eq!(*slice, [1, 2, 3]);
        let none = recyc::unsize!(Gc::new([0_u64; 0]) => [u64]);
        assert!(none.is_empty());
    });
}

#[test]
fn a_trait_object_of_no_size_is_a_value_of_its_own() {
    nothing_is_left(|| {
        let (one, other) =
            (recyc::unsize!(Gc::new(()) => dyn Debug), recyc::unsize!(Gc::new(()) => dyn Debug));
        assert!(!Gc::ptr_eq(&one, &other) && Gc::ptr_eq(&one, &one.clone()));
        assert_eq!(format!("{one:?}"), "()");
    });
}

#[test]
fn ptr_eq_ignores_the_vtable() {
    nothing_is_left(|| {
        let value = Gc::new(7_u32);
        let one = recyc::unsize!(value.clone() => dyn Display);
        let other = recyc::unsize!(value => dyn Display);
        assert!(Gc::ptr_eq(&one, &other));
        assert!(Gc::downgrade(&one).ptr_eq(&Gc::downgrade(&other)));
    });
}

#[test]
fn downcast_returns_the_type_or_the_handle() {
    nothing_is_left(|| {
        let log = Log::default();
        let any: Gc<Any> = recyc::unsize!(Gc::new(log.value(1)) => Any);
        let weak = Gc::downgrade(&any);
        let any = any.downcast::<String>().expect_err("the value is no `String`");
        let other = any.clone();
        let value = any.downcast::<super::super::model::Logged>().expect("the type is right");
        assert_eq!((value.number, Gc::strong_count(&value), Gc::weak_count(&value)), (1, 2, 1));
        drop((value, other));
        assert_eq!(log.take(), [1]);
        assert!(weak.upgrade().is_none());
        assert!(recyc::unsize!(Gc::new(()) => Any).downcast::<()>().is_ok());
    });
}
