//! Boxes of functions that are called with a tuple of arguments.
//!
//! The box of a function whose arguments are references of any lifetime has another type than one
//! whose arguments are values, as with function pointers. So each form needs an impl of its own.
//! The impls here cover up to three arguments of which each is a value, a shared reference or a
//! mutable one. [`trace_dyn!`](crate::trace_dyn!) covers the others.

#![allow(
    coherence_leak_check,
    reason = "the lint names all impls of functions that differ in lifetimes only"
)]

use crate::closure::Call;

/// Writes the impls for the boxes of one form.
macro_rules! calls {
    ([$($parameters:tt)*] $($call:tt)+) => {
        crate::trace_dyn!(@trace [$($parameters)*] dyn $($call)+);
        crate::trace_dyn!(@trace [$($parameters)*] dyn $($call)+ + Send);
        crate::trace_dyn!(@trace [$($parameters)*] dyn $($call)+ + Send + Sync);
    };
}
calls!([Args: 'static, R: 'static] Call<Args, R>);

/// Writes the impls for each way to pass the arguments of which at least one is a reference.
macro_rules! references {
    // All arguments have their form.
    (@ [] [$($lifetime:lifetime)+] [$($parameters:tt)*] [$($argument:ty,)*]) => {
        calls!([R: 'static $($parameters)*] for<$($lifetime),+> Call<($($argument,)*), R>);
    };
    (@ [] [] $parameters:tt $arguments:tt) => {};
    (@ [$A:ident $a:lifetime $(, $rest:ident $l:lifetime)*] [$($lifetimes:tt)*] [$($parameters:tt)*] [$($arguments:tt)*]) => {
        references!(@ [$($rest $l),*] [$($lifetimes)*] [$($parameters)*, $A: 'static] [$($arguments)* $A,]);
        references!(@ [$($rest $l),*] [$($lifetimes)* $a] [$($parameters)*, $A: ?Sized + 'static] [$($arguments)* &$a $A,]);
        references!(@ [$($rest $l),*] [$($lifetimes)* $a] [$($parameters)*, $A: ?Sized + 'static] [$($arguments)* &$a mut $A,]);
    };
    ($($arguments:tt)+) => { references!(@ [$($arguments)+] [] [] []); };
}
references!(A 'a);
references!(A 'a, B 'b);
references!(A 'a, B 'b, C 'c);
