//! What a handle lends may be seen as a subtype, and a handle to a trait leads to the same value.

use recyc::{Gc, sync, unsize};

type ForAll = for<'a> fn(&'a str);
type ForStatic = fn(&'static str);

fn lent(function: &ForStatic) -> ForStatic {
    *function
}

fn main() {
    let handle: Gc<ForAll> = Gc::new_leaf(|_| ());
    lent(&*handle)("static");
    let called: Gc<dyn Fn(&'static str)> = unsize!(handle => dyn Fn(&'static str));
    called("static");
    let shared: sync::Gc<ForAll> = sync::Gc::new_leaf(|_| ());
    lent(&*shared)("static");
}
