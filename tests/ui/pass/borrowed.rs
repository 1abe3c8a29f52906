//! Data that is owned, shared or `'static` may be in a `Gc`.

use std::cell::RefCell;
use std::rc::Rc;

use recyc::{Gc, Trace};

#[derive(Trace)]
struct Named {
    owned: String,
    shared: Rc<str>,
    fixed: &'static str,
    me: RefCell<Option<Gc<Named>>>,
}

fn main() {
    let named = Gc::new(Named { owned: "a".into(), shared: "b".into(), fixed: "c", me: RefCell::default() });
    *named.me.borrow_mut() = Some(named.clone());
    assert_eq!([&named.owned, &*named.shared, named.fixed], ["a", "b", "c"]);
}
