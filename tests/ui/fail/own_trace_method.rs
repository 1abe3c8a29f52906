//! A method that happens to be called `trace` is not `Trace`: the derive requires the trait.

use recyc::{Gc, Trace, Tracer};

struct Liar(Gc<u8>);

impl Liar {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

#[derive(Trace)]
struct Owner {
    liar: Liar,
}

fn main() {
    let owner = Gc::new(Owner { liar: Liar(Gc::new(1)) });
    drop(owner.liar.0.clone());
}
