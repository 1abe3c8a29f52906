//! A `Gc` takes traced values only, and the message contains how to make a type traced.

use recyc::Gc;

struct Point {
    x: i32,
}

fn main() {
    let point = Gc::new(Point { x: 1 });
    assert_eq!(point.x, 1);
}
