//! The generated code works next to anything: odd names, no prelude, lints turned into errors, no `unsafe` allowed.

#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(warnings, non_camel_case_types, unused, deprecated, unreachable_code, unused_qualifications)]

use ::recyc::{Gc, Trace};

pub mod core {}
pub mod std {}

#[expect(non_upper_case_globals, dead_code, reason = "constants are patterns, so these could capture a variable")]
mod captures {
    pub const tracer: u8 = 1;
    pub const disposer: u8 = 2;
    pub const known: u8 = 3;
}
#[expect(unused_imports, reason = "see above")]
use captures::{disposer, known, tracer};

#[allow(dead_code, reason = "a name that the generated code must not mean")]
pub enum Option {
    Some,
    None,
}

#[derive(Trace)]
struct Names {
    tracer: Gc<u8>,
    disposer: Gc<u8>,
    known: u8,
    #[expect(deprecated, reason = "deriving is not using")]
    old: Deprecated,
}

#[deprecated]
#[derive(Trace)]
struct Deprecated {
    #[deprecated]
    value: u8,
}

#[derive(Trace)]
struct Recyc<Shape, Trace, Self_>(Shape, Trace, Self_);

fn main() {
    #[expect(deprecated, reason = "this is using")]
    let old = Deprecated { value: 3 };
    #[expect(deprecated, reason = "this is using")]
    let sum = |names: &Names| *names.tracer + *names.disposer + names.known + names.old.value;
    let names = Gc::new(Names { tracer: Gc::new(1), disposer: Gc::new(2), known: 0, old });
    ::std::assert_eq!(sum(&names), 6);
    let recyc = Gc::new(Recyc(1, 2, 3));
    ::std::assert_eq!((recyc.0, recyc.1, recyc.2), (1, 2, 3));
}
