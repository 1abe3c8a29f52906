//! Which field of a union is in use is known to the user only.

use std::mem::ManuallyDrop;

use recyc::{Gc, Trace};

#[derive(Trace)]
union Either {
    handle: ManuallyDrop<Gc<u8>>,
    number: u64,
}

fn main() {}
