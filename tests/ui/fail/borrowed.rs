//! A value on a cycle is destroyed when a collection finds it, and what it borrowed may be gone by then.

use std::cell::RefCell;

use recyc::{Gc, Trace};

#[derive(Trace)]
struct Named<'a> {
    name: &'a str,
    me: RefCell<Option<Gc<Named<'a>>>>,
}

fn main() {}
