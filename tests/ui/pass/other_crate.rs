//! A macro of another crate that gives the path of this one: by its own name, or by all names in
//! it.

#![forbid(unsafe_code)]

mod framework {
    pub use recyc;

    pub mod all {
        pub use recyc::*;
    }

    pub struct Adapter;
}

struct Foreign(recyc::Gc<u8>);

recyc::trace_fields!(impl[] TraceWith<Foreign> for framework::Adapter: Foreign { 0 });

#[derive(framework::recyc::Trace)]
#[trace(crate = "framework::recyc")]
struct Node(recyc::GcCell<Option<recyc::Gc<Node>>>);

#[derive(framework::recyc::Trace)]
#[trace(crate = "crate::framework::all")]
enum Tree<T> {
    Inner(Vec<Tree<T>>),
    Outer(T, #[trace(with = "framework::Adapter")] Foreign),
}

fn main() {
    let node = recyc::Gc::new(Node(recyc::GcCell::new(None)));
    node.0.set(Some(node.clone()));
    drop(node);
    let tree = recyc::Gc::new(Tree::Inner(vec![Tree::Outer(1, Foreign(recyc::Gc::new(2)))]));
    let Tree::Inner(inner) = &*tree else { unreachable!() };
    assert!(matches!(inner[..], [Tree::Outer(1, Foreign(_))]));
    assert_eq!(recyc::collect().reclaimed, 1);
}
