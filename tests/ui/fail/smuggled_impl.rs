//! The parameters of the macros are expanded behind an `unsafe`. They cannot close the list and
//! start another impl, whose `unsafe` the user did not write.

#![forbid(unsafe_code)]

use recyc::{Gc, Trace, trace_dyn, trace_fields};

struct Node(Gc<u8>);

struct Twice(Gc<u8>);

trace_fields!(impl[
    > ::recyc::Trace for Twice {
        fn trace(&self, tracer: &mut ::recyc::Tracer<'_>) {
            self.0.trace(tracer);
            self.0.trace(tracer);
        }
    }
    impl<
] Trace for Node: Node { 0 });

struct By;

trace_fields!(impl[
    > ::recyc::TraceWith<Twice> for By {
        fn trace(value: &Twice, tracer: &mut ::recyc::Tracer<'_>) {
            value.0.trace(tracer);
            value.0.trace(tracer);
        }
    }
    struct Rest<T
] TraceWith<Node> for By: Node { 0 });

trait Widget: Trace {}

trace_dyn!([
    > ::recyc::Trace for Twice {
        fn trace(&self, tracer: &mut ::recyc::Tracer<'_>) {
            self.0.trace(tracer);
            self.0.trace(tracer);
        }
    }
    trait Rest<
] dyn Widget);

fn main() {}
