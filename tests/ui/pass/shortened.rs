//! A handle may see its value with a shorter lifetime, and one that sees the whole lifetime may change it.

use recyc::Gc;

struct Name<'a>(&'a str);

fn longer<'a>(handle: &Gc<Name<'a>>, other: &'a str) -> &'a str {
    if handle.0.len() > other.len() { handle.0 } else { other }
}

fn main() {
    let text = String::from("short-lived");
    let mut name = Gc::new_leaf(Name("static"));
    Gc::get_mut(&mut name).unwrap().0 = "still static";
    assert_eq!(longer(&name, &text), "still static");
}
