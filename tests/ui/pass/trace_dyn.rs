//! Traits with `Trace` as a supertrait, with parameters and with markers.

#![forbid(unsafe_code)]

use recyc::{Gc, Trace, trace_dyn};

trait Loud: Trace {}
trace_dyn!(dyn Loud);
trace_dyn!(dyn Loud + Send);

trait Visit<T, const N: usize>: Trace {}
trace_dyn!([T: Trace, const N: usize] dyn Visit<T, N>);

#[derive(Trace)]
struct Field(Box<dyn Loud>, Vec<Box<dyn Visit<u8, 3>>>, Option<Box<dyn Loud + Send>>);

impl Loud for u8 {}

fn main() {
    let field = Gc::new(Field(Box::new(7), Vec::new(), None));
    assert!(field.1.is_empty() && field.2.is_none());
    let _: Gc<dyn Loud> = (Box::new(7_u8) as Box<dyn Loud>).into();
}
