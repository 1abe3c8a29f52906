//! Promises that hold for every type in which the handles of a hub are kept.

use std::panic::catch_unwind;

use super::kind::{Gc, alone, collect};
use super::model::{Kind, World};

/// The places of the parts that a test tries in turn: all, or under Miri the first, the middle and
/// the last.
fn places(size: usize) -> impl Iterator<Item = usize> {
    (0..size).filter(move |at| !cfg!(miri) || [0, size / 2, size - 1].contains(at))
}

/// All reported, so nothing looks held from outside.
pub fn a_dead_ring_is_freed<K: Kind>() {
    let _turn = alone();
    for &size in K::SIZES {
        let ledger = World::<K>::ring(size, None).leave();
        ledger.assert_nothing_dropped();
        assert_eq!(collect().reclaimed, size + 1);
        ledger.assert_all_dropped_once();
    }
}

/// Nothing reported twice: that would make up for the handle outside.
pub fn an_outside_handle_to_any_target_keeps_the_ring<K: Kind>() {
    let _turn = alone();
    for &size in K::SIZES {
        for kept in places(size) {
            let mut world = World::<K>::ring(size, None);
            let kept = world.targets.swap_remove(kept);
            let ledger = world.leave();
            assert_eq!(collect().reclaimed, 0);
            ledger.assert_nothing_dropped();
            assert_eq!(Gc::strong_count(&kept), 2);
            assert_eq!(Gc::strong_count(kept.back.borrow().as_ref().unwrap()), size);
            drop(kept);
            assert_eq!(collect().reclaimed, size + 1);
            ledger.assert_all_dropped_once();
        }
    }
}

/// Each reported handle is given back once, and not by the dispose of its holder.
pub fn a_living_target_loses_one_handle_with_its_dead_holder<K: Kind>() {
    let _turn = alone();
    for &size in K::SIZES {
        let World { ledger, hub, targets } = World::<K>::star(size, None);
        let hub_drops = hub.guard.drops();
        drop(hub);
        assert_eq!(collect().reclaimed, 1);
        assert_eq!(hub_drops(), 1);
        for target in &targets {
            assert_eq!(target.guard.drops()(), 0);
            assert_eq!(Gc::strong_count(target), 1);
        }
        drop(targets);
        ledger.assert_all_dropped_once();
    }
}

/// All parts are destroyed, whichever of them panics, and the collection resumes the panic at its
/// end.
pub fn a_panic_in_one_part_keeps_no_other_from_its_drop<K: Kind>() {
    let _turn = alone();
    for &size in K::SIZES {
        for bomb in places(size) {
            let ledger = World::<K>::ring(size, Some(bomb)).leave();
            assert!(catch_unwind(collect).is_err());
            ledger.assert_all_dropped_once();
            assert_eq!(collect().reclaimed, 0);
        }
    }
}

/// A panic does not change what is given back either.
pub fn a_panic_in_one_part_leaves_living_targets_intact<K: Kind>() {
    let _turn = alone();
    for &size in K::SIZES {
        for bomb in places(size) {
            let World { ledger, hub, targets } = World::<K>::star(size, Some(bomb));
            drop(hub);
            assert!(catch_unwind(collect).is_err());
            assert!(
                targets
                    .iter()
                    .all(|target| target.guard.drops()() == 0 && Gc::strong_count(target) == 1)
            );
            drop(targets);
            ledger.assert_all_dropped_once();
        }
    }
}

/// All parts are destroyed without a collection too: dropping the last handle drops the value as
/// Rust does.
pub fn an_acyclic_holder_drops_its_parts_at_once<K: Kind>() {
    let _turn = alone();
    for &size in K::SIZES {
        let world = World::<K>::star(size, None);
        world.hub.back.borrow_mut().take();
        let ledger = world.leave();
        ledger.assert_all_dropped_once();
    }
}
