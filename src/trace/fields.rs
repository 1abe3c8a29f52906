//! `Trace` from the list of fields, without the derive and for types of other crates.

use std::marker::PhantomData;
use std::ops::Deref;

use crate::trace::{Trace, TraceWith};

/// Writes an implementation of [`Trace`](trait@crate::Trace) or [`TraceWith`](crate::TraceWith)
/// from the list of fields; no `unsafe` is needed, and none is hidden: what is wrong does not
/// compile.
///
/// The list names every public field; a type with others cannot be named so. Each field must be
/// `Trace`, and the type must not implement `Drop`. Tuple structs have fields `0`, `1` and so on.
///
/// # Examples
///
/// A foreign generic type, for `#[trace(with = "Both")]`:
///
/// ```
/// use recyc::{Gc, GcCell, Trace, trace_fields};
/// # mod foreign { pub struct Pair<A, B> { pub first: A, pub second: B } }
///
/// struct Both;
/// trace_fields!(impl[A: Trace, B: Trace] TraceWith<foreign::Pair<A, B>> for Both: foreign::Pair { first, second });
///
/// #[derive(Trace)]
/// struct Node {
///     #[trace(with = "Both")]
///     next: foreign::Pair<GcCell<Option<Gc<Node>>>, u32>,
/// }
///
/// let node = Gc::new(Node { next: foreign::Pair { first: GcCell::new(None), second: 1 } });
/// node.next.first.set(Some(node.clone()));
/// drop(node);
/// assert_eq!(recyc::collect().reclaimed, 1);
/// ```
///
/// A type of one's own, where the derive is switched off:
///
/// ```
/// use recyc::{Gc, GcCell, Trace, trace_fields};
///
/// struct Node<T: 'static> {
///     value: T,
///     next: GcCell<Option<Gc<Node<T>>>>,
/// }
/// trace_fields!(impl[T: Trace] Trace for Node<T>: Node { value, next });
/// # let node = Gc::new(Node { value: 1, next: GcCell::new(None) });
/// # node.next.set(Some(node.clone()));
/// # drop(node);
/// # assert_eq!(recyc::collect().reclaimed, 1);
/// ```
///
/// A field left out does not compile:
///
/// ```compile_fail
/// # use recyc::{Gc, Trace, trace_fields};
/// struct Node(u8, Gc<u8>);
/// trace_fields!(impl[] Trace for Node: Node { 0 });
/// ```
///
/// Neither does a type with a destructor:
///
/// ```compile_fail,E0509
/// # use recyc::{Gc, Trace, trace_fields};
/// struct Node { next: Gc<u8> }
/// impl Drop for Node {
///     fn drop(&mut self) {}
/// }
/// trace_fields!(impl[] Trace for Node: Node { next });
/// ```
#[macro_export]
macro_rules! trace_fields {
    (impl[$($parameters:tt)*] Trace for $target:ty: $($path:ident)::+ { $($field:tt),* $(,)? }) => {
        $crate::trace_fields!(@parts [$($path)::+] [$($field)*] [] @trace unsafe [$($parameters)*] [$target]);
    };
    (impl[$($parameters:tt)*] TraceWith<$target:ty> for $by:ty: $($path:ident)::+ { $($field:tt),* $(,)? }) => {
        $crate::trace_fields!(@parts [$($path)::+] [$($field)*] [] @trace_with unsafe [$($parameters)*] [$target] [$by]);
    };
    // Each step has a `__part` of its own, as macros are hygienic. The underscores are for a
    // constant of that name, which would be a pattern.
    (@parts $path:tt [$field:tt $($rest:tt)*] [$($done:tt)*] $($then:tt)*) => {
        $crate::trace_fields!(@parts $path [$($rest)*] [$($done)* ($field: __part)] $($then)*);
    };
    (@parts [$($path:ident)::+] [] [$(($field:tt: $part:ident))*] $($then:tt)*) => {
        $crate::trace_fields!($($then)* [$($path)::+ { $($field: $part),* }] [$($part)*]);
    };
    // The pattern of all fields is pasted into each function. A mistake in it gives the same
    // message at the same place each time, and the compiler shows that once. A call of this arm by
    // a program contains the word `unsafe`.
    (@trace unsafe [$($parameters:tt)*] [$target:ty] $parts:tt [$($part:ident)*]) => {
        $crate::trace_fields! { @one
            // SAFETY: the pattern names all fields of the value, which owns them; each is traced
            // once, and there is no `Drop`.
            unsafe impl<$($parameters)*> $crate::Trace for $target {
                fn trace(&self, tracer: &mut $crate::Tracer<'_>) {
                    $crate::trace_fields!(@take_apart self $parts);
                    $crate::trace_fields!(@with with_parts self $parts {
                        $($crate::Trace::trace($part, tracer);)*
                    });
                }

                fn owned_bytes(&mut self) -> $crate::private::usize {
                    $crate::trace_fields!(@with with_parts_mut self $parts {
                        $crate::trace_fields!(@bytes $($part)*)
                    })
                }
            }
        }
    };
    (@trace_with unsafe [$($parameters:tt)*] [$target:ty] [$by:ty] $parts:tt [$($part:ident)*]) => {
        $crate::trace_fields! { @one
            // SAFETY: the pattern names all fields of the value, which owns them; each is traced
            // once, and there is no `Drop`.
            unsafe impl<$($parameters)*> $crate::TraceWith<$target> for $by {
                fn trace(value: &$target, tracer: &mut $crate::Tracer<'_>) {
                    $crate::trace_fields!(@take_apart value $parts);
                    $crate::trace_fields!(@with with_parts value $parts {
                        $($crate::Trace::trace($part, tracer);)*
                    });
                }

                fn owned_bytes(value: &mut $target) -> $crate::private::usize {
                    $crate::trace_fields!(@with with_parts_mut value $parts {
                        $crate::trace_fields!(@bytes $($part)*)
                    })
                }
            }
        }
    };
    // The parameters are pasted behind an `unsafe`. Whatever they are, what comes of it is one
    // item, so it ends with the body that is written here: a `>` among them that opened an impl of
    // its own would make it two.
    (@one $item:item) => {
        $item
    };
    (@one $($items:tt)*) => {
        $crate::private::compile_error!("between the brackets of `impl[…]` stand generic parameters, and nothing else");
    };
    (@take_apart $value:ident [$($parts:tt)*]) => {
        // The type comes from the value, so this is about it and no other.
        $crate::private::can_be_taken_apart($value, |value| {
            // What has a destructor cannot be taken apart.
            let $($parts)* = value;
            // A pattern also matches a reference to such a value, which shares and does not own: so
            // the whole is put together again, and must be of the type.
            $($parts)*
        });
    };
    (@with $function:ident $value:ident [$($parts:tt)*] $body:block) => {
        $crate::private::$function($value, |$($parts)*| $body)
    };
    (@bytes $($part:ident)*) => {{
        let bytes: $crate::private::usize = 0;
        $(let bytes = $crate::private::usize::saturating_add(
            bytes,
            $crate::private::Part::by_trace($part).owned_bytes(),
        );)*
        bytes
    }};
}

/// Asks for a way to take a value apart and to put it together again.
#[inline]
pub fn can_be_taken_apart<T>(_: &T, _: fn(T) -> T) {}

/// Calls `f`, whose argument is a pattern.
#[inline]
pub fn with_parts<T, R>(value: &T, f: impl FnOnce(&T) -> R) -> R {
    f(value)
}

/// Calls `f`, whose argument is a pattern.
#[inline]
pub fn with_parts_mut<T, R>(value: &mut T, f: impl FnOnce(&mut T) -> R) -> R {
    f(value)
}

/// A reference to a field, of which `By` estimates the bytes that it owns.
///
/// A `By` that does not trace the field is a mistake, which the compiler reports for `trace`. It
/// is not reported again for `owned_bytes`, as the method of `NotTraced` is found then.
#[derive(Debug)]
pub struct Part<By, R>(R, PhantomData<By>);

impl<R> Part<ByTrace, R> {
    /// A field that is `Trace`.
    #[inline]
    pub fn by_trace(part: R) -> Self {
        Self(part, PhantomData)
    }
}

impl<By, R> Part<ByAdapter<By>, R> {
    /// A field that the adapter `By` traces.
    #[inline]
    pub fn by_adapter(part: R) -> Self {
        Self(part, PhantomData)
    }
}

impl<By: Estimates<T>, T: ?Sized> Part<By, &mut T> {
    /// Returns the estimate of `By`.
    #[inline]
    #[must_use]
    pub fn owned_bytes(self) -> usize {
        By::owned_bytes(self.0)
    }
}

impl<By, R> Deref for Part<By, R> {
    type Target = NotTraced;

    #[inline]
    fn deref(&self) -> &NotTraced {
        &NotTraced
    }
}

/// See [`Part`].
#[derive(Debug)]
pub struct NotTraced;

impl NotTraced {
    /// Returns 0.
    #[inline]
    #[must_use]
    pub fn owned_bytes(&self) -> usize {
        0
    }
}

/// Estimates the bytes that a field of the type `F` owns.
pub trait Estimates<F: ?Sized> {
    /// See [`Trace::owned_bytes`].
    fn owned_bytes(field: &mut F) -> usize;
}

/// The estimate of [`Trace::owned_bytes`].
#[derive(Debug)]
pub enum ByTrace {}

impl<F: Trace + ?Sized> Estimates<F> for ByTrace {
    #[inline]
    fn owned_bytes(field: &mut F) -> usize {
        field.owned_bytes()
    }
}

/// The estimate of [`TraceWith::owned_bytes`].
#[derive(Debug)]
pub struct ByAdapter<By>(PhantomData<By>);

impl<By: TraceWith<F>, F: ?Sized> Estimates<F> for ByAdapter<By> {
    #[inline]
    fn owned_bytes(field: &mut F) -> usize {
        By::owned_bytes(field)
    }
}
