//! Values of size zero and values with an alignment of their own, in every situation and by every
//! way in and out.

use std::any::Any;
use std::fmt::Debug;

use recyc::{Gc, Leaf, MakeMut, Trace, collect, unsize};

use super::model::{Case, Drops, Guard, in_every_situation};

#[derive(Trace, Clone, Copy, Debug, Default, PartialEq)]
struct Nothing;

#[derive(Trace, Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(16))]
struct Sixteen(u8);

#[derive(Trace, Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(256))]
struct Page(u8);

/// Of size zero and over-aligned.
#[derive(Trace, Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(64))]
struct NothingAligned;

/// A value with a destructor, over-aligned.
#[derive(Trace, Clone)]
#[repr(align(128))]
struct Loud(Leaf<Guard>);

macro_rules! for_each_extreme {
    ($function:ident) => {
        $function::<Nothing>();
        $function::<Sixteen>();
        $function::<Page>();
        $function::<NothingAligned>();
        $function::<()>();
        $function::<[Page; 0]>();
        $function::<[Sixteen; 3]>();
    };
}

trait Extreme: Trace + Clone + Debug + Default + PartialEq {}
impl<T: Trace + Clone + Debug + Default + PartialEq> Extreme for T {}

fn is_aligned<T: ?Sized>(handle: &Gc<T>) -> bool {
    Gc::address(handle) & (align_of_val(&**handle) - 1) == 0
}

#[test]
fn get_mut_and_unwrapping() {
    fn check<T: Extreme>() {
        let make = |_: &Drops| Gc::<T>::default();
        in_every_situation(make, |mut case, _| {
            let alone = !case.situation.shared && !case.situation.watched;
            assert!(is_aligned(&case.handle));
            assert_eq!(Gc::get_mut(&mut case.handle), alone.then_some(&mut T::default()));
            assert_eq!(Gc::try_unwrap(case.handle).is_ok(), !case.situation.shared);
            assert!(
                case.others.into_iter().all(|other| Gc::into_inner(other) == Some(T::default()))
            );
        });
        in_every_situation(make, |case, _| {
            assert_eq!(Gc::unwrap_or_clone(case.handle), T::default())
        });
    }
    for_each_extreme!(check);
}

#[test]
fn make_mut() {
    fn check<T: Extreme + MakeMut>() {
        in_every_situation(
            |_| Gc::<T>::default(),
            |mut case, _| {
                *Gc::make_mut(&mut case.handle) = T::default();
                assert!(Gc::is_unique(&case.handle) && is_aligned(&case.handle));
                assert!(
                    case.weaks.iter().all(|weak| weak.upgrade().is_some() == case.situation.shared)
                );
            },
        );
    }
    for_each_extreme!(check);
}

#[test]
fn raw_pointers_there_and_back() {
    fn check<T: Extreme>() {
        in_every_situation(
            |_| Gc::<T>::default(),
            |case, _| {
                let count = Gc::strong_count(&case.handle);
                let pointer = Gc::into_raw(case.handle);
                collect();
                // SAFETY: the pointer came from `into_raw` and is turned back once.
                let back = unsafe { Gc::from_raw(pointer) };
                assert_eq!(
                    (Gc::as_ptr(&back), Gc::strong_count(&back), &*back),
                    (pointer, count, &T::default())
                );
                for weak in case.weaks {
                    let raw = weak.into_raw();
                    // SAFETY: the pointer came from `into_raw` and is turned back once.
                    let weak = unsafe { recyc::Weak::from_raw(raw) };
                    assert!(Gc::ptr_eq(&weak.upgrade().unwrap(), &back));
                }
            },
        );
    }
    for_each_extreme!(check);
}

#[test]
fn views_without_a_size() {
    fn check<T: Extreme>() {
        in_every_situation(
            |_| unsize!(Gc::<T>::default() => dyn Any),
            |case: Case<dyn Any>, _| {
                assert!(is_aligned(&case.handle));
                assert_eq!(*case.handle.downcast::<T>().unwrap(), T::default());
            },
        );
        in_every_situation(
            |_| Gc::<[T]>::from(vec![T::default(); 3]),
            |case, _| {
                assert!(is_aligned(&case.handle));
                assert_eq!(*case.handle, [0; 3].map(|_| T::default()));
                let array = <Gc<[T; 3]>>::try_from(case.handle).unwrap();
                assert!(is_aligned(&array));
            },
        );
    }
    for_each_extreme!(check);
}

#[test]
fn an_over_aligned_value_is_dropped_once_whoever_drops_it() {
    in_every_situation(
        |drops| unsize!(Gc::new(Loud(drops.guard())) => dyn Any),
        |case, drops| {
            drop((case.handle, case.weaks));
            assert_eq!(drops.count(), usize::from(!case.situation.shared));
            drop(case.others);
            assert_eq!(drops.count(), 1);
        },
    );
    in_every_situation(
        |drops| Gc::<[Loud]>::from_iter((0..3).map(|_| Loud(drops.guard()))),
        |case, drops| {
            assert!(is_aligned(&case.handle));
            drop((case.handle, case.others));
            assert_eq!(drops.count(), 3);
        },
    );
}
