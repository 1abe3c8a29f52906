//! A packed field cannot be referred to, so its handles cannot be reported.

use recyc::{Gc, Trace};

#[derive(Trace)]
#[repr(C, packed)]
struct Packed {
    tag: u8,
    next: Gc<u8>,
}

fn main() {
    drop(Gc::new(Packed { tag: 1, next: Gc::new(2) }));
}
