//! A borrow of something that lives for ever is no borrow that can end.

use recyc::Gc;

static FIXED: i32 = 1;

fn main() {
    let kept;
    {
        kept = Gc::new(Some(&FIXED));
    }
    assert_eq!(*kept, Some(&1));
}
