//! Instead of a destructor: a finalizer, which sees all neighbours alive, or a field that has the destructor. And because
//! there is no hidden `Drop` either, fields can be moved out.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use recyc::{Finalize, Gc, Trace};

#[derive(Trace)]
#[trace(finalize)]
struct Node {
    name: String,
    next: RefCell<Option<Gc<Node>>>,
}

impl Finalize for Node {
    fn finalize(&self) {
        if let Some(next) = &*self.next.borrow() {
            println!("{} dies with {}", self.name, next.name);
        }
    }
}

struct Closer(Rc<Cell<bool>>);

impl Drop for Closer {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

#[derive(Trace)]
struct File {
    name: String,
    #[trace(skip)]
    closer: Closer,
}

#[derive(Trace)]
#[trace(unsafe_drop)]
struct Loud(String);

impl Drop for Loud {
    fn drop(&mut self) {
        println!("{} is dropped; it has no handle to follow", self.0);
    }
}

fn main() {
    let node = Gc::new(Node { name: "a".into(), next: RefCell::default() });
    *node.next.borrow_mut() = Some(node.clone());

    let closed = Rc::new(Cell::new(false));
    drop(Gc::new(File { name: "log".into(), closer: Closer(closed.clone()) }));
    assert!(closed.get());

    let File { name, closer } = File { name: "moved out".into(), closer: Closer(closed) };
    drop(closer);
    assert_eq!(name, "moved out");

    drop(Gc::new(Loud("b".into())));
}
