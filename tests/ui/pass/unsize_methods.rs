//! A trait with the methods that `unsize!` calls does not stand in its way.

#![forbid(unsafe_code)]

use recyc::{Gc, unsize};

trait Methods {
    fn pointer(&self) -> u64 {
        7
    }

    fn put<U: ?Sized>(&self) -> unsafe fn(*mut u64, u64) {
        std::ptr::write::<u64>
    }
}

impl<T> Methods for T {}

fn main() {
    let shown: Gc<dyn std::fmt::Display> = unsize!(Gc::new(5));
    assert_eq!(shown.to_string(), "5");
    assert_eq!(shown.pointer(), 7);
    let _ = Methods::put::<u8>(&shown);
}
