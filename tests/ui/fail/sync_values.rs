//! A collection on another thread traces and destroys the value, so it must be able to be there from the start.

use std::cell::RefCell;
use std::rc::Rc;

use recyc::{Leaf, Trace, sync};

#[derive(Trace)]
struct Node {
    next: RefCell<Option<sync::Gc<Node>>>,
}

#[derive(Trace)]
struct Mixed {
    local: recyc::Gc<u8>,
}

fn main() {
    let _ = sync::Gc::new(Leaf(Rc::new(1)));
    let _ = sync::Gc::new(Node { next: RefCell::new(None) });
    let _ = sync::Gc::new(Mixed { local: recyc::Gc::new(1) });
}
