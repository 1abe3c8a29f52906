//! A collection on another thread traces and destroys the value, so it must be able to be there from the start.

use std::sync::{Arc, Mutex};

use recyc::{Leaf, Trace, sync};

#[derive(Trace)]
struct Node {
    next: Mutex<Option<sync::Gc<Node>>>,
}

fn main() {
    let _ = sync::Gc::new(Leaf(Arc::new(1)));
    let one = sync::Gc::new(Node { next: Mutex::new(None) });
    *one.next.lock().unwrap() = Some(one.clone());
    one.next.lock().unwrap().take();
}
