//! The cells that can be looked into: with a guard, and `Cell` around a handle.

use std::cell::{Cell, OnceCell, RefCell};

use recyc::{Gc, Trace};

#[derive(Trace, Default)]
struct Node {
    guarded: RefCell<Vec<Gc<Node>>>,
    handle: Cell<Option<Gc<Node>>>,
    once: OnceCell<Gc<Node>>,
    number: Cell<u32>,
}

fn main() {
    let node = Gc::new(Node::default());
    node.guarded.borrow_mut().push(node.clone());
    node.handle.set(Some(node.clone()));
    assert!(node.once.set(node.clone()).is_ok());
    node.number.set(1);
}
