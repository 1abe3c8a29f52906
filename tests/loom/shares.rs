//! Collections that are done in shares: between two of them the collector's lock is free.

use std::sync::{Arc, Mutex, PoisonError};

use loom::thread::spawn;
use recyc::sync::{Gc, collect};

use crate::model::heap::collect_in_shares;
use crate::model::{World, model, tie};

model! {
    /// The handle outside goes in where another comes out, and back again.
    moves_between_shares, 3, |world: World| {
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
        collect_in_shares();
        let a = other.join().unwrap();
        a.touch();
        drop(a);
        world.end();
    }
}

model! {
    /// A block that the collection has captured and not traced dies by counting.
    dies_between_shares, 3, |world: World| {
        let (a, b) = (world.node(), world.node());
        a.put(Some(b));
        drop(a.clone());
        let other = spawn(move || {
            drop(a.take());
            a.touch();
            a
        });
        collect_in_shares();
        drop(other.join().unwrap());
        world.end();
    }
}

model! {
    /// A ring that is unreachable but for a `Weak` becomes reachable.
    upgrade_between_shares, 3, |world: World| {
        let (a, b) = (world.node(), world.node());
        tie(&a, &b);
        let weak = Gc::downgrade(&a);
        drop((a, b));
        let other = spawn(move || {
            let a = weak.upgrade();
            if let Some(a) = &a {
                a.touch();
                a.once.get().unwrap().touch();
            }
            a
        });
        collect_in_shares();
        let a = other.join().unwrap();
        if let Some(a) = &a {
            a.touch();
        }
        drop(a);
        world.end();
    }
}

model! {
    /// An explicit collection meets one that is suspended, and finds what is dead.
    given_up_between_shares, 2, |world: World| {
        let (a, b) = (world.node(), world.node());
        tie(&a, &b);
        drop((a, b));
        let other = spawn(collect_in_shares);
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// A collection is suspended while another one calls a finalizer, which resurrects its value.
    /// The suspended collection has a place for a node that the other one reaches afterwards.
    suspended_during_a_finalizer, 4, |world: World| {
        let saved = Arc::new(Mutex::new(None));
        let kept = saved.clone();
        let node = world.node();
        let snake = world.snake_beside(Some(node.clone()), move |snake| {
            let tail = snake.tail.lock().unwrap().clone();
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = tail;
        });
        drop(snake);
        drop(node.clone());
        let other = spawn(collect_in_shares);
        collect();
        other.join().unwrap();
        let snake = saved.lock().unwrap_or_else(PoisonError::into_inner).take();
        snake.expect("the finalizer was called").touch();
        node.touch();
        drop(node);
        world.end();
    }
}

model! {
    /// A collection is suspended while another one reclaims the dead, which could be suspended too.
    suspended_while_another_reclaims, 3, |world: World| {
        let (a, b, alive) = (world.node(), world.node(), world.node());
        tie(&a, &b);
        drop((a, b));
        drop(alive.clone());
        let other = spawn(collect_in_shares);
        collect_in_shares();
        other.join().unwrap();
        alive.touch();
        drop(alive);
        world.end();
    }
}

model! {
    /// Two threads do shares, with a finalizer to call and dead blocks to reclaim.
    finalizer_between_shares, 3, |world: World| {
        let node = world.node();
        node.once.set(node.clone());
        let snake = world.snake_beside(Some(node.clone()), |snake| snake.let_go());
        drop((snake, node));
        let other = spawn(collect_in_shares);
        collect_in_shares();
        other.join().unwrap();
        world.end();
    }
}
