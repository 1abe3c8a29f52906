//! Destructors and finalizers, which run with no lock of the collector held.

use loom::sync::Arc;
use loom::sync::Mutex;
use loom::sync::atomic::AtomicBool;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread::spawn;
use recyc::sync::{Gc, collect};

use crate::model::{World, model};

model! {
    /// A destructor waits for a lock while the thread that holds it starts a collection.
    destructor_takes_a_lock, 3, |world: World| {
        let lock = Arc::new(Mutex::new(()));
        let begun = Arc::new(AtomicBool::new(false));
        let (theirs, sign) = (lock.clone(), begun.clone());
        let node = world.node_with(Some(Box::new(move || {
            sign.store(true, Relaxed);
            drop(theirs.lock().unwrap());
        })));
        node.once.set(node.clone());
        drop(node);
        let other = spawn(|| _ = collect());
        let held = lock.lock().unwrap();
        if begun.load(Relaxed) {
            collect();
        }
        drop(held);
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// The value is destroyed by counting while its finalizer is called: not before that is over.
    finalizer_against_upgrade, 3, |world: World| {
        let snake = world.snake(|_| ());
        let weak = Gc::downgrade(&snake);
        drop(snake);
        let other = spawn(move || {
            if let Some(snake) = weak.upgrade() {
                snake.touch();
                snake.let_go();
            }
        });
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// Between the commit and the finalizer another thread saves the value and then has the only
    /// handle.
    finalizer_against_get_mut, 2, |world: World| {
        let snake = world.snake(|_| ());
        let weak = Gc::downgrade(&snake);
        drop(snake);
        let other = spawn(move || {
            let saved = weak.upgrade();
            drop(weak);
            if let Some(mut snake) = saved {
                snake.let_go();
                if let Some(snake) = Gc::get_mut(&mut snake) {
                    snake.change();
                }
            }
        });
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// A finalizer takes the value apart while another thread drops its handle.
    finalizer_lets_go, 3, |world: World| {
        let snake = world.snake(|snake| snake.let_go());
        drop(snake.clone());
        let other = spawn(move || {
            snake.touch();
            drop(snake);
        });
        collect();
        other.join().unwrap();
        world.end();
    }
}

model! {
    /// The last handle of a candidate with a finalizer goes while a collection decides.
    finalizer_against_last_drop, 3, |world: World| {
        let snake = world.snake(|_| ());
        snake.let_go();
        let here = world.clone();
        let other = spawn(move || {
            snake.touch();
            drop(snake);
            assert_eq!(here.gone(), 1);
        });
        collect();
        other.join().unwrap();
        world.end();
    }
}
