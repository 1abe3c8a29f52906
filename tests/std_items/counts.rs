//! `new`, `clone`, `drop`, `downgrade`, `upgrade`, the counts and `ptr_eq`.

use super::super::model::{Log, NO_DROPS};
use super::kind::{Gc, Weak, nothing_is_left};

#[test]
fn counts_follow_clones_and_drops() {
    nothing_is_left(|| {
        let one = Gc::new(5_u32);
        assert_eq!((Gc::strong_count(&one), Gc::weak_count(&one)), (1, 0));
        let two = one.clone();
        let weak = Gc::downgrade(&two);
        let other = weak.clone();
        assert_eq!((Gc::strong_count(&one), Gc::weak_count(&one)), (2, 2));
        assert_eq!((weak.strong_count(), weak.weak_count()), (2, 2));
        drop(other);
        drop(one);
        assert_eq!((Gc::strong_count(&two), Gc::weak_count(&two)), (1, 1));
        drop(two);
        assert_eq!((weak.strong_count(), weak.weak_count()), (0, 0));
    });
}

#[test]
fn the_last_handle_drops_the_value_and_no_other_does() {
    nothing_is_left(|| {
        let log = Log::default();
        let one = Gc::new(log.value(1));
        let two = Gc::clone(&one);
        drop(one);
        assert_eq!(log.take(), NO_DROPS);
        assert_eq!(two.number, 1);
        drop(two);
        assert_eq!(log.take(), [1]);
    });
}

#[test]
fn clone_from_drops_the_handle_it_replaces() {
    nothing_is_left(|| {
        let log = Log::default();
        let one = Gc::new(log.value(1));
        let mut two = Gc::new(log.value(2));
        two.clone_from(&one);
        assert_eq!(log.take(), [2]);
        assert!(Gc::ptr_eq(&one, &two));
        assert_eq!(Gc::strong_count(&one), 2);
    });
}

#[test]
fn upgrade_succeeds_while_a_handle_exists() {
    nothing_is_left(|| {
        let value = Gc::new(String::from("text"));
        let weak = Gc::downgrade(&value);
        let upgraded = weak.upgrade().expect("the value is alive");
        assert!(Gc::ptr_eq(&value, &upgraded));
        drop(value);
        assert_eq!(weak.upgrade().as_deref().map(String::as_str), Some("text"));
        drop(upgraded);
        assert!(weak.upgrade().is_none() && weak.clone().upgrade().is_none());
    });
}

#[test]
fn a_destructor_cannot_upgrade_a_weak_to_its_value() {
    struct Watcher(std::sync::Mutex<Option<Weak<recyc::Leaf<Watcher>>>>, Log);

    impl Drop for Watcher {
        fn drop(&mut self) {
            let weak = self.0.get_mut().unwrap().take().unwrap();
            assert!(weak.upgrade().is_none());
            assert_eq!((weak.strong_count(), weak.weak_count()), (0, 0));
            drop(self.1.value(7));
        }
    }

    nothing_is_left(|| {
        let log = Log::default();
        let value = Gc::new(recyc::Leaf(Watcher(None.into(), log.clone())));
        *value.0.0.lock().unwrap() = Some(Gc::downgrade(&value));
        drop(value);
        assert_eq!(log.take(), [7]);
    });
}

#[test]
fn a_weak_that_was_made_from_nothing_leads_nowhere() {
    nothing_is_left(|| {
        const NOTHING: Weak<[u64; 1000]> = Weak::new();
        let (one, other) = (NOTHING, Weak::default());
        assert!(one.upgrade().is_none() && one.ptr_eq(&other) && one.clone().ptr_eq(&one));
        assert_eq!((one.strong_count(), one.weak_count()), (0, 0));
        assert!(!one.as_ptr().is_null());
        let value = Gc::new([0_u64; 1000]);
        assert!(!Gc::downgrade(&value).ptr_eq(&one));
    });
}

#[test]
fn a_weak_of_an_uninhabited_type_leads_nowhere() {
    #[derive(recyc::Trace, Clone, Copy, Debug)]
    enum Never {}

    nothing_is_left(|| {
        let weak = Weak::<Never>::new();
        assert!(weak.clone().upgrade().is_none());
        let debug = recyc::unsize!(weak => dyn std::fmt::Debug);
        assert!(debug.upgrade().is_none() && debug.clone().ptr_eq(&debug));
        // SAFETY: the pointer is from `into_raw` and is turned back once.
        let back = unsafe { Weak::from_raw(debug.into_raw()) };
        assert!(back.upgrade().is_none());
        let empty = Gc::<[Never]>::from([]);
        assert!(Gc::downgrade(&empty).upgrade().unwrap().is_empty());
    });
}

#[test]
fn ptr_eq_compares_places_and_not_values() {
    nothing_is_left(|| {
        let (one, other) = (Gc::new(5), Gc::new(5));
        assert!(Gc::ptr_eq(&one, &one.clone()) && !Gc::ptr_eq(&one, &other));
        let (weak, same) = (Gc::downgrade(&one), Gc::downgrade(&one.clone()));
        assert!(weak.ptr_eq(&same) && !weak.ptr_eq(&Gc::downgrade(&other)));
        drop(one);
        assert!(weak.ptr_eq(&same), "the value is gone");
        let (unit, other) = (Gc::new(()), Gc::new(()));
        assert!(!Gc::ptr_eq(&unit, &other) && Gc::ptr_eq(&unit, &unit.clone()));
    });
}

#[test]
fn a_panic_in_a_destructor_frees_the_memory() {
    use super::super::model::Method;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    nothing_is_left(|| {
        let log = Log::default();
        let value = Gc::new(log.bomb(1, Method::Drop));
        let weak = Gc::downgrade(&value);
        assert!(catch_unwind(AssertUnwindSafe(|| drop(value))).is_err());
        assert_eq!(log.take(), [1]);
        assert!(weak.upgrade().is_none());
    });
}

#[test]
fn a_handle_and_a_weak_are_one_word_with_a_niche() {
    const WORD: usize = size_of::<usize>();
    assert_eq!([size_of::<Gc<u8>>(), size_of::<Option<Gc<u8>>>()], [WORD; 2]);
    assert_eq!([size_of::<Weak<u8>>(), size_of::<Option<Weak<u8>>>()], [WORD; 2]);
    assert_eq!([size_of::<Gc<str>>(), size_of::<Option<Weak<str>>>()], [2 * WORD; 2]);
}
