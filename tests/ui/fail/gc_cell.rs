//! A cell without a borrow flag holds handles and simple values. The message names what holds others.

use std::cell::Cell;

use recyc::{Gc, GcCell, Trace};

#[derive(Clone, Copy, Trace)]
struct Color(u8);

#[derive(Trace)]
struct Node {
    edges: GcCell<Vec<Gc<Node>>>,
    color: GcCell<Color>,
    name: GcCell<String>,
}

fn main() {
    let _ = GcCell::new(Cell::new(1));
}
