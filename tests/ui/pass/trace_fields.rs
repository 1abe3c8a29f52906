//! Types of one's own and of others, without `unsafe`.

#![forbid(unsafe_code)]

use recyc::{Gc, GcCell, Trace, trace_fields};

mod foreign {
    pub struct Pair<A, B>(pub A, pub B);
    pub struct Unit {}
}

struct Node<T: 'static> {
    value: T,
    next: GcCell<Option<Gc<Node<T>>>>,
}
trace_fields!(impl[T: Trace] Trace for Node<T>: Node { value, next });

#[expect(non_camel_case_types, dead_code, reason = "a name that the macro must not mean")]
struct part;

struct Empty;
trace_fields!(impl[] Trace for Empty: Empty {});

struct ByParts;
trace_fields!(impl[A: Trace, B: Trace] TraceWith<foreign::Pair<A, B>> for ByParts: foreign::Pair { 0, 1, });
trace_fields!(impl[] TraceWith<foreign::Unit> for ByParts: foreign::Unit {});

#[derive(Trace)]
struct Holder {
    #[trace(with = "ByParts")]
    pair: foreign::Pair<GcCell<Option<Gc<Holder>>>, Node<Empty>>,
    #[trace(with = "ByParts")]
    _unit: foreign::Unit,
}

fn main() {
    let node = Node { value: Empty, next: GcCell::new(None) };
    let holder = Gc::new(Holder { pair: foreign::Pair(GcCell::new(None), node), _unit: foreign::Unit {} });
    holder.pair.0.set(Some(holder.clone()));
    holder.pair.1.next.set(Some(Gc::new(Node { value: holder.pair.1.value.clone(), next: GcCell::new(None) })));
    drop(holder);
    assert_eq!(recyc::collect().reclaimed, 2);
}

impl Clone for Empty {
    fn clone(&self) -> Self {
        Self
    }
}
