//! The implementation for a generic type holds where its fields are traced, and nowhere else.

use recyc::{Gc, Trace};

struct Opaque;

#[derive(Trace)]
struct Pair<T> {
    first: T,
    second: Vec<T>,
}

fn main() {
    drop(Gc::new(Pair { first: Opaque, second: Vec::new() }));
}
