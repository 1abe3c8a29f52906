//! The properties of every value of a type that the collector may rely on, as a constant.
//!
//! [`Trace::shape`] returns a [`Shape`], whose parameter is the answer: a type that implements
//! [`Promise`] and so has the constant [`Promise::FACTS`]. The function is never called. The
//! compiler evaluates the constant once for each pair of a type and a [`Depth`], so the cost of all
//! answers is linear in the number of types, and at run time there is none.
//!
//! An answer is either proven or `OPAQUE`. A type that contains another takes one step of the
//! depth. Where none is left the answer is `OPAQUE`, which is true of every type, so types that
//! contain each other in turns are opaque. What a type contains of itself is left out of its answer
//! where the compiler has proven that it is reached through transparent containers only, see
//! [`derived`](super::derived).

use std::fmt;
use std::marker::PhantomData;

use super::Trace;

/// The properties of every value of a type, known at compile time.
///
/// The parameter is the promise itself; [`Trace::shape`] returns `Shape<impl Promise>`.
///
/// | constant | meaning                                                                               |
/// |----------|---------------------------------------------------------------------------------------|
/// | `LEAF`   | owns no handle: never a candidate, costs as much as in an `Rc`                        |
/// | `NODE`   | may own handles, and can be destroyed without touching them                           |
/// | `OPAQUE` | may own handles; its dead values are dropped by ordinary drop glue                    |
///
/// The answer of a container may depend on the answers of its parts in any way that is true of its
/// values. It need not be monotone: a container that promises more for opaque parts than for leaves
/// is as sound as one that promises less.
///
/// # Examples
///
/// A container of two parts promises what both promise:
///
/// ```
/// use recyc::{Depth, Disposer, Gc, Promise, Shape, Trace, Tracer};
///
/// struct Pair<A, B>(A, B);
///
/// // SAFETY: both parts belong to this value alone; each is traced once and disposed once.
/// unsafe impl<A: Trace, B: Trace> Trace for Pair<A, B> {
///     fn trace(&self, tracer: &mut Tracer<'_>) {
///         self.0.trace(tracer);
///         self.1.trace(tracer);
///     }
///
///     unsafe fn dispose(&mut self, disposer: &Disposer) {
///         // SAFETY: the caller gives up the value, and so its parts.
///         unsafe { self.0.dispose(disposer) };
///         unsafe { self.1.dispose(disposer) };
///     }
///
///     fn shape<D: Depth>() -> Shape<impl Promise> {
///         A::shape::<D>().and(B::shape::<D>())
///     }
/// }
/// # drop(Gc::new(Pair(1, Gc::new(2))));
/// ```
pub struct Shape<P>(PhantomData<fn() -> P>);

impl Shape<LeafPromise> {
    /// Owns no handles at all; `dispose` is the same as dropping.
    pub const LEAF: Self = Self::NEW;
}

impl Shape<NodePromise> {
    /// May own handles, and its `dispose` leaves them alone.
    pub const NODE: Self = Self::NEW;
}

impl Shape<OpaquePromise> {
    /// Nothing is promised.
    pub const OPAQUE: Self = Self::NEW;
}

impl<P> Shape<P> {
    /// Private: a shape that is not made of others is one of the three constants.
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<P: Promise> Shape<P> {
    /// This shape, for a type whose values are never on a cycle, so that their blocks need not be
    /// candidates. Handles in them are traced in the same way.
    #[must_use]
    pub const fn acyclic(self) -> Shape<Acyclic<P>> {
        Shape::NEW
    }

    /// The shape of a value that has a part of this shape and a part of another.
    #[must_use]
    pub const fn and<Q: Promise>(self, other: Shape<Q>) -> Shape<Both<P, Q>> {
        let _ = other;
        Shape::NEW
    }
}

impl<P> Clone for Shape<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Shape<P> {}

impl<P: Promise> fmt::Debug for Shape<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        P::FACTS.fmt(f)
    }
}

/// The answer of [`Trace::shape`], as a type. Implemented by this crate only.
pub trait Promise: sealed::Sealed {
    /// The promise as a value.
    #[doc(hidden)]
    const FACTS: Facts;
}

/// The promises about every value of a type.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Owns no handle; implies `disposes`.
    pub(crate) leaf: bool,
    /// `dispose` leaves the reported handles alone.
    pub(crate) disposes: bool,
    /// Never on a cycle.
    pub(crate) acyclic: bool,
}

impl Facts {
    pub const LEAF: Self = Self { leaf: true, disposes: true, acyclic: false };
    pub const NODE: Self = Self { leaf: false, disposes: true, acyclic: false };
    pub const OPAQUE: Self = Self { leaf: false, disposes: false, acyclic: false };

    /// The promises about a value that has a part of each. That no value of a part is on a cycle
    /// implies nothing about the whole.
    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            leaf: self.leaf && other.leaf,
            disposes: self.disposes && other.disposes,
            acyclic: false,
        }
    }

    /// The promises about a value that has a destructor. The effects of the destructor are known
    /// only if the value owns no handle.
    #[must_use]
    pub const fn with_destructor(self) -> Self {
        if self.leaf { Self { acyclic: false, ..self } } else { Self::OPAQUE }
    }
}

/// The promises of `T`, for tests.
#[doc(hidden)]
pub const fn facts<T: Trace>() -> Facts {
    <Of<T>>::FACTS
}

/// Whether no value of `T` owns a handle. Known at compile time.
#[inline]
pub(crate) const fn is_leaf<T: Trace>() -> bool {
    <Of<T>>::FACTS.leaf
}

/// See [`Shape::LEAF`].
#[derive(Debug)]
pub struct LeafPromise;

/// See [`Shape::NODE`].
#[derive(Debug)]
pub struct NodePromise;

/// See [`Shape::OPAQUE`].
#[derive(Debug)]
pub struct OpaquePromise;

/// See [`Shape::acyclic`].
#[derive(Debug)]
pub struct Acyclic<P>(PhantomData<P>);

/// See [`Shape::and`].
#[derive(Debug)]
pub struct Both<P, Q>(PhantomData<(P, Q)>);

/// The promise of `T`, read with the steps of `D`.
#[derive(Debug)]
pub struct Of<T, D = Full>(PhantomData<(T, D)>);

impl Promise for LeafPromise {
    const FACTS: Facts = Facts::LEAF;
}

impl Promise for NodePromise {
    const FACTS: Facts = Facts::NODE;
}

impl Promise for OpaquePromise {
    const FACTS: Facts = Facts::OPAQUE;
}

impl<P: Promise> Promise for Acyclic<P> {
    const FACTS: Facts = Facts { acyclic: true, ..P::FACTS };
}

impl<P: Promise, Q: Promise> Promise for Both<P, Q> {
    const FACTS: Facts = P::FACTS.and(Q::FACTS);
}

impl<T: Trace, D: Depth> Promise for Of<T, D> {
    const FACTS: Facts = read(T::shape::<D>);
}

/// Reads the promise from the type of a function, which is not called.
pub(super) const fn read<P: Promise, F: FnOnce() -> Shape<P> + Copy>(_: F) -> Facts {
    P::FACTS
}

/// How far [`Trace::shape`] still looks into the types of fields.
///
/// Types may contain each other, so a plain "all my fields are leaves" would never end. A derived
/// type takes one step for its fields, and where no step is left nothing is promised. Implemented
/// by this crate only.
pub trait Depth: sealed::Sealed + 'static {
    /// One step less: for the fields of a type.
    #[doc(hidden)]
    type Less: Depth;

    /// `P` if there is a step left, otherwise the promise of nothing.
    #[doc(hidden)]
    type Limit<P: Promise>: Promise;
}

pub(super) mod sealed {
    pub trait Sealed {}
}

/// No step left.
#[derive(Debug)]
pub struct Spent;

/// One step more than `D`.
#[derive(Debug)]
pub struct Step<D>(PhantomData<D>);

/// Where every question starts: deep enough for sixteen nested structures.
pub type Full = Eight<Eight<Spent>>;
type Eight<D> = Step<Step<Step<Step<Step<Step<Step<Step<D>>>>>>>>;

impl Depth for Spent {
    type Less = Self;
    type Limit<P: Promise> = OpaquePromise;
}

impl<D: Depth> Depth for Step<D> {
    type Less = D;
    type Limit<P: Promise> = P;
}

impl sealed::Sealed for LeafPromise {}
impl sealed::Sealed for NodePromise {}
impl sealed::Sealed for OpaquePromise {}
impl<P> sealed::Sealed for Acyclic<P> {}
impl<P, Q> sealed::Sealed for Both<P, Q> {}
impl<T, D> sealed::Sealed for Of<T, D> {}
impl sealed::Sealed for Spent {}
impl<D> sealed::Sealed for Step<D> {}
