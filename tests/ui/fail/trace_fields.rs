//! All fields or none: what is left out, shared, not there, or destroyed by code of its own.

use recyc::{Gc, trace_fields};

struct Node {
    first: Gc<u8>,
    second: Gc<u8>,
}
trace_fields!(impl[] Trace for Node: Node { first });

struct Twice(Gc<u8>);
trace_fields!(impl[] Trace for Twice: Twice { 0, 0 });

struct Other(Gc<u8>);
trace_fields!(impl[] Trace for Other: Node { first, second });

struct Dropped(Gc<u8>);
impl Drop for Dropped {
    fn drop(&mut self) {}
}
trace_fields!(impl[] Trace for Dropped: Dropped { 0 });

#[repr(packed)]
struct Packed(u8, Gc<u8>);
trace_fields!(impl[] Trace for Packed: Packed { 0, 1 });

union Either {
    number: u8,
    other: u16,
}
trace_fields!(impl[] Trace for Either: Either { number });

struct Untraced(std::thread::Scope<'static, 'static>);
trace_fields!(impl[] Trace for Untraced: Untraced { 0 });

fn main() {}
