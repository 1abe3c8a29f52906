//! Nothing that the macros write is from `::core` and `::std`, which may be crates of the user's.

#![forbid(unsafe_code)]

extern crate self as core;
extern crate self as std;
extern crate std as real;

use ::recyc::{Gc, GcCell, Trace, trace_dyn};

pub use real::{alloc, convert, fmt, marker, option};

pub mod ops {
    pub trait Drop {}
}

/// Boxes that share what is in them.
pub mod boxed {
    use crate::real;

    pub struct Box<T: ?Sized>(real::rc::Rc<T>);

    impl<T: ?Sized> real::ops::Deref for Box<T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.0
        }
    }
}

#[derive(Trace)]
struct Node(GcCell<Option<Gc<Node>>>);

trait Widget: Trace {}
trace_dyn!(dyn Widget);

fn is_traced<T: Trace>() {}

fn main() {
    is_traced::<real::boxed::Box<dyn Widget>>();
    let node = Gc::new(Node(GcCell::new(None)));
    node.0.set(Some(node.clone()));
    drop(node);
    real::assert_eq!(::recyc::collect().reclaimed, 1);
}
