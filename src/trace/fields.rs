//! `Trace` from the list of fields, without the derive and for types of other crates.

/// Writes an implementation of [`Trace`](trait@crate::Trace) or [`TraceWith`](crate::TraceWith) from the list of fields; no
/// `unsafe` is needed, and none is hidden: what is wrong does not compile.
///
/// The list names every public field; a type with others cannot be named so. Each field must be `Trace`, and the type
/// must not implement `Drop`. Tuple structs have fields `0`, `1` and so on.
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
        $crate::trace_fields! { @one
            // SAFETY: the pattern names all fields of the value, which owns them; each is traced
            // once, and there is no `Drop`.
            unsafe impl<$($parameters)*> $crate::Trace for $target {
                fn trace(&self, tracer: &mut $crate::Tracer<'_>) {
                    $crate::trace_fields!(@parts (self, tracer, $($path)::+) [] $($field)*);
                }

                fn owned_bytes(&mut self) -> $crate::private::usize {
                    let bytes: $crate::private::usize = 0;
                    // Not by a pattern: its mistakes are reported for `trace`, and would be reported twice.
                    $(let bytes = $crate::private::usize::saturating_add(
                        bytes,
                        $crate::Trace::owned_bytes(&mut self.$field),
                    );)*
                    bytes
                }
            }
        }
    };
    (impl[$($parameters:tt)*] TraceWith<$target:ty> for $by:ty: $($path:ident)::+ { $($field:tt),* $(,)? }) => {
        $crate::trace_fields! { @one
            // SAFETY: the pattern names all fields of the value, which owns them; each is traced
            // once, and there is no `Drop`.
            unsafe impl<$($parameters)*> $crate::TraceWith<$target> for $by {
                fn trace(value: &$target, tracer: &mut $crate::Tracer<'_>) {
                    $crate::trace_fields!(@parts (value, tracer, $($path)::+) [] $($field)*);
                }
            }
        }
    };
    // The parameters are pasted behind an `unsafe`. Whatever they are, what comes of it is one item, so it ends with the body
    // that is written here: a `>` among them that opened an impl of its own would make it two.
    (@one $item:item) => {
        $item
    };
    (@one $($items:tt)*) => {
        $crate::private::compile_error!("between the brackets of `impl[…]` stand generic parameters, and nothing else");
    };
    // Each step has a `__part` of its own, as macros are hygienic. The underscores are for a constant of that name, which would be
    // a pattern.
    (@parts $with:tt [$($done:tt)*] $field:tt $($rest:tt)*) => {
        $crate::trace_fields!(@parts $with [$($done)* ($field: __part)] $($rest)*);
    };
    (@parts ($value:ident, $tracer:ident, $($path:ident)::+) [$(($field:tt: $part:ident))*]) => {
        // The type comes from the value, so this is about it and no other.
        $crate::private::can_be_taken_apart($value, |value| {
            // What has a destructor cannot be taken apart.
            let $($path)::+ { $($field: $part),* } = value;
            // A pattern also matches a reference to such a value, which shares and does not own: so the whole is put
            // together again, and must be of the type.
            $($path)::+ { $($field: $part),* }
        });
        let $($path)::+ { $($field: $part),* } = $value;
        $($crate::Trace::trace($part, $tracer);)*
    };
}

/// Asks for a way to take a value apart and to put it together again.
#[inline]
pub fn can_be_taken_apart<T>(_: &T, _: fn(T) -> T) {}
