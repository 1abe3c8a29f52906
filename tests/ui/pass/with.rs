//! An adapter of the user's reports the handles in a type that is not his; generic ones, too.

use recyc::{Gc, Trace, TraceWith, Tracer};

/// As if from another crate, so `Trace` cannot be implemented for it here.
struct Pair<T>(T, T);

struct Halves;

// SAFETY: the two halves belong to the pair and each is traced once; nothing is changed.
unsafe impl<T: Trace> TraceWith<Pair<T>> for Halves {
    fn trace(value: &Pair<T>, tracer: &mut Tracer<'_>) {
        value.0.trace(tracer);
        value.1.trace(tracer);
    }
}

#[derive(Trace)]
struct Owner<T>(#[trace(with = "Halves")] Pair<T>);

fn main() {
    let owner = Gc::new(Owner(Pair(Gc::new(1), Gc::new(2))));
    assert_eq!((*owner.0.0, *owner.0.1), (1, 2));
}
