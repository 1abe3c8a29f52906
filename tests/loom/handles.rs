//! Handles that come and go while others do, and while a collection looks.

use loom::sync::Arc;
use loom::sync::Mutex;
use loom::thread::spawn;
use recyc::sync::{Gc, collect};

use crate::model::{World, model, tie};

model! {
    /// The value dies once and after all uses, whichever thread drops the last handle. The entry
    /// does not keep it alive.
    two_droppers, 3, |world: World| {
        let mine = world.node();
        drop(mine.clone());
        let theirs = mine.clone();
        let other = spawn(move || {
            theirs.touch();
            drop(theirs);
        });
        collect();
        mine.touch();
        drop(mine);
        other.join().unwrap();
        assert_eq!(world.gone(), 1);
        world.end();
    }
}

model! {
    three_droppers, 2, |world: World| {
        let mine = world.node();
        let others = [mine.clone(), mine.clone()].map(|theirs| {
            spawn(move || {
                theirs.touch();
                drop(theirs);
            })
        });
        mine.touch();
        drop(mine);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(world.gone(), 1);
        world.end();
    }
}

model! {
    /// A candidate whose last handle goes is destroyed before that drop returns, also while a
    /// collection has it.
    last_drop_of_a_candidate, 3, |world: World| {
        let node = world.node();
        drop(node.clone());
        let here = world.clone();
        let other = spawn(move || {
            node.touch();
            drop(node);
            assert_eq!(here.gone(), 1);
        });
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// A drop that relies on the entry it has seen is not let down by a collection that takes the
    /// entry.
    drop_relies_on_entry, 3, |world: World| {
        let node = world.node();
        node.put(Some(node.clone()));
        drop(node.clone());
        let other = spawn(move || drop(node));
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// An upgrade during a commit either saves the ring or gets nothing.
    upgrade_against_commit, 3, |world: World| {
        let (a, b) = (world.node(), world.node());
        tie(&a, &b);
        let weak = Gc::downgrade(&a);
        drop((a, b));
        let here = world.clone();
        let other = spawn(move || {
            if let Some(a) = weak.upgrade() {
                a.touch();
                assert_eq!(here.gone(), 0);
                a.once.get_cloned().touch();
            }
        });
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// From an upgraded handle to the next, and the first one given up.
    upgrade_then_walk, 3, |world: World| {
        let (a, b) = (world.node(), world.node());
        tie(&a, &b);
        let weak = Gc::downgrade(&a);
        drop((a, b));
        let other = spawn(move || {
            if let Some(a) = weak.upgrade() {
                let b = a.once.get_cloned();
                drop(a);
                b.touch();
            }
        });
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    upgrade_against_last_drop, 2, |world: World| {
        let node = world.node();
        let weak = Gc::downgrade(&node);
        let collector = spawn(|| _ = collect());
        let dropper = spawn(move || {
            node.touch();
            drop(node);
        });
        if let Some(node) = weak.upgrade() {
            node.touch();
        }
        drop(weak);
        collector.join().unwrap();
        dropper.join().unwrap();
        assert_eq!(world.gone(), 1);
        world.end();
    }
}

model! {
    /// While a handle exists, an upgrade never returns `None`.
    upgrade_of_a_held_value, 3, |world: World| {
        let node = world.node();
        drop(node.clone());
        let weak = Gc::downgrade(&node);
        let other = spawn(|| _ = collect());
        assert!(weak.upgrade().is_some());
        other.join().unwrap();
        drop((weak, node));
        world.end();
    }
}

model! {
    /// The only handle gives `&mut`, though the block is a candidate and a collection is looking.
    get_mut_of_a_candidate, 3, |world: World| {
        let mut node = world.node();
        drop(node.clone());
        let other = spawn(|| _ = collect());
        Gc::get_mut(&mut node).expect("the only handle").change();
        other.join().unwrap();
        drop(node);
        world.end();
    }
}

model! {
    /// As the model above, for a block that a collection reaches along an edge, which is then
    /// removed.
    get_mut_after_edge, 3, |world: World| {
        let (outer, inner) = (world.node(), world.node());
        outer.put(Some(inner));
        drop(outer.clone());
        let other = spawn(|| _ = collect());
        let mut inner = outer.take().unwrap();
        Gc::get_mut(&mut inner).expect("the only handle").change();
        other.join().unwrap();
        drop((outer, inner));
        world.end();
    }
}

model! {
    /// The last handle, found along an edge, is moved out and opened while the ring it came from is
    /// being proved dead.
    get_mut_out_of_a_dying_ring, 3, |world: World| {
        let (outer, inner) = (world.node(), world.node());
        outer.put(Some(inner));
        outer.once.set(outer.clone());
        drop(outer.clone());
        let other = spawn(move || {
            let mut inner = outer.take().unwrap();
            drop(outer);
            Gc::get_mut(&mut inner).expect("the only handle").change();
        });
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    try_unwrap_of_a_candidate, 3, |world: World| {
        let node = world.node();
        drop(node.clone());
        let other = spawn(|| _ = collect());
        let mut value = Gc::try_unwrap(node).ok().expect("the only handle");
        value.change();
        drop(value);
        assert_eq!(world.gone(), 1);
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// Upgrade, drop the `Weak`, make another, drop the handle: a call of `get_mut` in between
    /// returns `None`, or has the only handle.
    get_mut_against_weak, 4, |world: World| {
        let mut node = world.node();
        let weak = Gc::downgrade(&node);
        let other = spawn(move || {
            let strong = weak.upgrade().expect("there is a handle");
            drop(weak);
            let weak = Gc::downgrade(&strong);
            strong.touch();
            drop(strong);
            if let Some(strong) = weak.upgrade() {
                strong.touch();
            }
        });
        if let Some(node) = Gc::get_mut(&mut node) {
            node.change();
        }
        other.join().unwrap();
        drop(node);
        world.end();
    }
}

model! {
    into_inner_goes_to_one, 3, |world: World| {
        let mine = world.node();
        let theirs = mine.clone();
        let other = spawn(move || {
            Gc::into_inner(theirs).map(|mut node| node.change()).is_some()
        });
        let got = Gc::into_inner(mine).map(|mut node| node.change()).is_some();
        assert!(got != other.join().unwrap());
        assert_eq!(world.gone(), 1);
        world.end();
    }
}

model! {
    /// A thread ends with a candidate of its own while another collects.
    thread_death, 3, |world: World| {
        let node = world.node();
        node.put(Some(node.clone()));
        let other = spawn(move || drop(node));
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// A handle travels through a place outside while its ring is being collected.
    handed_over, 2, |world: World| {
        // Only one of them is a candidate; the other becomes one by the drops below.
        let (a, b) = (world.node(), world.node());
        b.once.set(a.clone());
        a.once.set(b);
        drop(a.clone());
        let place = Arc::new(Mutex::new(None));
        let there = place.clone();
        let giver = spawn(move || {
            a.touch();
            *there.lock().unwrap() = Some(a.once.get_cloned());
            drop(a);
        });
        let collector = spawn(|| _ = collect());
        let taken = place.lock().unwrap().take();
        if let Some(b) = taken {
            b.touch();
        }
        giver.join().unwrap();
        collector.join().unwrap();
        place.lock().unwrap().take();
        world.end();
    }
}
