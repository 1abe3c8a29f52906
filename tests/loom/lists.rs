//! Lists of candidates that are full when their thread ends, or when a candidate dies.
//!
//! Under the model checker two entries fill a list: the next one has it swept of the dead first.

use loom::thread::spawn;
use recyc::sync::{Gc, collect};

use crate::model::{Node, World, model};

/// A value that only it has a handle to, once the one returned is gone.
fn snake(world: &World) -> Gc<Node> {
    let node = world.node();
    node.once.set(node.clone());
    node
}

model! {
    /// A thread fills its list, sweeps it and ends, while a candidate in it dies on another thread
    /// and a collection takes the list.
    full_list_at_the_end_of_a_thread, 4, |world: World| {
        let (dying, one, other) = (world.node(), snake(&world), snake(&world));
        let mine = dying.clone();
        let thread = spawn(move || {
            drop(dying);
            drop(one);
            drop(other);
        });
        drop(mine);
        collect();
        thread.join().unwrap();
        world.end();
    }
}

model! {
    /// Two threads end, and what the second leaves has the common list swept, while a collection
    /// takes it.
    full_list_of_those_who_are_gone, 3, |world: World| {
        let dying = world.node();
        let mine = dying.clone();
        let threads = [(dying, snake(&world)), (snake(&world), snake(&world))].map(|(one, other)| {
            spawn(move || {
                drop(one);
                drop(other);
            })
        });
        drop(mine);
        collect();
        for thread in threads {
            thread.join().unwrap();
        }
        world.end();
    }
}

model! {
    /// A hidden candidate stays in a list that is swept, because it would not be entered again.
    full_list_with_one_out_of_sight, 4, |world: World| {
        let (mut hidden, one, other) = (world.node(), snake(&world), snake(&world));
        let thread = spawn(move || {
            drop(hidden.clone());
            drop(one);
            Gc::get_mut(&mut hidden).expect("the only handle").change();
            drop(other);
            hidden.put(Some(hidden.clone()));
        });
        collect();
        thread.join().unwrap();
        world.end();
    }
}
