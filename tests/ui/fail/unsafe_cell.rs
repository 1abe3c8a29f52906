//! A cell that hands out references without a guard cannot be looked into.

use std::cell::UnsafeCell;

use recyc::{Gc, Trace};

#[derive(Trace)]
struct Node(UnsafeCell<Option<Gc<Node>>>);

fn main() {
    drop(Gc::new(Node(UnsafeCell::new(None))));
}
