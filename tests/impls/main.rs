//! The `Trace` impls for `core`, `alloc` and `std`: each reports each handle once, and destroys the rest once.

mod battery;
mod kinds;
mod leaves;
mod model;
mod unreadable;
