//! The functions and traits that the output of `#[derive(Trace)]` uses.
//!
//! The derive names this crate by a path, and a path leads where the user's program says: to a
//! module that re-exports this crate with traits of its own among it, or to another crate
//! altogether. What keeps the output honest there are the types that the signatures of [`Trace`]
//! pin down: an impl whose `Tracer`, `Disposer` or `Shape` is not the real one does not compile. So
//! the output calls only inherent functions of these three types, and no trait that was found by
//! the path.

use std::marker::PhantomData;

use super::shape::sealed::Sealed;
use super::transparent::Transparent;
use super::{Depth, Facts, Promise, Shape, Trace, TraceWith, Tracer, shape};

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

    /// Has `T` proven to be a type without a destructor of its own: one that has it says something
    /// else.
    #[doc(hidden)]
    #[inline]
    pub fn no_destructor<T: DERIVE_TRACE_WITH_DROP<Destructor = ()> + ?Sized>(&mut self) {}
}

/// That the fields which `trace` of a type reports have the types of a list,
/// `(First, (Second, ()))`; written by the derive.
///
/// The impl has only the parameters of the type. So the names in the list mean what they mean in
/// the type, whatever the derive calls the parameters of its other impls. The list is a parameter
/// because an associated type may not name a private type where the type itself is public.
///
/// # Safety
///
/// The list has the type of each field that `trace` of the type reports.
#[diagnostic::on_unimplemented(
    message = "a name in the fields of `{Self}` means another type in the output of `#[derive(Trace)]`",
    label = "the name is that of a parameter there",
    note = "the fields have other types than these: `{List}`",
    note = "give the type `__RecycDepth` another name"
)]
pub unsafe trait FieldTypes<List> {}

/// What the fields of a type promise together, with the steps of `D`; written by the derive beside
/// its `Trace`.
///
/// It stands apart from [`Trace::shape`], whose signature would have to prove `Trace` of all fields
/// once more, and the compiler would report what is missing a second time.
///
/// # Safety
///
/// `FACTS` is true of every value of the type: it is made of [`Facts::of_fields`] by one of the
/// functions of [`Facts`] for each field that `trace` of the type reports, and by
/// [`Facts::with_destructor`] if the type may have a destructor.
pub unsafe trait FieldFacts<D> {
    /// The promise of all fields.
    const FACTS: Facts;
}

impl Facts {
    /// The promise of a value without fields, for a `T` with fields of the types in `List`.
    #[doc(hidden)]
    #[must_use]
    pub const fn of_fields<List, T: FieldTypes<List>>() -> Self {
        Self::LEAF
    }

    /// And a field of the type `F`.
    #[doc(hidden)]
    #[must_use]
    pub const fn field<D: Depth, F: Trace>(self) -> Self {
        self.and(shape::read(F::shape::<D::Less>))
    }

    /// And a field of the type `F`, in which `T` itself stands where `S` says. What else stands
    /// there is added as fields.
    ///
    /// To leave `T` out of its own answer is sound. Let `P` be what all the rest promises. A `T` in
    /// which no other `T` stands keeps `P`, as nothing else is in it. One in which others stand
    /// keeps `P` if they do, because `P` and `P` is `P`. With a destructor the answer is `LEAF` or
    /// `OPAQUE`, and the same holds for these. Values are finite, so by induction all keep it.
    #[doc(hidden)]
    #[must_use]
    pub const fn recursive_field<T, F: Trace, S: Structure<F, T>>(self) -> Self {
        self
    }
}

impl Shape<()> {
    /// The shape that follows from the fields of `T`, or that of nothing if `D` has no step left.
    #[doc(hidden)]
    pub const fn of_fields<D: Depth, T: FieldFacts<D>>() -> Shape<D::Limit<OfFields<T, D>>> {
        Shape::NEW
    }
}

/// The common promise of the fields of `T`.
#[derive(Debug)]
pub struct OfFields<T, D>(PhantomData<(T, D)>);

impl<T, D> Sealed for OfFields<T, D> {}

impl<D: Depth, T: FieldFacts<D>> Promise for OfFields<T, D> {
    const FACTS: Facts = T::FACTS;
}

/// Proves where `T` stands in `F`, and what else stands there.
///
/// `()` says that `F` is `T`, and `fn(F)` that it is `F`. `(L,)` says that `F` is a [`Transparent`]
/// container, and `L` lists the structures of its parts as `(First, (Second, ()))`.
pub trait Structure<F, T> {}

impl<T> Structure<T, T> for () {}

impl<F, T> Structure<F, T> for fn(F) {}

impl<F: Transparent, T, L: Structures<F::Parts, T>> Structure<F, T> for (L,) {}

/// The structures of the parts in a list.
pub trait Structures<Parts, T> {}

impl<T> Structures<(), T> for () {}

impl<F, R, T, S: Structure<F, T>, L: Structures<R, T>> Structures<(F, R), T> for (S, L) {}

/// That two types are the same.
#[diagnostic::on_unimplemented(
    message = "an attribute has changed the type of a field to `{Self}` after the derive has seen `{T}`",
    label = "not the type that was seen",
    note = "put the attribute above `#[derive(Trace)]`"
)]
pub trait Same<T: ?Sized>: same::Sealed<T> {
    /// Returns the value unchanged.
    fn same(&self) -> &T;
}

mod same {
    pub trait Sealed<T: ?Sized> {}

    impl<T: ?Sized> Sealed<T> for T {}
}

impl<T: ?Sized> Same<T> for T {
    #[inline(always)]
    fn same(&self) -> &T {
        self
    }
}

// What only the compiler can refuse, because the derive does not see the other impls of a type.
// Each trait is implemented for all types that have the unwanted property, and by the derive for
// its type. The two impls overlap exactly if the type has the property, and then the compiler shows
// the name of the trait, so the name is the advice. The usual other way, to emit an `impl Drop`,
// would also forbid to move fields out.

/// Implemented by a type that derives `Trace` and has no destructor: its code could use a handle
/// whose target is already gone.
#[allow(non_camel_case_types, reason = "the name is a message")]
pub trait a_type_with_derive_Trace_must_not_implement_Drop__use_trace_finalize_or_move_the_Drop_to_the_type_of_a_field
{
    /// `()` if there is none.
    type Destructor;
}
use a_type_with_derive_Trace_must_not_implement_Drop__use_trace_finalize_or_move_the_Drop_to_the_type_of_a_field as DERIVE_TRACE_WITH_DROP;

#[allow(drop_bounds, reason = "whether the type itself has a destructor is the question")]
impl<T: ?Sized + Drop> DERIVE_TRACE_WITH_DROP for T {
    type Destructor = bool;
}

/// Implemented by a type that derives `Trace` without `finalize`, whose finalizer would never be
/// called.
#[allow(non_camel_case_types, reason = "the name is a message")]
pub trait a_type_with_derive_Trace_that_implements_Finalize_must_say_trace_finalize {}

impl<T: ?Sized + crate::finalize::Finalize>
    a_type_with_derive_Trace_that_implements_Finalize_must_say_trace_finalize for T
{
}
