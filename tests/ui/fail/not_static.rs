//! No way around the derive: the value given to `Gc::new` must not borrow.

use recyc::Gc;

fn main() {
    let kept;
    {
        let local = 1;
        kept = Gc::new(Some(&local));
    }
    drop(kept);
}
