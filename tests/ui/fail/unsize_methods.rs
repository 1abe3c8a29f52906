//! A method with the name of one that `unsize!` calls takes no part in its unsafe code.

#![forbid(unsafe_code)]

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
    recyc::unsize!(std::ptr::null_mut::<u64>() => ());
    let _ = recyc::unsize!(5 => dyn std::fmt::Display);
}
