//! Upgrades while a collection reads the values: they go on, and a verification notices them.

use loom::thread::spawn;
use recyc::sync::{Gc, Weak, collect};

use crate::model::{Node, World, model, tie};

/// A ring that no handle leads to, and a `Weak` to each member.
fn unreachable_ring(world: &World) -> [Weak<Node>; 2] {
    let (a, b) = (world.node(), world.node());
    tie(&a, &b);
    [Gc::downgrade(&a), Gc::downgrade(&b)]
}

model! {
    /// Upgrades come at any time, and the handles go again. Either none of them was there, or the
    /// ring lives.
    upgrades_of_two_members, 3, |world: World| {
        let [a, b] = unreachable_ring(&world);
        let here = world.clone();
        let other = spawn(move || {
            let first = a.upgrade();
            let second = b.upgrade();
            assert!(first.is_some() || second.is_none());
            if let Some(a) = &first {
                assert_eq!(here.gone(), 0);
                a.touch();
                a.once.get().unwrap().touch();
            }
            drop(first);
            if let Some(b) = second {
                assert_eq!(here.gone(), 0);
                b.touch();
                b.once.get_cloned().touch();
            }
        });
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// An upgrade moves what it finds behind a lock into another value, while the ring is judged.
    upgrade_moves_a_member_away, 3, |world: World| {
        let (a, b) = (world.node(), world.node());
        a.put(Some(b.clone()));
        b.once.set(a.clone());
        let weak = Gc::downgrade(&a);
        drop(b);
        drop(a);
        let other = spawn(move || {
            let b = weak.upgrade().and_then(|a| a.take());
            if let Some(b) = &b {
                b.touch();
                b.once.get().unwrap().touch();
            }
            b
        });
        collect();
        if let Some(b) = other.join().unwrap() {
            b.touch();
            b.once.get().unwrap().touch();
        }
        world.end();
    }
}

model! {
    /// A value that has a handle can be upgraded, also while a window with dead ones beside it is
    /// sealed.
    upgrade_beside_a_dead_ring, 3, |world: World| {
        let live = world.node();
        drop(live.clone());
        let weak = Gc::downgrade(&live);
        drop(unreachable_ring(&world));
        let other = spawn(move || weak.upgrade().expect("there is a handle").touch());
        collect();
        other.join().unwrap();
        live.touch();
        drop(live);
        world.end();
    }
}

model! {
    /// Two threads upgrade one block: one is present when the other departs.
    two_upgrades, 1, |world: World| {
        let node = world.node();
        node.once.set(node.clone());
        let weak = Gc::downgrade(&node);
        drop(node);
        let others = [weak.clone(), weak].map(|weak| {
            spawn(move || {
                if let Some(node) = weak.upgrade() {
                    node.touch();
                }
            })
        });
        collect();
        others.into_iter().for_each(|other| other.join().unwrap());
        world.end();
    }
}

model! {
    /// A `Weak` that was upgraded in vain is so from then on, in the next collection as well.
    upgrade_after_a_verification, 2, |world: World| {
        let [a, _] = unreachable_ring(&world);
        let other = spawn(move || {
            let before = a.upgrade().is_some();
            let after = a.upgrade();
            assert!(before || after.is_none());
            if let Some(a) = after {
                a.touch();
            }
        });
        collect();
        drop(unreachable_ring(&world));
        collect();
        other.join().unwrap();
        world.end();
    }
}
