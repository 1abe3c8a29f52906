//! What `#[derive(Trace)]` calls.
//!
//! The derive names this crate by a path, and a path leads where the user's program says: to a module that re-exports this
//! crate with traits of its own among it, or to another crate altogether. What keeps the output honest there are the types that
//! the signatures of [`Trace`] pin down: an impl whose `Tracer`, `Disposer` or `Shape` is not the real one does not
//! compile. So all that is asked goes through inherent functions of these three, and none of it through a trait that was
//! found by the path.

use super::{Depth, Shape, Trace, TraceWith, Tracer};

impl Tracer<'_> {
    /// A field, if its type is the one that the derive has seen.
    #[doc(hidden)]
    #[inline(always)]
    pub fn seen<Seen: ?Sized, F: Same<Seen> + ?Sized>(field: &F) -> &Seen {
        field.same()
    }

    /// Reports the handles of a foreign value in the words of `By`.
    #[doc(hidden)]
    #[inline]
    pub fn with<By: TraceWith<F>, F: ?Sized>(&mut self, value: &F) {
        By::trace(value, self);
    }

    /// Has `T` proven to be a type without a destructor of its own: one that has it says something else.
    #[doc(hidden)]
    #[inline]
    pub fn no_destructor<T: DERIVE_TRACE_WITH_DROP<Destructor = ()> + ?Sized>(&mut self) {}
}

impl Shape {
    /// The shape of `T`, whose fields have the shape that `fields` finds.
    #[doc(hidden)]
    #[inline]
    pub fn of_fields<D: Depth, T: 'static>(fields: impl FnOnce() -> Self) -> Self {
        D::known::<T>().unwrap_or_else(fields)
    }

    /// And a field of the type `F`.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn and_field<D: Depth, F: Trace>(self) -> Self {
        self.and(F::shape::<D::Less>)
    }

    /// And a field of the type `F` that mentions `T`.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn and_field_within<D: Depth, T: 'static, F: Trace>(self) -> Self {
        self.and(F::shape::<D::Enter<T>>)
    }

    /// The shape of a value that has a destructor: only without handles can it be known what that does.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn with_destructor(self) -> Self {
        if self == Self::LEAF { self } else { Self::OPAQUE }
    }
}

/// That two types are the same.
#[diagnostic::on_unimplemented(
    message = "an attribute has changed the type of a field to `{Self}` after the derive has seen `{T}`",
    label = "not the type that was seen",
    note = "put the attribute above `#[derive(Trace)]`"
)]
pub trait Same<T: ?Sized>: sealed::Sealed<T> {
    /// The same value.
    fn same(&self) -> &T;
}

mod sealed {
    pub trait Sealed<T: ?Sized> {}

    impl<T: ?Sized> Sealed<T> for T {}
}

impl<T: ?Sized> Same<T> for T {
    #[inline(always)]
    fn same(&self) -> &T {
        self
    }
}

// What only the compiler can refuse, because the derive does not see the other impls of a type. Each trait is implemented
// for all types that have the unwanted property, and by the derive for its type. The two impls overlap exactly if the type
// has the property, and then the compiler shows the name of the trait, so the name is the advice. The usual other way, to
// emit an `impl Drop`, would also forbid to move fields out.

/// Implemented by a type that derives `Trace` and has no destructor: its code could use a handle whose target is already gone.
#[allow(non_camel_case_types, reason = "the name is a message")]
pub trait a_type_with_derive_Trace_must_not_implement_Drop__use_trace_finalize_or_move_the_Drop_to_the_type_of_a_field {
    /// `()` if there is none.
    type Destructor;
}
use a_type_with_derive_Trace_must_not_implement_Drop__use_trace_finalize_or_move_the_Drop_to_the_type_of_a_field as DERIVE_TRACE_WITH_DROP;

#[allow(drop_bounds, reason = "whether the type itself has a destructor is the question")]
impl<T: ?Sized + Drop> DERIVE_TRACE_WITH_DROP for T {
    type Destructor = bool;
}

/// Implemented by a type that derives `Trace` without `finalize`: nobody would call its finalizer.
#[allow(non_camel_case_types, reason = "the name is a message")]
pub trait a_type_with_derive_Trace_that_implements_Finalize_must_say_trace_finalize {}

impl<T: ?Sized + crate::finalize::Finalize> a_type_with_derive_Trace_that_implements_Finalize_must_say_trace_finalize
    for T
{
}
