//! A value becomes traced by a derive or by a `Leaf` around it.

use recyc::{Gc, Leaf, Trace};

struct Foreign {
    x: i32,
}

#[derive(Trace)]
struct Point {
    x: i32,
}

fn main() {
    assert_eq!(Gc::new(Point { x: 1 }).x, 1);
    assert_eq!(Gc::new(Leaf(Foreign { x: 2 })).0.x, 2);
}
