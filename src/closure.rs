//! Closures that the collector can look into.
//!
//! The captures of a closure of the language are in a type without a name and without fields, so no
//! `Trace` can be written for it: a cycle through it leaks. The way out is to do by hand what the
//! compiler does: a value with the captures and a function that gets them as its first argument.

use std::fmt;

/// A function with captures that are traced.
///
/// `call` is a function or a closure that captures nothing; it gets the captures by reference. As
/// with a closure, its captures can hold a handle to the closure itself, and the cycle is
/// collected.
///
/// # Examples
///
/// Functions of an interpreted language, each with the variables that it sees:
///
/// ```
/// use recyc::{Call, Closure, Gc, GcCell, Trace, unsize};
/// use std::cell::Cell;
///
/// type Function = Gc<dyn Call<(u32,), u32>>;
///
/// #[derive(Trace)]
/// struct Scope {
///     step: Cell<u32>,
///     recurse: GcCell<Option<Function>>,
/// }
///
/// let scope = Gc::new(Scope { step: Cell::new(2), recurse: GcCell::new(None) });
/// let sum = Closure::new(scope.clone(), |scope: &Gc<Scope>, (n,): (u32,)| match n.checked_sub(scope.step.get()) {
///     Some(less) => n + scope.recurse.get().unwrap().call((less,)),
///     None => n,
/// });
/// let sum: Function = unsize!(Gc::new(sum) => dyn Call<(u32,), u32>);
/// scope.recurse.set(Some(sum.clone()));
/// assert_eq!(sum.call((6,)), 6 + 4 + 2);
///
/// drop((scope, sum));
/// assert_eq!(recyc::collect().reclaimed, 2);
/// ```
pub struct Closure<Captures, Args, Out> {
    pub(crate) captures: Captures,
    call: fn(&Captures, Args) -> Out,
}

impl<Captures, Args, Out> Closure<Captures, Args, Out> {
    /// A closure of these captures.
    #[inline]
    pub const fn new(captures: Captures, call: fn(&Captures, Args) -> Out) -> Self {
        Self { captures, call }
    }

    /// Calls the function.
    #[inline]
    pub fn call(&self, args: Args) -> Out {
        (self.call)(&self.captures, args)
    }

    /// The captured values.
    #[inline]
    pub const fn captures(&self) -> &Captures {
        &self.captures
    }
}

/// A function that can be called with arguments, whatever it has captured: for `Gc<dyn Call<Args,
/// Out>>`.
///
/// Every [`Closure`] implements it. A program can implement it for its other callable values, such
/// as built-in functions.
pub trait Call<Args, Out> {
    /// Calls the function.
    fn call(&self, args: Args) -> Out;
}

impl<Captures, Args, Out> Call<Args, Out> for Closure<Captures, Args, Out> {
    #[inline]
    fn call(&self, args: Args) -> Out {
        self.call(args)
    }
}

impl<Captures: Clone, Args, Out> Clone for Closure<Captures, Args, Out> {
    fn clone(&self) -> Self {
        Self { captures: self.captures.clone(), call: self.call }
    }
}

impl<Captures, Args, Out> fmt::Debug for Closure<Captures, Args, Out> {
    /// Does not show the captures: they may lead back here.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Closure({:p})", self.call as *const ())
    }
}
