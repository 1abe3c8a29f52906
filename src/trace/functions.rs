//! Function pointers, which own no handle.
//!
//! A function that takes a reference of any lifetime has another type than one that takes a value,
//! so it needs an impl of its own. The impls here cover the signatures that are used most. The
//! derive needs none for a field of a function pointer: it reads the signature and leaves the field
//! out.

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

/// Writes the impls of function pointers that take references. Each such type is another one than
/// all that an impl above names, where no argument has a lifetime of its own.
macro_rules! functions_of_references {
    ($([$($parameter:ident),+]: $ty:ty;)+) => {
        $(
            leaf!(generic: [R: 'static $(, $parameter: ?Sized + 'static)+] $ty);
        )+
    };
}
functions_of_references! {
    [A]: fn(&A) -> R;
    [A]: fn(&mut A) -> R;
    [A, B]: fn(&A, &B) -> R;
    [A, B]: fn(&A, &mut B) -> R;
    [A, B]: fn(&mut A, &B) -> R;
    [A, B]: fn(&mut A, &mut B) -> R;
    [A, B, C]: fn(&A, &B, &C) -> R;
    [A, B, C]: fn(&mut A, &B, &C) -> R;
    [A, B, C]: fn(&mut A, &mut B, &C) -> R;
}
leaf!(generic: [A: ?Sized + 'static, R: ?Sized + 'static] fn(&A) -> &R);
leaf!(generic: [A: ?Sized + 'static, R: ?Sized + 'static] fn(&mut A) -> &mut R);
leaf!(generic: [A: ?Sized + 'static, B: 'static, R: 'static] fn(&A, B) -> R);
leaf!(generic: [A: ?Sized + 'static, B: 'static, R: 'static] fn(&mut A, B) -> R);
leaf!(generic: [A: 'static, B: ?Sized + 'static, R: 'static] fn(A, &B) -> R);
leaf!(generic: [A: 'static, B: ?Sized + 'static, R: 'static] fn(A, &mut B) -> R);
