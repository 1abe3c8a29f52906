//! The path to the crate may lead to other facts, and they are not those of the fields.

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

fn main() {}
