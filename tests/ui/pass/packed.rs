//! Any layout without gaps taken out will do, and a packed one if its fields are aligned nevertheless.

use recyc::{Gc, Trace};

#[derive(Trace)]
#[repr(C, align(64))]
struct Aligned {
    tag: u8,
    next: Gc<u8>,
}

#[derive(Trace)]
#[repr(C, packed)]
struct Bytes(u8, [u8; 3]);

fn main() {
    let aligned = Gc::new(Aligned { tag: 1, next: Gc::new(2) });
    assert_eq!((aligned.tag, *aligned.next), (1, 2));
    let bytes = Gc::new(Bytes(1, [2; 3]));
    assert_eq!((bytes.0, bytes.1[0]), (1, 2));
}
