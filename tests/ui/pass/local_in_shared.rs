//! A shared handle in a local value is as good as one outside.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::AtomicU8;

use recyc::{Gc, Trace, sync};

#[derive(Trace)]
struct Node {
    shared: Mutex<Option<sync::Gc<Node>>>,
}

#[derive(Trace)]
struct Local {
    shared: sync::Gc<Node>,
    local: Cell<Option<Gc<u8>>>,
}

fn main() {
    let node = sync::Gc::new(Node { shared: Mutex::default() });
    *node.shared.lock().unwrap() = Some(node.clone());
    let cell = sync::Gc::new(AtomicU8::new(1));
    let slice: sync::Gc<[sync::Gc<AtomicU8>]> = vec![cell].into();
    let local = Gc::new(Local { shared: node, local: Cell::new(Some(Gc::new(1))) });
    assert_eq!(slice.len(), 1);
    drop(local);
    assert_eq!(sync::collect().reclaimed, 1);
}
