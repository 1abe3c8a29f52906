//! Collections that leave finalizers to the program, beside threads that have them called.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use loom::thread::spawn;
use recyc::Config;
use recyc::sync::{Gc, collect, collect_if_needed, run_finalizers};

use crate::model::heap::{collect_by_allocation, collect_young_by_allocation, configure};
use crate::model::{Snake, World, model};

/// A value whose finalizer is counted, in a heap where finalizers wait.
fn waiting(world: &World) -> (Gc<Snake>, impl Fn() -> usize + use<>) {
    configure(Config::default().with_finalize_on_demand(true));
    let called = Arc::new(AtomicUsize::new(0));
    let count = called.clone();
    let node = world.node();
    node.once.set(node.clone());
    let snake = world.snake_beside(Some(node), move |_| _ = count.fetch_add(1, SeqCst));
    (snake, move || called.load(SeqCst))
}

model! {
    /// A collection of the program takes the kept handles, perhaps between the two decisions.
    program_takes_handles, 3, |world: World| {
        let (snake, finalized) = waiting(&world);
        drop(snake);
        let other = spawn(|| _ = collect());
        collect_by_allocation();
        other.join().unwrap();
        run_finalizers();
        assert_eq!(finalized(), 1, "finalizers called");
        world.end();
    }
}

model! {
    /// The kept values are old, and the other thread runs what is needed for them.
    program_collects_if_needed, 3, |world: World| {
        let (snake, finalized) = waiting(&world);
        for _ in 0..3 {
            drop(snake.clone());
            collect_by_allocation();
        }
        drop(snake);
        let other = spawn(|| _ = collect_if_needed());
        collect_by_allocation();
        other.join().unwrap();
        run_finalizers();
        assert_eq!(finalized(), 1, "finalizers called");
        world.end();
    }
}

/// Kept values that are young, and one thread that takes their handles while another collects.
fn collect_beside(collect: fn(), world: World) {
    let (snake, finalized) = waiting(&world);
    configure(Config::default().with_finalize_on_demand(true).with_promote_after(1));
    drop(snake);
    collect_young_by_allocation();
    let other = spawn(|| _ = collect_if_needed());
    collect();
    other.join().unwrap();
    run_finalizers();
    assert_eq!(finalized(), 1, "finalizers called");
    world.end();
}

model! {
    /// A young collection may have captured the values before their handles are taken. If it
    /// decides first, they are old.
    young_collection_makes_taken_values_old, 3, |world: World| {
        collect_beside(collect_young_by_allocation, world);
    }
}

model! {
    /// A full collection may have captured the values before their handles are taken.
    full_collection_makes_taken_values_old, 3, |world: World| {
        collect_beside(collect_by_allocation, world);
    }
}

model! {
    /// A value that waits is upgraded, and used with all that it reaches.
    upgrade_of_what_waits, 2, |world: World| {
        let (snake, _) = waiting(&world);
        let weak = Gc::downgrade(&snake);
        drop(snake);
        let other = spawn(move || {
            if let Some(snake) = weak.upgrade() {
                snake.touch();
                snake.touch_beside();
                snake.let_go();
            }
        });
        collect_by_allocation();
        other.join().unwrap();
        run_finalizers();
        world.end();
    }
}

model! {
    /// Between the two decisions another thread has the only handle.
    get_mut_of_what_waits, 2, |world: World| {
        configure(Config::default().with_finalize_on_demand(true));
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
        collect_by_allocation();
        collect();
        other.join().unwrap();
        world.end();
    }
}
