//! Counts are plain integers, so neither a handle nor anything else that belongs to a thread's heap may leave the thread.

use std::thread;

use recyc::{CollectGuard, Gc, Weak};

fn main() {
    let one = Gc::new(7);
    let weak = Gc::downgrade(&one);
    let borrowed = &one;
    thread::scope(|scope| {
        scope.spawn(move || **borrowed);
    });
    thread::spawn(move || drop(one));
    thread::spawn(move || drop::<Weak<i32>>(weak));
    let guard = CollectGuard::new();
    thread::spawn(move || drop(guard));
}
