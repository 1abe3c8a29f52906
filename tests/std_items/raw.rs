//! `into_raw`, `from_raw`, `as_ptr` and the counts by raw pointer.

use super::super::model::{Log, NO_DROPS};
use super::kind::{Any, Bound, Gc, SHARED, STD, Weak, nothing_is_left};

/// Turns a pointer from `into_raw` back.
///
/// # Safety
///
/// As for `Gc::from_raw`.
unsafe fn back<T: ?Sized>(pointer: *const T) -> Gc<T> {
    // SAFETY: by the caller's promise.
    unsafe { Gc::from_raw(pointer) }
}

#[test]
fn a_raw_pointer_keeps_the_value_and_comes_back() {
    nothing_is_left(|| {
        let log = Log::default();
        let one = Gc::new(log.value(1));
        let two = one.clone();
        let pointer = Gc::into_raw(one);
        assert_eq!((pointer, Gc::strong_count(&two)), (Gc::as_ptr(&two), 2));
        drop(two);
        assert_eq!(log.take(), NO_DROPS);
        // SAFETY: the count of the pointer keeps the value.
        assert_eq!(unsafe { &*pointer }.number, 1);
        // SAFETY: the pointer is from `into_raw` and is turned back once.
        drop(unsafe { back(pointer) });
        assert_eq!(log.take(), [1]);
    });
}

/// An aligned value of no size.
#[derive(recyc::Trace, Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
struct Aligned;

trait Area: Bound {
    fn area(&self) -> u32;
}

#[derive(recyc::Trace)]
#[repr(align(128))]
struct Square(u32);

impl Area for Square {
    fn area(&self) -> u32 {
        self.0 * self.0
    }
}

/// The last field decides where the value begins in its block.
#[derive(recyc::Trace)]
struct Tail<T: ?Sized> {
    head: u8,
    tail: T,
}

#[test]
fn pointers_of_every_shape_come_back() {
    nothing_is_left(|| {
        // SAFETY: each pointer is from `into_raw` and is turned back once.
        unsafe {
            assert_eq!(*back(Gc::into_raw(Gc::new(Aligned))), Aligned);
            assert_eq!(*back(Gc::into_raw(Gc::<[u16]>::from([1, 2, 3]))), [1, 2, 3]);
            assert_eq!(*back(Gc::into_raw(Gc::<[Aligned]>::from(vec![Aligned; 3]))), [Aligned; 3]);
            assert!(back(Gc::into_raw(Gc::<[u64]>::default())).is_empty());
            assert_eq!(&*back(Gc::into_raw(Gc::<str>::from("text"))), "text");
            let area = recyc::unsize!(Gc::new(Square(3)) => dyn Area);
            assert_eq!(back(Gc::into_raw(area)).area(), 9);
            let any = recyc::unsize!(Gc::new(Square(3)) => Any);
            assert_eq!(back(Gc::into_raw(any)).downcast::<Square>().ok().unwrap().0, 3);
            let value = Gc::new(Tail { head: 7, tail: Square(2) });
            let tail = recyc::unsize!(value => Tail<dyn Area>);
            let tail = back(Gc::into_raw(tail));
            assert_eq!((tail.head, tail.tail.area()), (7, 4));
        }
    });
}

#[test]
fn a_raw_pointer_is_the_address_of_the_value() {
    nothing_is_left(|| {
        let value = Gc::new(Tail { head: 7, tail: Square(2) });
        assert!(std::ptr::eq(Gc::as_ptr(&value), &raw const *value));
        let tail = recyc::unsize!(value => Tail<dyn Area>);
        assert!(std::ptr::addr_eq(Gc::as_ptr(&tail), &raw const *tail));
        assert!(Gc::as_ptr(&tail).cast::<Square>().is_aligned());
        let weak = Gc::downgrade(&tail);
        assert!(std::ptr::addr_eq(weak.as_ptr(), Gc::as_ptr(&tail)));
        let slice = Gc::<[u64]>::from(vec![1, 2]);
        assert!(std::ptr::eq(Gc::as_ptr(&slice), &raw const *slice));
        assert_eq!(Gc::downgrade(&slice).as_ptr().len(), 2);
    });
}

#[test]
fn raw_counts_are_added_and_taken_off() {
    nothing_is_left(|| {
        let log = Log::default();
        let value = recyc::unsize!(Gc::new(log.value(1)) => Any);
        let pointer = Gc::into_raw(value);
        // SAFETY: a count of the value exists at each call, and each is taken back once.
        unsafe {
            Gc::increment_strong_count(pointer);
            let handle = back(pointer);
            assert_eq!(Gc::strong_count(&handle), 2);
            Gc::decrement_strong_count(pointer);
            assert_eq!(Gc::strong_count(&handle), 1);
            let pointer = Gc::into_raw(handle);
            assert_eq!(log.take(), NO_DROPS);
            Gc::decrement_strong_count(pointer);
        }
        assert_eq!(log.take(), [1]);
    });
}

#[test]
fn a_raw_weak_comes_back_alive_and_dead() {
    nothing_is_left(|| {
        let value = recyc::unsize!(Gc::new(Square(3)) => dyn Area);
        let raw = Gc::downgrade(&value).into_raw();
        assert_eq!(Gc::weak_count(&value), 1);
        assert!(std::ptr::addr_eq(raw, Gc::as_ptr(&value)));
        // SAFETY: the pointer is from `into_raw` and is turned back once.
        let weak = unsafe { Weak::from_raw(raw) };
        assert_eq!(weak.upgrade().map(|value| value.area()), Some(9));
        let (raw, place) = (weak.into_raw(), Gc::as_ptr(&value));
        drop(value);
        assert!(std::ptr::addr_eq(raw, place));
        // SAFETY: as above.
        let weak = unsafe { Weak::from_raw(raw) };
        assert!(weak.upgrade().is_none());
        assert!(std::ptr::addr_eq(weak.as_ptr(), place));
    });
}

#[test]
fn into_raw_of_a_dead_weak_is_the_old_address_or_nowhere() {
    nothing_is_left(|| {
        let value = Gc::new(5);
        let (weak, place) = (Gc::downgrade(&value), Gc::as_ptr(&value));
        drop(value);
        let raw = weak.into_raw();
        // A local `Weak` has not kept the memory, so its pointer leads nowhere.
        assert_eq!(raw == place, STD || SHARED);
        // SAFETY: the pointer is from `into_raw` and is turned back once.
        let weak = unsafe { Weak::from_raw(raw) };
        assert!(weak.upgrade().is_none());
        assert_eq!(weak.ptr_eq(&Weak::new()), !(STD || SHARED));
    });
}

#[test]
fn a_raw_weak_of_nothing_comes_back_as_nothing() {
    nothing_is_left(|| {
        // SAFETY: each pointer is from `into_raw` and is turned back once.
        unsafe {
            let weak = Weak::<Square>::from_raw(Weak::new().into_raw());
            assert!(weak.ptr_eq(&Weak::new()) && weak.upgrade().is_none());
            let area = recyc::unsize!(weak => dyn Area);
            assert!(Weak::from_raw(area.into_raw()).upgrade().is_none());
            let slice = recyc::unsize!(Weak::<[u8; 3]>::new() => [u8]);
            let slice = Weak::from_raw(slice.into_raw());
            assert!(slice.upgrade().is_none() && slice.as_ptr().len() == 3);
        }
    });
}
