//! Only code with `unsafe` may report handles by hand.

use recyc::{Gc, Trace, Tracer};

struct Twice(Gc<u8>);

impl Trace for Twice {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
        self.0.trace(tracer);
    }
}

fn main() {
    drop(Gc::new(Twice(Gc::new(1))));
}
