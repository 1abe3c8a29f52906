//! The path to the crate may lead anywhere, and no type there takes the place of one in the signatures of `Trace`.

#![forbid(unsafe_code)]

use recyc::{Gc, GcCell, Trace};

mod facts {
    pub use recyc::*;

    pub mod private {
        pub use recyc::private::*;

        /// Returns the same facts for every type.
        pub struct Facts;

        impl Facts {
            pub const fn of_fields<List, T>() -> Self {
                Self
            }

            pub const fn field<D, F>(self) -> Self {
                self
            }

            pub const fn facts(self) -> recyc::private::Facts {
                recyc::private::Facts::LEAF
            }
        }
    }
}

#[derive(Trace)]
#[trace(crate = "facts")]
struct Listed(GcCell<Option<Gc<Listed>>>);

mod lists {
    pub use recyc::*;

    pub mod private {
        pub use recyc::private::*;

        /// Of no use to the crate.
        pub trait FieldFacts<D> {
            const FACTS: Facts;
        }
    }
}

#[derive(Trace)]
#[trace(crate = "lists")]
struct Unlisted(GcCell<Option<Gc<Unlisted>>>);

impl<D> recyc::private::FieldFacts<D> for Unlisted {
    const FACTS: recyc::private::Facts = recyc::private::Facts::LEAF;
}

mod promises {
    pub use recyc::*;

    /// Any type has a shape.
    pub struct Shape<P>(std::marker::PhantomData<P>);

    impl Shape<()> {
        pub fn of_fields<D, T>() -> recyc::Shape<impl recyc::Promise> {
            recyc::Shape::LEAF
        }
    }
}

#[derive(Trace)]
#[trace(crate = "promises")]
struct Promised(GcCell<Option<Gc<Promised>>>);

mod tracers {
    pub use recyc::*;

    /// Reports everything twice.
    pub struct Tracer<'a>(&'a mut recyc::Tracer<'a>);
}

#[derive(Trace)]
#[trace(crate = "tracers")]
struct Traced(Gc<u8>);

#[derive(Trace)]
#[trace(crate = "recyc::Gc<u8>")]
struct Odd(Gc<u8>);

fn main() {}
