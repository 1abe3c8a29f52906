//! `new_leaf`: values that the collector does not trace.

use super::kind::RefCell;

use super::kind::{Gc, collect};

use super::model::{Guard, in_every_situation, is_candidate, nothing_is_left};

/// Has no `Trace`.
struct Foreign(u32, #[allow(dead_code)] Guard);

#[test]
fn a_foreign_value_is_counted_and_never_a_candidate() {
    in_every_situation(
        |drops| Gc::new_leaf(Foreign(7, drops.guard().0)),
        |case, drops| {
            assert!(!super::kind::inspect::candidates().contains(&Gc::address(&case.handle)));
            assert_eq!(case.handle.0, 7);
            match Gc::try_unwrap(case.handle) {
                Ok(foreign) => assert_eq!((foreign.0, drops.count()), (7, 0)),
                Err(handle) => drop((handle, case.others)),
            }
            assert_eq!(drops.count(), 1);
        },
    );
}

#[test]
fn what_a_foreign_value_holds_is_held_from_outside() {
    struct Holder(RefCell<Option<Gc<Holder>>>);

    nothing_is_left(|_| {
        let holder = Gc::new_leaf(Holder(RefCell::new(None)));
        *holder.0.borrow_mut() = Some(holder.clone());
        let weak = Gc::downgrade(&holder);
        drop(holder);
        assert_eq!(collect().reclaimed, 0);
        let holder = weak.upgrade().unwrap();
        assert!(!is_candidate(&holder));
        holder.0.borrow_mut().take();
    });
}
