//! Handles that move among the presumed dead while they are being proved dead.

use loom::thread::spawn;
use recyc::sync::{Gc, collect};

use crate::model::{Node, World, model, tie};

/// Builds a ring of `size` nodes, each in the slot of the node before it. Returns their handles.
fn slots(world: &World, size: usize) -> Vec<Gc<Node>> {
    let nodes: Vec<_> = (0..size).map(|_| world.node()).collect();
    for (at, node) in nodes.iter().enumerate() {
        node.put(Some(nodes[(at + 1) % size].clone()));
    }
    nodes
}

model! {
    /// The handle outside goes in where another comes out: no count ever changes.
    moves, 3, |world: World| {
        let mut nodes = slots(&world, 2);
        nodes.pop();
        let a = nodes.pop().unwrap();
        let other = spawn(move || {
            let b = a.take().unwrap();
            let old = b.slot.lock().unwrap().replace(a);
            drop(old);
            b.touch();
            b
        });
        collect();
        let b = other.join().unwrap();
        b.touch();
        drop(b);
        world.end();
    }
}

model! {
    /// The handle outside moves to another node and back again.
    moves_back, 3, |world: World| {
        let (a, b) = (world.node(), world.node());
        a.put(Some(b));
        drop(a.clone());
        let other = spawn(move || {
            let b = a.take().unwrap();
            b.put(Some(a));
            let a = b.take().unwrap();
            a.put(Some(b));
            a.touch();
            a
        });
        collect();
        let a = other.join().unwrap();
        a.touch();
        drop(a);
        world.end();
    }
}

model! {
    /// The handle outside moves round a ring of three, always to a node whose count is equal to its
    /// internal handles.
    moves_round, 3, |world: World| {
        let (a, b, c) = (world.node(), world.node(), world.node());
        b.put(Some(c));
        a.put(Some(b));
        drop(a.clone());
        let other = spawn(move || {
            let b = a.take().unwrap();
            let c = b.take().unwrap();
            c.put(Some(a));
            let a = c.take().unwrap();
            a.touch();
            b.put(Some(c));
            a.put(Some(b));
            a
        });
        collect();
        let a = other.join().unwrap();
        a.touch();
        a.slot.lock().unwrap().as_ref().unwrap().touch();
        drop(a);
        world.end();
    }
}

/// Holds one node of a dead ring at a time, the next before the last is given up.
fn walk(world: World, steps: usize) {
    let (a, b) = (world.node(), world.node());
    tie(&a, &b);
    drop(b);
    drop(a.clone());
    let other = spawn(move || {
        let mut at = a;
        for _ in 0..steps {
            let next = at.once.get_cloned();
            at = next;
        }
        at.touch();
        at
    });
    collect();
    let at = other.join().unwrap();
    at.touch();
    drop(at);
    world.end();
}

model!(rotate, 3, |world: World| walk(world, 2));
model!(rotate_four_times, 3, |world: World| walk(world, 4));

/// Clones and drops `handles` handles to the node.
fn wear(node: &Gc<Node>, handles: usize) {
    (0..handles).for_each(|_| drop(node.clone()));
}

model! {
    /// The handle outside moves round the ring while the number of new handles would bring the
    /// versions back to their first values.
    rotate_while_versions_come_round, 2, |world: World| {
        let late = |a: &_, b: &_| {
            wear(a, 3);
            wear(b, 3);
        };
        rotate_and_wear(world, |_| (), late);
    }
}

model! {
    /// The handle outside moves round the ring when the versions have been through all their values
    /// and detect no change.
    rotate_with_worn_versions, 2, |world: World| {
        let early = |a: &Gc<Node>| {
            wear(&a.once.get_cloned(), 1);
            wear(a, 2);
        };
        rotate_and_wear(world, early, |_, _| ());
    }
}

/// Holds one node of a dead ring at a time, and has more handles come and go at the start and
/// half-way.
fn rotate_and_wear(world: World, early: fn(&Gc<Node>), late: fn(&Gc<Node>, &Gc<Node>)) {
    let (a, b) = (world.node(), world.node());
    tie(&a, &b);
    drop(b);
    drop(a.clone());
    let other = spawn(move || {
        early(&a);
        let b = a.once.get_cloned();
        drop(a);
        let a = b.once.get_cloned();
        late(&a, &b);
        drop(b);
        let b = a.once.get_cloned();
        drop(a);
        b.touch();
        b
    });
    collect();
    let b = other.join().unwrap();
    b.touch();
    drop(b);
    world.end();
}

model! {
    /// A value is filled with a handle to the living after it was looked at, and then rightly found
    /// dead.
    once_is_filled_late, 4, |world: World| {
        let (x, z) = (world.node(), world.node());
        x.put(Some(x.clone()));
        drop(x.clone());
        let handle = z.clone();
        let other = spawn(move || {
            x.once.set(handle);
            drop(x);
        });
        collect();
        other.join().unwrap();
        drop(z);
        world.end();
    }
}

model! {
    /// The last handle of a member goes while it is frozen.
    last_drop_of_the_frozen, 3, |world: World| {
        let (p, x) = (world.node(), world.node());
        p.put(Some(x));
        p.once.set(p.clone());
        drop(p.clone());
        let other = spawn(move || {
            let x = p.take();
            drop(p);
            drop(x);
        });
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// A member's count falls to zero: nothing explains nothing.
    zero_is_not_explained, 4, |world: World| {
        let (p, x) = (world.node(), world.node());
        p.put(Some(x));
        p.once.set(p.clone());
        drop(p.clone());
        let other = spawn(move || {
            let x = p.take();
            drop(p);
            x.as_ref().unwrap().touch();
            drop(x);
        });
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// A thread locks a node of the ring and moves handles under the lock.
    locked_during_commit, 3, |world: World| {
        let nodes = slots(&world, 2);
        let a = nodes[0].clone();
        drop(nodes);
        let other = spawn(move || {
            let mut slot = a.slot.lock().unwrap();
            let b = slot.take().unwrap();
            b.touch();
            *slot = Some(b);
            drop(slot);
            drop(a);
        });
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// A handle moves into a living neighbour and out again.
    neighbour, 3, |world: World| {
        let (a, b, neighbour) = (world.node(), world.node(), world.node());
        tie(&a, &b);
        drop(b);
        drop(a.clone());
        let theirs = neighbour.clone();
        let other = spawn(move || {
            theirs.put(Some(a));
            let a = theirs.take().unwrap();
            let b = a.once.get_cloned();
            drop(a);
            b.touch();
            theirs.put(Some(b));
        });
        collect();
        other.join().unwrap();
        neighbour.take().unwrap().touch();
        drop(neighbour);
        world.end();
    }
}

model! {
    two_collectors, 2, |world: World| {
        let (a, b) = (world.node(), world.node());
        tie(&a, &b);
        drop((a, b));
        let here = world.clone();
        let other = spawn(move || {
            collect();
            drop(here);
        });
        collect();
        other.join().unwrap();
        assert_eq!(world.gone(), 2);
        world.end();
    }
}

model! {
    /// Two collections, and a thread that drops a handle in between.
    two_collectors_and_a_dropper, 2, |world: World| {
        let (a, b) = (world.node(), world.node());
        tie(&a, &b);
        drop(b);
        let dropper = spawn(move || {
            let b = a.once.get_cloned();
            drop(a);
            b.touch();
            drop(b);
        });
        let other = spawn(|| _ = collect());
        collect();
        dropper.join().unwrap();
        other.join().unwrap();
        world.end();
    }
}
