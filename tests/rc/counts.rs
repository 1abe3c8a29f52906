//! `new`, `pin`, `clone`, `drop`, `downgrade`, `upgrade` and the counts.

use std::pin::Pin;

use super::kind::{Gc, Weak, alone, collect};

use super::model::{Node, in_every_situation, is_candidate, nothing_is_left};

#[test]
fn the_counts_are_those_of_the_handles_there_are() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, _| {
            assert_eq!(Gc::strong_count(&case.handle), 1 + case.others.len());
            assert_eq!(Gc::weak_count(&case.handle), case.weaks.len());
            let weak = Gc::downgrade(&case.handle);
            assert_eq!(
                (weak.strong_count(), weak.weak_count()),
                (1 + case.others.len(), 1 + case.weaks.len())
            );
            let again = weak.clone();
            assert_eq!(Gc::weak_count(&case.handle), 2 + case.weaks.len());
            let upgraded = again.upgrade().unwrap();
            assert!(Gc::ptr_eq(&upgraded, &case.handle));
            assert_eq!(Gc::strong_count(&case.handle), 2 + case.others.len());
        },
    );
}

#[test]
fn the_last_drop_ends_the_value_at_once_and_clears_weaks() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, drops| {
            let weak = Gc::downgrade(&case.handle);
            drop(case.handle);
            assert_eq!(drops.count(), usize::from(case.others.is_empty()));
            drop(case.others);
            assert_eq!(drops.count(), 1);
            for weak in case.weaks.iter().chain([&weak]) {
                assert!(weak.upgrade().is_none());
                assert_eq!((weak.strong_count(), weak.weak_count()), (0, 0));
            }
        },
    );
}

#[test]
fn a_cycle_of_handles_is_freed_and_its_weaks_are_cleared() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, drops| {
            *case.handle.next.borrow_mut() = Some(case.handle.clone());
            drop((case.handle, case.others));
            assert_eq!(drops.count(), 0);
            assert_eq!(collect().reclaimed, 1);
            assert_eq!(drops.count(), 1);
            assert!(case.weaks.iter().all(|weak| weak.upgrade().is_none()));
        },
    );
}

#[test]
fn the_cases_of_this_test_are_what_they_say() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, _| assert_eq!(is_candidate(&case.handle), case.situation.candidate),
    );
}

#[test]
fn values_of_size_zero_are_values_of_their_own() {
    nothing_is_left(|_| {
        let (one, other) = (Gc::new(()), Gc::new(()));
        assert!(!Gc::ptr_eq(&one, &other));
        assert!(Gc::ptr_eq(&one, &one.clone()));
        assert!(!Gc::downgrade(&one).ptr_eq(&Gc::downgrade(&other)));
    });
}

#[test]
fn weaks_made_from_nothing_are_equal_and_lead_nowhere() {
    let _turn = alone();
    static NOWHERE: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
    const NOTHING: Weak<u8> = Weak::new();
    let (one, other) = (NOTHING, Weak::default());
    assert!(one.ptr_eq(&other) && one.ptr_eq(&one.clone()));
    assert!(one.upgrade().is_none());
    assert_eq!((one.strong_count(), one.weak_count()), (0, 0));
    assert!(!one.as_ptr().is_null());
    assert!(!one.ptr_eq(&Gc::downgrade(&Gc::new(1))));
    assert!(!NOWHERE.load(std::sync::atomic::Ordering::Relaxed));
}

#[test]
fn a_pinned_value_does_not_move_with_its_handles() {
    nothing_is_left(|drops| {
        let pinned: Pin<Gc<Node>> = Gc::pin(Node::new(1, drops));
        let address = std::ptr::from_ref(&*pinned);
        let clone = pinned.clone();
        drop(pinned);
        assert_eq!(std::ptr::from_ref(&*clone), address);
        assert_eq!(Pin::<Gc<u8>>::default(), Gc::pin(0));
    });
}

macro_rules! aligned {
    ($($align:literal),+) => {
        $({
            #[derive(recyc::Trace, Clone)]
            #[repr(align($align))]
            struct Aligned(u8);

            nothing_is_left(|_| {
                let one = Gc::new(Aligned(7));
                let slice: Gc<[Aligned]> = [Aligned(1), Aligned(2)][..].into();
                let array: Gc<[Aligned]> = Gc::from([Aligned(3)]);
                assert_eq!((Gc::address(&one) | Gc::address(&slice)) & ($align - 1), 0);
                let weaks = (Gc::downgrade(&one), Gc::downgrade(&slice), Gc::downgrade(&array));
                assert_eq!(weaks.0.as_ptr(), Gc::as_ptr(&one));
                assert_eq!(weaks.1.as_ptr(), Gc::as_ptr(&slice));
                assert_eq!(weaks.2.as_ptr(), Gc::as_ptr(&array));
                // SAFETY: each pointer came from `into_raw` and is turned back once.
                let (one, slice) = unsafe { (Gc::from_raw(Gc::into_raw(one)), Gc::from_raw(Gc::into_raw(slice))) };
                let raw = weaks.1.into_raw();
                let any = super::kind::unsize!(one => super::kind::Any);
                assert_eq!((slice[1].0, array[0].0), (2, 3));
                drop((slice, array));
                // SAFETY: as above.
                assert!(unsafe { Weak::from_raw(raw) }.upgrade().is_none());
                assert_eq!(any.downcast::<Aligned>().unwrap().0, 7);
            });
        })+
    };
}

#[test]
fn values_of_every_alignment_are_where_their_handles_say() {
    let _turn = alone();
    aligned!(1, 2, 4, 8, 16, 32, 64, 128, 1024, 4096);
}
