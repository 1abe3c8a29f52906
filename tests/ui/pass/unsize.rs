//! What the compiler would turn a reference into. No `unsafe` of the user is needed.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::fmt::Display;

use recyc::{Gc, Weak, unsize};

fn main() {
    let _ = unsize!(Gc::new(1_u8) => u8);
    let _ = unsize!(Weak::<u8>::new() => dyn Display);
    let _ = unsize!(Gc::new(RefCell::new(1)) => RefCell<dyn Display>);
    let _ = unsize!(Gc::new([1, 2]) => [i32]);
    let _ = unsize!(Gc::new(1) => dyn Display);
    let _: Gc<dyn Display> = unsize!(Gc::new(1));
    let _: Option<Weak<dyn Display>> = Some(unsize!(Weak::<u8>::new()));
}
