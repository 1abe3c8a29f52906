//! A type that is `Send` and `Sync` lives in the shared heap, and any type in that of a thread.

use std::rc::Rc;
use std::sync::Mutex;

use recyc::handle::{LivesIn, Local, Shared};
use recyc::{Trace, sync};

#[derive(Trace)]
struct Node {
    next: Mutex<Option<sync::Gc<Node>>>,
}

fn lives<T: LivesIn<H>, H: recyc::handle::Heap>() {}

fn main() {
    lives::<Node, Shared>();
    lives::<Rc<u8>, Local>();
}
