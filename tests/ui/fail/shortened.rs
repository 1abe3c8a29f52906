//! A handle that sees its value with a shorter lifetime must not put a borrow in: destruction may come after it.

use recyc::Gc;

struct Name<'a>(&'a str);

fn shorten<'a>(handle: Gc<Name<'static>>) -> Gc<Name<'a>> {
    handle
}

fn main() {
    let text = String::from("short-lived");
    let mut name = shorten(Gc::new_leaf(Name("static")));
    Gc::get_mut(&mut name).unwrap().0 = &text;
    drop(name);
    drop(text);
}
