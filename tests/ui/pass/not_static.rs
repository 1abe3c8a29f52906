//! A `'static` borrow never ends, so it is allowed in a `Gc`.

use recyc::Gc;

static FIXED: i32 = 1;

fn main() {
    let kept;
    {
        kept = Gc::new(Some(&FIXED));
    }
    assert_eq!(*kept, Some(&1));
}
