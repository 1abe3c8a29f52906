//! `try_unwrap`, `into_inner`, `unwrap_or_clone`, `get_mut` and `make_mut`.

use std::ffi::{CStr, OsStr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::super::model::{CLONED, Log, Method, NO_DROPS};
use super::kind::{Gc, nothing_is_left};

#[test]
fn try_unwrap_returns_the_value_or_the_handle() {
    nothing_is_left(|| {
        let log = Log::default();
        let one = Gc::new(log.value(1));
        let (two, weak) = (one.clone(), Gc::downgrade(&one));
        let one = Gc::try_unwrap(one).err().expect("there is another handle");
        assert!(Gc::ptr_eq(&one, &two));
        assert_eq!(Gc::strong_count(&one), 2);
        drop(two);
        let value = Gc::try_unwrap(one).ok().expect("there is no other handle");
        assert!(weak.upgrade().is_none());
        assert_eq!((weak.strong_count(), weak.weak_count(), value.number), (0, 0, 1));
        assert_eq!(log.take(), NO_DROPS);
        drop(value);
        assert_eq!(log.take(), [1]);
    });
}

#[test]
fn into_inner_returns_the_value_of_the_last_handle() {
    nothing_is_left(|| {
        let log = Log::default();
        let one = Gc::new(log.value(1));
        let (two, weak) = (one.clone(), Gc::downgrade(&one));
        assert!(Gc::into_inner(one).is_none());
        assert_eq!(Gc::into_inner(two).map(|value| value.number), Some(1));
        assert!(weak.upgrade().is_none());
        assert_eq!(log.take(), [1]);
    });
}

#[test]
fn unwrap_or_clone_clones_a_shared_value_only() {
    nothing_is_left(|| {
        let log = Log::default();
        let one = Gc::new(log.value(1));
        let two = one.clone();
        assert_eq!(Gc::unwrap_or_clone(one).number, 1 + CLONED);
        assert_eq!(Gc::strong_count(&two), 1);
        let weak = Gc::downgrade(&two);
        assert_eq!(Gc::unwrap_or_clone(two).number, 1);
        assert!(weak.upgrade().is_none());
        assert_eq!(log.take(), [1 + CLONED, 1]);
    });
}

#[test]
fn a_panic_in_unwrap_or_clone_drops_one_handle() {
    nothing_is_left(|| {
        let log = Log::default();
        let one = Gc::new(log.bomb(1, Method::Clone));
        let two = one.clone();
        assert!(catch_unwind(AssertUnwindSafe(|| Gc::unwrap_or_clone(one))).is_err());
        assert_eq!((Gc::strong_count(&two), two.number), (1, 1));
        assert_eq!(log.take(), NO_DROPS);
    });
}

#[test]
fn get_mut_needs_the_only_handle_of_any_kind() {
    nothing_is_left(|| {
        let mut one = Gc::new(1);
        *Gc::get_mut(&mut one).unwrap() = 2;
        let two = one.clone();
        assert!(Gc::get_mut(&mut one).is_none());
        drop(two);
        let weak = Gc::downgrade(&one);
        assert!(Gc::get_mut(&mut one).is_none());
        drop(weak);
        assert_eq!(Gc::get_mut(&mut one), Some(&mut 2));
    });
}

#[test]
fn get_mut_of_slices_and_trait_objects() {
    nothing_is_left(|| {
        let mut slice = Gc::<[u32]>::from([1, 2]);
        Gc::get_mut(&mut slice).unwrap()[1] = 3;
        assert_eq!(*slice, [1, 3]);
        let mut any = recyc::unsize!(Gc::new(1_u32) => super::kind::Any);
        *Gc::get_mut(&mut any).unwrap().downcast_mut::<u32>().unwrap() = 2;
        assert_eq!(any.downcast_ref::<u32>(), Some(&2));
        let other = any.clone();
        assert!(Gc::get_mut(&mut any).is_none());
        drop(other);
    });
}

#[test]
fn make_mut_changes_a_value_with_one_handle_in_place() {
    nothing_is_left(|| {
        let log = Log::default();
        let mut one = Gc::new(log.value(1));
        let place = Gc::as_ptr(&one);
        Gc::make_mut(&mut one).number = 2;
        assert_eq!((one.number, Gc::as_ptr(&one)), (2, place));
        drop(one);
        assert_eq!(log.take(), [2]);
    });
}

#[test]
fn make_mut_clones_a_value_with_other_handles() {
    nothing_is_left(|| {
        let log = Log::default();
        let mut one = Gc::new(log.value(1));
        let (two, weak) = (one.clone(), Gc::downgrade(&one));
        Gc::make_mut(&mut one).number += 1;
        assert_eq!((one.number, two.number), (2 + CLONED, 1));
        assert!(Gc::ptr_eq(&weak.upgrade().unwrap(), &two));
        assert_eq!([Gc::strong_count(&one), Gc::strong_count(&two)], [1, 1]);
        assert_eq!([Gc::weak_count(&one), Gc::weak_count(&two)], [0, 1]);
        assert_eq!(log.take(), NO_DROPS);
    });
}

#[test]
fn make_mut_moves_a_value_with_weak_handles_only() {
    nothing_is_left(|| {
        let log = Log::default();
        let mut one = Gc::new(log.bomb(1, Method::Clone));
        let weak = Gc::downgrade(&one);
        Gc::make_mut(&mut one).number = 2;
        assert!(weak.upgrade().is_none(), "the weak handle is cleared");
        assert_eq!((one.number, Gc::weak_count(&one)), (2, 0));
        assert_eq!(log.take(), NO_DROPS, "the value is moved, neither cloned nor dropped");
    });
}

#[test]
fn a_panic_in_make_mut_changes_nothing() {
    nothing_is_left(|| {
        let log = Log::default();
        let mut one = Gc::new(log.bomb(1, Method::Clone));
        let (two, weak) = (one.clone(), Gc::downgrade(&one));
        let made = catch_unwind(AssertUnwindSafe(|| Gc::make_mut(&mut one).number = 2));
        assert!(made.is_err() && Gc::ptr_eq(&one, &two));
        assert_eq!((one.number, Gc::strong_count(&one)), (1, 2));
        assert!(weak.upgrade().is_some());
        assert_eq!(log.take(), NO_DROPS);
    });
}

#[test]
fn a_panic_in_make_mut_of_a_slice_drops_the_clones_in_order() {
    nothing_is_left(|| {
        let log = Log::default();
        let elements = vec![log.value(1), log.value(2), log.bomb(3, Method::Clone), log.value(4)];
        let mut one = Gc::<[_]>::from(elements);
        let two = one.clone();
        let made = catch_unwind(AssertUnwindSafe(|| Gc::make_mut(&mut one)[0].number = 9));
        assert!(made.is_err() && Gc::ptr_eq(&one, &two));
        assert_eq!(log.take(), [1 + CLONED, 2 + CLONED]);
        drop((one, two));
        assert_eq!(log.take(), [1, 2, 3, 4]);
    });
}

#[test]
fn make_mut_of_values_without_a_size() {
    nothing_is_left(|| {
        let mut slice = Gc::<[u8]>::from([1, 2]);
        let old = slice.clone();
        Gc::make_mut(&mut slice)[0] = 9;
        assert_eq!((&*slice, &*old), (&[9, 2][..], &[1, 2][..]));
        let mut text = Gc::<str>::from("text");
        let weak = Gc::downgrade(&text);
        Gc::make_mut(&mut text).make_ascii_uppercase();
        assert_eq!((&*text, weak.upgrade()), ("TEXT", None));
        let mut os = Gc::<OsStr>::from(OsStr::new("text"));
        let old = os.clone();
        Gc::make_mut(&mut os).make_ascii_uppercase();
        assert_eq!((&*os, &*old), (OsStr::new("TEXT"), OsStr::new("text")));
        let (mut c, mut path) = (Gc::<CStr>::from(c"text"), Gc::<Path>::from(Path::new("a/b")));
        let old = (c.clone(), path.clone());
        assert_eq!(&*Gc::make_mut(&mut c), c"text");
        assert_eq!(&*Gc::make_mut(&mut path), Path::new("a/b"));
        assert!(!Gc::ptr_eq(&c, &old.0) && !Gc::ptr_eq(&path, &old.1));
        let mut empty = Gc::<[u64]>::default();
        let old = empty.clone();
        assert!(Gc::make_mut(&mut empty).is_empty() && !Gc::ptr_eq(&empty, &old));
    });
}
