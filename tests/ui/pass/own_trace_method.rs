//! A type may have a method called `trace` beside its `Trace`, and the derive does not call it.

use recyc::{Gc, Trace, Tracer};

#[derive(Trace)]
struct Honest(Gc<u8>);

impl Honest {
    #[expect(dead_code, reason = "the test is that it is never called")]
    fn trace(&self, _: &mut Tracer<'_>) {
        panic!("called in place of the trait");
    }
}

#[derive(Trace)]
struct Owner {
    honest: Honest,
}

fn main() {
    let owner = Gc::new(Owner { honest: Honest(Gc::new(1)) });
    assert_eq!(*owner.honest.0, 1);
}
