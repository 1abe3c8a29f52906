//! A `trace` that panics at any time of a collection, also after the collection has decided.

mod local;
mod shared;
