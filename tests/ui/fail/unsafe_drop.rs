//! A destructor on a traced type is a promise that the compiler cannot check: it counts as unsafe code.

#![deny(unsafe_code)]

use recyc::{Gc, GcCell, Trace};

#[derive(Trace)]
#[trace(unsafe_drop)]
struct Node(GcCell<Option<Gc<Node>>>);

impl Drop for Node {
    fn drop(&mut self) {}
}

#[derive(Trace)]
#[trace(finalize, unsafe_drop, acyclic)]
enum Other {
    Value(u8),
}

impl recyc::Finalize for Other {
    fn finalize(&self) {}
}

fn main() {
    drop(Gc::new(Node(GcCell::new(None))));
    drop(Gc::new(Other::Value(1)));
}
