//! With `unsafe`, one method is enough.

use recyc::{Gc, Trace, Tracer};

struct Once(Gc<u8>);

// SAFETY: the handle belongs to the value and is reported once; nothing is changed.
unsafe impl Trace for Once {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }
}

fn main() {
    assert_eq!(*Gc::new(Once(Gc::new(1))).0, 1);
}
