//! A destructor could follow a handle whose target is already gone, so a traced type has none.

use std::cell::RefCell;

use recyc::{Gc, Trace};

#[derive(Trace)]
struct Node {
    name: String,
    next: RefCell<Option<Gc<Node>>>,
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(next) = &*self.next.borrow() {
            println!("{} dies before {}", self.name, next.name);
        }
    }
}

#[derive(Trace)]
struct Wrapper<T: Clone>(T);

impl<T: Clone> Drop for Wrapper<T> {
    fn drop(&mut self) {
        drop(self.0.clone());
    }
}

fn main() {
    let node = Gc::new(Node { name: "a".into(), next: RefCell::default() });
    *node.next.borrow_mut() = Some(node.clone());
    drop(Gc::new(Wrapper(1)));
}
