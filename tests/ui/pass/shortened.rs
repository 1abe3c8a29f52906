//! What a handle lends may be seen with a shorter lifetime, and a handle may change what has the whole one.

use recyc::Gc;

struct Name<'a>(&'a str);

fn longer<'a>(name: &Name<'a>, other: &'a str) -> &'a str {
    if name.0.len() > other.len() { name.0 } else { other }
}

fn changed<T>(mut handle: Gc<T>, value: T) -> Gc<T> {
    *Gc::get_mut(&mut handle).unwrap() = value;
    handle
}

fn main() {
    let text = String::from("short-lived");
    let name = changed(Gc::new_leaf(Name("static")), Name("still static"));
    assert_eq!(longer(&name, &text), "still static");
}
