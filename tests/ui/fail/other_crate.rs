//! The path to the crate may lead anywhere. A module with traits of its own among those of the crate decides nothing.

#![forbid(unsafe_code)]

use recyc::{Gc, GcCell, Trace};

mod shapes {
    pub use recyc::*;

    /// A depth that has more steps than there are.
    pub trait Depth {
        type Less: recyc::Depth;
        type Limit<P: recyc::Promise>: recyc::Promise;
    }
    impl<D: recyc::Depth> Depth for D {
        type Less = D;
        type Limit<P: recyc::Promise> = P;
    }
}

#[derive(Trace)]
#[trace(crate = "shapes")]
struct Node(GcCell<Option<Gc<Node>>>);

mod depths {
    pub use recyc::*;

    /// One that is implemented by every type.
    pub trait Depth {}
    impl<D> Depth for D {}
}

#[derive(Trace)]
#[trace(crate = "depths")]
struct Deep(GcCell<Option<Gc<Deep>>>);

mod destructors {
    pub use recyc::*;

    #[allow(non_camel_case_types)]
    pub mod private {
        pub use recyc::private::{FieldFacts, FieldTypes, Facts};

        /// Implemented by no type with a destructor.
        pub trait a_type_with_derive_Trace_must_not_implement_Drop__use_trace_finalize_or_move_the_Drop_to_the_type_of_a_field
        {
            type Destructor;
        }
        pub trait a_type_with_derive_Trace_that_implements_Finalize_must_say_trace_finalize {}
    }
}

#[derive(Trace)]
#[trace(crate = "destructors")]
struct Dropped(GcCell<Option<Gc<Dropped>>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        if let Some(next) = self.0.get() {
            drop(next.0.get());
        }
    }
}

mod adapters {
    pub use recyc::*;

    /// Safe to implement.
    pub trait TraceWith<F> {
        fn trace(value: &F, tracer: &mut recyc::Tracer<'_>);
    }
}

struct Foreign(Gc<u8>);
struct Twice;

impl adapters::TraceWith<Foreign> for Twice {
    fn trace(value: &Foreign, tracer: &mut recyc::Tracer<'_>) {
        value.0.trace(tracer);
        value.0.trace(tracer);
    }
}

#[derive(Trace)]
#[trace(crate = "adapters")]
struct Owner(#[trace(with = "Twice")] Foreign);

fn main() {}
