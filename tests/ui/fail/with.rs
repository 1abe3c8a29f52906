//! A `TraceWith` impl needs `unsafe`, whatever path to the crate the derive is given.

use recyc::{Gc, Trace, TraceWith, Tracer};

struct Foreign(Gc<u8>);

struct NoAdapter;

#[derive(Trace)]
struct Owner(#[trace(with = "NoAdapter")] Foreign);

struct SafeAdapter;

impl TraceWith<Foreign> for SafeAdapter {
    fn trace(value: &Foreign, tracer: &mut Tracer<'_>) {
        value.0.trace(tracer);
        value.0.trace(tracer);
    }
}

mod lookalike {
    pub use recyc::{Trace, Tracer, private};

    pub trait TraceWith<F> {
        fn trace(value: &F, tracer: &mut Tracer<'_>);
    }
}

struct LookalikeAdapter;

impl lookalike::TraceWith<Foreign> for LookalikeAdapter {
    fn trace(value: &Foreign, tracer: &mut Tracer<'_>) {
        value.0.trace(tracer);
        value.0.trace(tracer);
    }
}

#[derive(Trace)]
#[trace(crate = "lookalike")]
struct Cheat(#[trace(with = "LookalikeAdapter")] Foreign);

fn main() {
    drop(Gc::new(Owner(Foreign(Gc::new(1)))));
    drop(Gc::new(Cheat(Foreign(Gc::new(1)))));
}
