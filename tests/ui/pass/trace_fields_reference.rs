//! A part that is owned may be reported.

use recyc::{Gc, GcCell, Trace, trace_fields};

struct Owned {
    next: GcCell<Option<Gc<Node>>>,
}

struct By;

trace_fields!(impl[] TraceWith<Owned> for By: Owned { next });

#[derive(Trace)]
struct Node {
    #[trace(with = "By")]
    owned: Owned,
}

fn main() {
    let node = Gc::new(Node { owned: Owned { next: GcCell::new(None) } });
    node.owned.next.set(Some(node.clone()));
    drop(node);
    assert_eq!(recyc::collect().reclaimed, 1);
}
