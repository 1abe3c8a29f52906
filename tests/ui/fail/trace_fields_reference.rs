//! The target of a reference is shared, and no value may report it as owned.

use recyc::{Gc, GcCell, Trace, trace_fields};

struct Shared {
    next: GcCell<Option<Gc<Node>>>,
}

struct By;

trace_fields!(impl[] TraceWith<&'static Shared> for By: Shared { next });

#[derive(Trace)]
struct Node {
    #[trace(with = "By")]
    shared: &'static Shared,
}

fn main() {}
