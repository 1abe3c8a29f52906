//! Function pointers, which own no handle.
//!
//! A function that takes a reference of any lifetime has another type than one that takes a value,
//! so it needs an impl of its own. The impls here cover up to four arguments of which each is a
//! value, a shared reference or a mutable one. The derive needs none for a field of a function
//! pointer: it reads the signature and leaves the field out.

#![allow(
    coherence_leak_check,
    reason = "the lint names all impls of functions that differ in lifetimes only"
)]

use super::{Depth, Disposer, Promise, Shape, Trace, Tracer};

/// Writes the impls of function pointers for one list of arguments and, by recursion, all shorter
/// ones.
macro_rules! functions {
    ($($first:ident $(, $argument:ident)*)?) => {
        leaf!(generic: [R: 'static $(, $first: 'static $(, $argument: 'static)*)?] fn($($first $(, $argument)*)?) -> R);
        leaf!(generic: [R: 'static $(, $first: 'static $(, $argument: 'static)*)?]
            unsafe fn($($first $(, $argument)*)?) -> R);
        leaf!(generic: [R: 'static $(, $first: 'static $(, $argument: 'static)*)?]
            extern "C" fn($($first $(, $argument)*)?) -> R);
        leaf!(generic: [R: 'static $(, $first: 'static $(, $argument: 'static)*)?]
            unsafe extern "C" fn($($first $(, $argument)*)?) -> R);
        $(functions!($($argument),*);)?
    };
}
functions!(A, B, C, E, F, G, H, I, J, K, L, M);

/// Writes the impls of function pointers that take references, for each way to pass the arguments.
/// Each such type is another one than all that an impl above names, where no argument has a lifetime
/// of its own.
macro_rules! functions_of_references {
    // All arguments have their form.
    (@ [] references [$($parameters:tt)*] [$($argument:ty,)*]) => {
        leaf!(generic: [R: 'static $($parameters)*] fn($($argument),*) -> R);
    };
    (@ [] values $parameters:tt $arguments:tt) => {};
    (@ [$A:ident $($rest:ident)*] $has:ident [$($parameters:tt)*] [$($arguments:tt)*]) => {
        functions_of_references!(@ [$($rest)*] $has [$($parameters)*, $A: 'static] [$($arguments)* $A,]);
        functions_of_references!(
            @ [$($rest)*] references [$($parameters)*, $A: ?Sized + 'static] [$($arguments)* &$A,]
        );
        functions_of_references!(
            @ [$($rest)*] references [$($parameters)*, $A: ?Sized + 'static] [$($arguments)* &mut $A,]
        );
    };
    ($($argument:ident)+) => { functions_of_references!(@ [$($argument)+] values [] []); };
}
functions_of_references!(A);
functions_of_references!(A B);
functions_of_references!(A B C);
functions_of_references!(A B C E);
leaf!(generic: [A: ?Sized + 'static, R: ?Sized + 'static] fn(&A) -> &R);
leaf!(generic: [A: ?Sized + 'static, R: ?Sized + 'static] fn(&mut A) -> &mut R);
