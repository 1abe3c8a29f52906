//! A type that is `Clone` is copied by its clone.

use recyc::{Gc, Trace, sync};

#[derive(Trace, Clone)]
struct Copies(u8);

fn main() {
    Gc::make_mut(&mut Gc::new(Copies(1))).0 = 2;
    sync::Gc::make_mut(&mut sync::Gc::new(Copies(1))).0 = 2;
}
