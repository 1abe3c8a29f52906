//! All options where they belong; several in one attribute or in several.

use recyc::{Finalize, Gc, Trace, TraceWith, Tracer};

mod renamed {
    pub use recyc::*;
}

struct Foreign(Gc<u8>);

struct Adapter;

// SAFETY: the handle belongs to the value and is reported once; nothing is changed.
unsafe impl TraceWith<Foreign> for Adapter {
    fn trace(value: &Foreign, tracer: &mut Tracer<'_>) {
        value.0.trace(tracer);
    }
}

#[derive(Trace)]
#[trace(finalize, acyclic, crate = "renamed")]
#[trace(bound = "T: Trace, U: Copy")]
struct All<T, U> {
    first: T,
    #[trace(skip)]
    second: U,
    #[trace(with = "Adapter")]
    third: Foreign,
}

impl<T, U> Finalize for All<T, U> {
    fn finalize(&self) {}
}

#[derive(Trace)]
#[trace(leaf, finalize, crate = "renamed")]
union Leaf {
    number: u64,
    _pointer: *const Foreign,
}

impl Finalize for Leaf {
    fn finalize(&self) {}
}

impl Drop for Leaf {
    fn drop(&mut self) {}
}

fn main() {
    // SAFETY: the field that was written is read.
    assert_eq!(unsafe { Gc::new(Leaf { number: 3 }).number }, 3);
    let all = Gc::new(All { first: 1, second: std::time::Duration::ZERO, third: Foreign(Gc::new(2)) });
    assert_eq!((all.first, all.second.as_secs(), *all.third.0), (1, 0, 2));
}
