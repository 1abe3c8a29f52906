//! `::core` and `::std` may be crates of the user's. A destructor is seen, and a box is a box, whatever is in them.

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

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(next) = self.0.get() {
            drop(next.0.get());
        }
    }
}

trait Widget: Trace {}
trace_dyn!(dyn Widget);

fn is_traced<T: Trace>() {}

fn main() {
    is_traced::<boxed::Box<dyn Widget>>();
}
