//! A union does not record which of its fields is in use.

use std::mem::ManuallyDrop;

use recyc::{Gc, Trace};

#[derive(Trace)]
union Either {
    handle: ManuallyDrop<Gc<u8>>,
    number: u64,
}

fn main() {}
