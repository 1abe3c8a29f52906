//! Where unsafe code is allowed, there may be a destructor.

#![deny(warnings, unsafe_code)]

use recyc::{Gc, GcCell, Trace};

#[derive(Trace)]
#[trace(unsafe_drop)]
#[allow(unsafe_code, reason = "the destructor uses no handle")]
struct Node(GcCell<Option<Gc<Node>>>);

impl Drop for Node {
    fn drop(&mut self) {}
}

fn main() {
    let node = Gc::new(Node(GcCell::new(None)));
    node.0.set(Some(node.clone()));
    drop(node);
    assert_eq!(recyc::collect().reclaimed, 1);
}
