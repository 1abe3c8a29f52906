//! A `Gc` takes traced values only, and the message says how to become one.

use recyc::Gc;

struct Point {
    x: i32,
}

fn main() {
    let point = Gc::new(Point { x: 1 });
    assert_eq!(point.x, 1);
}
