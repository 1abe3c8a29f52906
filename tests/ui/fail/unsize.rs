//! A handle becomes one to what the compiler would turn a reference into, and to nothing else.

use std::cell::RefCell;
use std::fmt::Display;

use recyc::{Gc, Weak, unsize};

fn main() {
    let _ = unsize!(Gc::new(1_u8) => u32);
    let _ = unsize!(Weak::<u8>::new() => u32);
    let _ = unsize!(Gc::new(RefCell::new(1)) => dyn Display);
    let _ = unsize!(Gc::new([1, 2]) => [u8; 3]);
    let _ = unsize!(Gc::new([1, 2]) => [u8; 1]);
    let _: Gc<u32> = unsize!(Gc::new(1_u8));
    let _ = unsize!(Gc::new(1));
}
