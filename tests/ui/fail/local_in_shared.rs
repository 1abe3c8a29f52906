//! A local handle in a value that threads share would be counted by all of them.

use std::cell::Cell;
use std::sync::Mutex;

use recyc::{Gc, Trace, sync};

#[derive(Trace)]
struct Node {
    shared: Mutex<Option<sync::Gc<Node>>>,
    local: Mutex<Option<Gc<u8>>>,
}

fn main() {
    let node = sync::Gc::new(Node { shared: Mutex::default(), local: Mutex::default() });
    let cell = sync::Gc::new(Cell::new(1));
}
