//! Shared ownership is a leaf: the handles behind an `Rc` have no single owner, so no value reports
//! them.

use std::rc::Rc;

use recyc::{Gc, Trace};

#[derive(Trace)]
struct Sharer {
    one: Rc<Gc<u8>>,
    other: Rc<Gc<u8>>,
}

fn main() {
    let shared = Rc::new(Gc::new(1));
    let sharer = Gc::new(Sharer { one: shared.clone(), other: shared });
    assert!(Rc::ptr_eq(&sharer.one, &sharer.other));
}
