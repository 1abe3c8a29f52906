//! Boxes of traits.
//!
//! No impl can be written for the boxes of all traits: it would forbid those that users write for
//! their own. So the macro writes one beside the trait, which is where it may stand.

use super::Trace;
use crate::local::gc::Gc;
use crate::sync;

/// Makes `Box<dyn Trait>` a field that is traced, and one that [`Gc::from`](crate::Gc) takes:
/// `trace_dyn!(dyn Trait)`.
///
/// If the trait has `Send` and `Sync` as supertraits too, [`sync::Gc::from`](crate::sync::Gc) takes
/// the box as well.
///
/// Stands beside a trait of your own that has [`Trace`](trait@crate::Trace) as a supertrait.
/// Generic traits name their parameters first: `trace_dyn!([T: Trace] dyn Visit<T>)`.
///
/// Two things differ when the type of a value is known by a box only. A dead value that holds such
/// a box is destroyed by ordinary drop glue. And `Gc::from(boxed)` moves a value to a block without
/// a record of its finalizer, so the finalizer is not called. Make such a value by
/// [`Gc::new`](crate::Gc::new) and [`unsize!`](crate::unsize!) if it has one.
///
/// # Examples
///
/// ```
/// use recyc::{Gc, GcCell, Trace, trace_dyn};
///
/// trait Widget: Trace {
///     fn width(&self) -> u32;
/// }
/// trace_dyn!(dyn Widget);
///
/// #[derive(Trace)]
/// struct Window {
///     parts: Vec<Box<dyn Widget>>,
/// }
///
/// #[derive(Trace)]
/// struct Button(GcCell<Option<Gc<Window>>>);
///
/// impl Widget for Button {
///     fn width(&self) -> u32 {
///         7
///     }
/// }
///
/// let button: Gc<dyn Widget> = Gc::from(Box::new(Button(GcCell::new(None))) as Box<dyn Widget>);
/// assert_eq!(button.width(), 7);
/// ```
#[macro_export]
macro_rules! trace_dyn {
    (@trace [$($parameters:tt)*] $target:ty) => {
        $crate::trace_dyn! { @one
            // SAFETY: a box owns its target alone, so each handle in it is owned and reported once.
            unsafe impl<$($parameters)*> $crate::Trace for $crate::private::Box<$target> {
                fn trace(&self, tracer: &mut $crate::Tracer<'_>) {
                    // SAFETY: by *in place*: `self` is a part of the value that is being traced, as
                    // `Trace` demands.
                    unsafe { tracer.nested::<(), _, _>(self, |owner, tracer| $crate::Trace::trace(&**owner, tracer)) };
                }
            }
        }
    };
    ([$($parameters:tt)*] $target:ty) => {
        $crate::trace_dyn! { @trace [$($parameters)*] $target }

        impl<$($parameters)*> $crate::private::From<$crate::private::Box<$target>> for $crate::Gc<$target> {
            fn from(target: $crate::private::Box<$target>) -> Self {
                $crate::private::gc_from_box(target)
            }
        }

        // The bound has a lifetime in it, so that the compiler asks whether it holds when the impl
        // is used, not when it is written.
        impl<'sync, $($parameters)*> $crate::private::From<$crate::private::Box<$target>> for $crate::sync::Gc<$target>
        where
            $target: $crate::private::Shared<'sync>,
        {
            fn from(target: $crate::private::Box<$target>) -> Self {
                $crate::private::Shared::sync_gc_from_box(target)
            }
        }
    };
    // What is pasted behind the `unsafe` is one item and so ends with the body that is written
    // here.
    (@one $item:item) => {
        $item
    };
    (@one $($items:tt)*) => {
        $crate::private::compile_error!("between the brackets stand generic parameters, and nothing else");
    };
    ($target:ty) => {
        $crate::trace_dyn!([] $target);
    };
}

/// What a trait object must be to be shared by threads; `Send` and `Sync` are said by the impl
/// only, since what a trait says would be asked where a bound is written.
pub trait Shared<'sync>: Trace {
    /// [`gc_from_box`], for a value that threads share.
    fn sync_gc_from_box(self: Box<Self>) -> sync::Gc<Self>;
}

impl<T: Trace + Send + Sync + ?Sized> Shared<'_> for T {
    fn sync_gc_from_box(self: Box<Self>) -> sync::Gc<Self> {
        sync::Gc::from_unsized_box(self)
    }
}

/// Moves a value out of its box into a block of its own.
pub fn gc_from_box<T: Trace + ?Sized>(target: Box<T>) -> Gc<T> {
    Gc::from_unsized_box(target)
}
