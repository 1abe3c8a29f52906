//! A type with the name of a parameter in the output of the derive is not taken for that parameter.

use std::cell::RefCell;

use recyc::{Depth, Gc, Trace};

#[allow(non_camel_case_types)]
struct __RecycDepth;

trait Pointer {
    type To<T>;
}

impl Pointer for __RecycDepth {
    type To<T> = Gc<T>;
}

impl<D: Depth> Pointer for D {
    type To<T> = u8;
}

#[derive(Trace)]
struct Node {
    next: RefCell<Option<<__RecycDepth as Pointer>::To<Leaf>>>,
    same: RefCell<Option<<__RecycDepth as Pointer>::To<Node>>>,
}

#[derive(Trace)]
struct Leaf(u8);

fn main() {
    let leaf = Gc::new(Leaf(0));
    let node = Gc::new(Node { next: RefCell::new(Some(leaf)), same: RefCell::new(None) });
    node.same.replace(Some(node.clone()));
    drop(node);
    assert_eq!(recyc::collect().reclaimed, 2);
}
