//! What a cell without a borrow flag holds, and what holds the other values.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};

use recyc::{Gc, GcCell, Trace, Weak};

#[derive(Clone, Copy, Trace)]
struct Color(u8);

#[derive(Trace)]
struct Node {
    edges: RefCell<Vec<Gc<Node>>>,
    color: Cell<Color>,
    next: GcCell<(Option<Gc<Node>>, Option<Weak<Node>>, u32)>,
    mark: GcCell<bool>,
    name: GcCell<&'static str>,
}

fn main() {
    let node = Gc::new(Node {
        edges: RefCell::default(),
        color: Cell::new(Color(1)),
        next: GcCell::default(),
        mark: GcCell::new(false),
        name: GcCell::new("a"),
    });
    node.next.set((Some(node.clone()), None, 1));
    node.mark.set(true);
    assert!(node.edges.borrow().is_empty() && node.color.get().0 == 1 && node.name.get() == "a");
}
