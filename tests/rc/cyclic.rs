//! `new_cyclic`.

use super::kind::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::kind::{Bound, Gc, Trace, Weak, collect, unsize};

use super::model::nothing_is_left;

#[derive(Trace)]
struct Widget {
    me: Weak<Widget>,
    inner: Option<Gc<Widget>>,
}

#[test]
fn the_weak_leads_to_the_value_from_when_it_is_made() {
    nothing_is_left(|_| {
        let widget = Gc::new_cyclic(|me| {
            assert!(me.upgrade().is_none() && me.clone().upgrade().is_none());
            assert_eq!((me.strong_count(), me.weak_count()), (0, 0));
            collect();
            Widget { me: me.clone(), inner: None }
        });
        assert!(Gc::ptr_eq(&widget.me.upgrade().unwrap(), &widget));
        assert_eq!((Gc::strong_count(&widget), Gc::weak_count(&widget)), (1, 1));
    });
}

#[test]
fn each_of_two_nested_leads_to_its_own() {
    nothing_is_left(|_| {
        let outer = Gc::new_cyclic(|outer| {
            let inner = Gc::new_cyclic(|inner| Widget { me: inner.clone(), inner: None });
            Widget { me: outer.clone(), inner: Some(inner) }
        });
        let inner = outer.inner.as_ref().unwrap();
        assert!(Gc::ptr_eq(&outer.me.upgrade().unwrap(), &outer));
        assert!(Gc::ptr_eq(&inner.me.upgrade().unwrap(), inner));
    });
}

#[test]
fn after_a_panic_the_weak_leads_nowhere_and_nothing_is_left() {
    nothing_is_left(|_| {
        let stash = RefCell::new(Weak::new());
        let made = catch_unwind(AssertUnwindSafe(|| {
            Gc::<Widget>::new_cyclic(|me| {
                stash.replace(me.clone());
                panic!("no widget");
            })
        }));
        assert!(made.is_err());
        assert!(stash.borrow().upgrade().is_none());
        assert!(!stash.borrow().ptr_eq(&Weak::new()));
    });
}

#[test]
fn the_weak_may_be_unsized_before_the_value_exists() {
    trait Named: Bound {
        fn name(&self) -> &'static str;
    }

    #[derive(Trace)]
    struct Ann(Weak<dyn Named>);

    impl Named for Ann {
        fn name(&self) -> &'static str {
            "Ann"
        }
    }

    nothing_is_left(|_| {
        let ann = Gc::new_cyclic(|me: &Weak<Ann>| Ann(unsize!(me.clone() => dyn Named)));
        assert_eq!(ann.0.upgrade().unwrap().name(), "Ann");
    });
}

#[test]
fn a_value_of_size_zero() {
    nothing_is_left(|_| {
        let mut weak = Weak::new();
        let unit = Gc::new_cyclic(|me| weak = me.clone());
        assert!(Gc::ptr_eq(&weak.upgrade().unwrap(), &unit));
    });
}
