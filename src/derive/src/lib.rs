//! `#[derive(Trace)]` for the crate `recyc`. Use it from there, where its options are explained
//! with examples.
//!
//! A collector needs one fact from a type: which handles a value owns, each once. Drop glue knows
//! it, a hand-written method can get it wrong. So the derive does what drop glue does: it takes the
//! list of fields and asks each one, in patterns without `..` and in calls that name the field's
//! type, so that neither an attribute macro that adds a field nor a type with a `trace` of its own
//! can make safe code report wrongly.
//!
//! The way through the crate: `attributes` reads `#[trace(…)]`, `input` turns the type into
//! variants and parts and refuses what has no answer, `bounds` writes the where-clause, `code` the
//! implementation, and `checks` what the compiler must refuse later, when it knows the other
//! implementations of the type.

#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod attributes;
mod bounds;
mod bytes;
mod checks;
mod code;
mod errors;
mod fields;
mod functions;
mod input;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `recyc::Trace`: the value owns the handles that its fields own.
///
/// Works for structs and enums whose fields are all `Trace`, with type and const parameters, and
/// for types that contain themselves. Refused are unions, lifetime parameters and types that
/// implement `Drop`.
///
/// | on the type             | meaning                                                                             |
/// |-------------------------|-------------------------------------------------------------------------------------|
/// | `finalize`              | call `Finalize::finalize` once before a value in a `Gc` is destroyed                |
/// | `leaf`                  | no field owns a handle; the fields need no `Trace`                                  |
/// | `acyclic`               | values are never on a cycle: their last drop frees them, collections do not try     |
/// | `bound = "T: A, U: B"`  | the where-clause, in place of the one that the fields suggest                       |
/// | `unsafe_drop`           | allow `Drop`; its code must not use any traced handle, the target may be gone       |
/// | `crate = "path"`        | where `recyc` is found if not at `::recyc`                                          |
///
/// | on a field              | meaning                                                                             |
/// |-------------------------|-------------------------------------------------------------------------------------|
/// | `skip`                  | not looked into, need not be `Trace`; a cycle through it is never freed             |
/// | `with = "P"`            | `P` implements the unsafe trait `TraceWith` and reports the handles in the field    |
#[proc_macro_derive(Trace, attributes(trace))]
pub fn derive_trace(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as DeriveInput);
    let tokens = match input::Subject::read(&item) {
        Ok(subject) => {
            let mut tokens = code::implementation(&subject);
            tokens.extend(checks::refusals(&subject));
            tokens
        }
        Err(error) => error.into_compile_error(),
    };
    tokens.into()
}
