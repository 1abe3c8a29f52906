//! A handle does not see its value with a shorter lifetime: a borrow that is put in could end before the value does.

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
