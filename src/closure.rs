//! Closures that the collector can look into.
//!
//! The captures of a closure of the language are in a type without a name and without fields, so no
//! `Trace` can be written for it: a cycle through it leaks. The way out is to do by hand what the
//! compiler does: a value with the captures and a function that gets them as its first argument.

use std::marker::PhantomData;
use std::{any, fmt};

use crate::trace::Trace;

/// A function with captures that are traced.
///
/// The macro [`closure!`](crate::closure!) writes one. `call` is a function, or a closure that
/// captures nothing but `Copy` values, and so owns no handle. It is called with the captures by
/// reference and a tuple of the arguments. As with a closure, its captures can hold a handle to the
/// closure itself, and the cycle is collected.
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
///
/// The type of a function pointer can be written where the type of a closure has no name:
///
/// ```
/// use recyc::Closure;
///
/// let add: Closure<u32, fn(&u32, (u32,)) -> u32> = Closure::new(5, |a, (b,)| a + b);
/// assert_eq!(add.call((2,)), 7);
/// ```
pub struct Closure<Captures, F> {
    pub(crate) captures: Captures,
    call: F,
}

impl<Captures, F: OwnsNothing> Closure<Captures, F> {
    /// A closure of these captures.
    ///
    /// The parameters of `call` need types, `|captures: &Captures, (a, b): (A, B)| …`. If a type
    /// has references in it, the closure can be called with references of any lifetime.
    #[inline]
    pub const fn new(captures: Captures, call: F) -> Self {
        Self { captures, call }
    }
}

impl<Captures, F> Closure<Captures, F> {
    /// Calls the function.
    #[inline]
    pub fn call<Args, Out>(&self, args: Args) -> Out
    where
        F: Fn(&Captures, Args) -> Out,
    {
        (self.call)(&self.captures, args)
    }

    /// The captured values.
    #[inline]
    pub const fn captures(&self) -> &Captures {
        &self.captures
    }
}

/// A function that can be called with a tuple of arguments, whatever it has captured: for
/// `Gc<dyn Call<Args, Out>>` and `Box<dyn Call<Args, Out>>`.
///
/// Every [`Closure`] implements it. A program can implement it for its other callable values, such
/// as built-in functions.
///
/// Arguments that are references of any lifetime are written with `for`. A trait of your own with
/// `Call` as a supertrait gives such a type a name, and [`trace_dyn!`](crate::trace_dyn!) makes the
/// box of that trait a field that is traced, whatever the arguments are. Without it, the boxes of
/// up to three arguments are traced, of which each is a value, `&'a A` or `&'a mut A`.
///
/// # Examples
///
/// ```
/// use recyc::{Call, Gc, Trace, closure, trace_dyn, unsize};
/// use std::cell::Cell;
///
/// struct Event<'a> {
///     text: &'a str,
/// }
///
/// trait Handler: for<'a, 'b> Call<(&'a Event<'b>,), ()> {}
/// impl<T: for<'a, 'b> Call<(&'a Event<'b>,), ()>> Handler for T {}
/// trace_dyn!(dyn Handler);
///
/// #[derive(Trace)]
/// struct Button {
///     length: Cell<usize>,
/// }
///
/// #[derive(Trace)]
/// struct Window {
///     on_key: Gc<dyn Handler>,
///     on_click: Box<dyn Handler>,
/// }
///
/// let button = Gc::new(Button { length: Cell::new(0) });
/// let handler = closure!([button.clone()] |event: &Event<'_>| button.length.set(event.text.len()));
/// let window = Gc::new(Window {
///     on_key: unsize!(Gc::new(handler.clone()) => dyn Handler),
///     on_click: Box::new(handler),
/// });
/// let text = String::from("hello");
/// window.on_key.call((&Event { text: &text },));
/// window.on_click.call((&Event { text: &text },));
/// assert_eq!(button.length.get(), 5);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be called with `{Args}` to return `{Out}`",
    label = "not a `Call<{Args}, {Out}>`",
    note = "`closure!([captures] |name: Type| body)` makes a value that can be called",
    note = "the arguments are a tuple, as in `Call<(u32,), bool>`",
    note = "if an argument is a reference, write its type in the closure: `|event: &Event|`"
)]
pub trait Call<Args, Out>: Trace {
    /// Calls the function.
    fn call(&self, args: Args) -> Out;
}

impl<Captures: Trace, F, Args, Out> Call<Args, Out> for Closure<Captures, F>
where
    F: Fn(&Captures, Args) -> Out + Copy + 'static,
{
    #[inline]
    fn call(&self, args: Args) -> Out {
        (self.call)(&self.captures, args)
    }
}

impl<Captures: Clone, F: Copy> Clone for Closure<Captures, F> {
    fn clone(&self) -> Self {
        Self { captures: self.captures.clone(), call: self.call }
    }
}

impl<Captures, F> fmt::Debug for Closure<Captures, F> {
    /// Shows the type of the function, and not the captures: they may lead back here.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Closure({})", any::type_name::<F>())
    }
}

/// Writes a [`Closure`]: `closure!([captures] |arguments| body)`.
///
/// Each capture is one of
///
/// - `name`, which moves or copies the variable,
/// - `name.clone()`, or another method without arguments, which captures the result,
/// - `name = expression`.
///
/// The body sees each capture by its name, as a reference: a captured `Gc<T>` is a `&Gc<T>`. Values
/// that are `Copy`, such as numbers, need not be listed. A body that uses any other variable which
/// is not in the list does not compile.
///
/// Each argument is `name: Type`, where a pattern in parentheses or brackets, `mut name` and `_`
/// may stand for the name. References in the types have any lifetime. The type may be left out
/// where the body alone determines it. As with a closure, a type behind `->` needs a block. The
/// result is called with a tuple: `handler.call((a, b))`.
///
/// A closure is called by `&self`. For the counterpart of a `FnMut`, capture a cell, and for that
/// of a `FnOnce` a cell with an `Option` that the body takes. What is captured is [`Trace`], which
/// a tuple of more than 16 values is not: capture a struct then.
///
/// # Examples
///
/// ```
/// use recyc::{Call, Gc, Trace, closure, unsize};
/// use std::cell::{Cell, RefCell};
///
/// #[derive(Trace)]
/// struct Document {
///     lines: RefCell<Vec<String>>,
///     on_line: RefCell<Vec<Gc<dyn for<'a> Call<(&'a str,), ()>>>>,
/// }
///
/// let document = Gc::new(Document { lines: RefCell::default(), on_line: RefCell::default() });
/// let add = closure!([document.clone()] |line: &str| document.lines.borrow_mut().push(line.to_owned()));
/// document.on_line.borrow_mut().push(unsize!(Gc::new(add) => dyn for<'a> Call<(&'a str,), ()>));
/// for handler in &*document.on_line.borrow() {
///     handler.call(("first",));
/// }
/// assert_eq!(*document.lines.borrow(), ["first"]);
///
/// drop(document);
/// assert_eq!(recyc::collect().reclaimed, 2);
///
/// // As a `FnMut`:
/// let next = closure!([count = Cell::new(0)] || -> u32 {
///     count.set(count.get() + 1);
///     count.get()
/// });
/// assert_eq!((next.call(()), next.call(())), (1, 2));
///
/// // As a `FnOnce`:
/// let report = String::from("done");
/// let once = closure!([report = Cell::new(Some(report))] || report.take().expect("called once"));
/// assert_eq!(once.call(()), "done");
/// ```
///
/// A handle that is not in the list is refused, because the collector could not see it:
///
/// ```compile_fail,E0277
/// use recyc::{Gc, closure};
///
/// let number = Gc::new(5);
/// let hidden = closure!([] || *number);
/// ```
#[macro_export]
macro_rules! closure {
    ([$($captures:tt)*] || -> $out:ty $body:block) => {
        $crate::closure!(@new [$($captures)*] [] [-> $out] $body)
    };
    ([$($captures:tt)*] || $body:expr) => {
        $crate::closure!(@new [$($captures)*] [] [] $body)
    };
    ([$($captures:tt)*] |$($first:tt $($second:ident)? $(: $type:ty)?),+| -> $out:ty $body:block) => {
        $crate::closure!(@new [$($captures)*] [$([$first $($second)?] [$($type)?])+] [-> $out] $body)
    };
    ([$($captures:tt)*] |$($first:tt $($second:ident)? $(: $type:ty)?),+| $body:expr) => {
        $crate::closure!(@new [$($captures)*] [$([$first $($second)?] [$($type)?])+] [] $body)
    };
    (
        @new [$($name:ident $(. $method:ident ())? $(= $value:expr)?),* $(,)?]
        [$([$($pattern:tt)+] [$($type:ty)?])*] [$($out:tt)*] $body:expr
    ) => {{
        let captures = ($($crate::closure!(@capture $name $(. $method ())? $(= $value)?),)*);
        let kind = $crate::private::Kind::of(&captures);
        // A type is written for each parameter, and the body begins with the type of the captures.
        // So nothing is inferred from where the closure stands, and each lifetime in the arguments
        // is any lifetime.
        $crate::Closure::new(captures, move |captures: &_, ($($($pattern)+,)*): ($($crate::closure!(@type $($type)?),)*)| $($out)* {
            kind.is_of(captures);
            let ($($name,)*) = captures;
            $body
        })
    }};
    (@capture $name:ident) => { $name };
    (@capture $name:ident . $method:ident ()) => { $name.$method() };
    (@capture $name:ident = $value:expr) => { $value };
    (@type) => { _ };
    (@type $type:ty) => { $type };
}

/// A function that owns no handle, because its captures are `Copy`.
#[diagnostic::on_unimplemented(
    message = "the body of a closure uses a variable that is not in the list of captures",
    label = "a variable that is used here, and is not `Copy`, is not in the list",
    note = "add its name to the list, as in `closure!([name] || …)`, or `closure!([name.clone()] || …)` to keep the variable",
    note = "the collector sees the captures in the list only"
)]
pub trait OwnsNothing: Copy + 'static {}

#[diagnostic::do_not_recommend]
impl<F: Copy + 'static> OwnsNothing for F {}

/// The type of the captures, for a function that has none.
#[derive(Debug)]
pub struct Kind<T>(PhantomData<fn() -> T>);

impl<T> Kind<T> {
    /// The type of the value.
    pub const fn of(_: &T) -> Self {
        Self(PhantomData)
    }

    /// Compiles if the value is of that type.
    pub const fn is_of(self, _: &T) {}
}

impl<T> Clone for Kind<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Kind<T> {}
