//! A closure uses the variables in its list of captures, and copies.

use recyc::{Gc, closure};

fn main() {
    let number = Gc::new(5);
    let _ = closure!([] || *number);

    let list = vec![1];
    let _ = closure!([] |index: usize| list[index]);

}
