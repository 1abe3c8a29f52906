//! The contract between the collector and a type: which handles a value owns.
//!
//! A collection frees a set of values when every handle to them was found inside the set. So it
//! needs one fact from each type, and no more: the handles that a value owns, each once.
//! `#[derive(Trace)]` writes that down from the list of fields; the impls for foreign types are in
//! the files below, one family each.
//!
//! A type that reports too little leaks; a type that reports too much frees what is alive. That is
//! why the trait is `unsafe` to implement by hand, and why everything that *shares* ownership
//! (`Rc`, `Arc`, `&T`) reports nothing.
//!
//! Some modules are not `forbid(unsafe_code)` because they implement this trait, and call the
//! `dispose` of the parts of a value that is *given up*.

// The macros of these files write the impls in the files after them.
#[macro_use]
mod collections;
#[macro_use]
mod leaves;
#[macro_use]
mod parts;

pub(crate) mod boxed;
mod boxes;
mod calls;
mod cells;
pub(crate) mod derived;
pub(crate) mod fields;
mod functions;
mod iterators;
mod locks;

mod foreign;
#[forbid(unsafe_code)]
pub(crate) mod shape;
mod transparent;

pub use crate::raw::disposer::Disposer;
pub use crate::raw::tracer::Tracer;
pub use shape::{Depth, Promise, Shape};
pub(crate) use shape::{Facts, LeafPromise, Of, OpaquePromise, is_leaf};

/// A type whose values can tell the collector which [`Gc`](crate::Gc) handles they own.
///
/// Get it from `#[derive(Trace)]`; foreign types without handles fit into a [`Leaf`](crate::Leaf).
/// Writing it by hand is for containers of your own that no derive can see through.
///
/// `Trace` is usable as a supertrait: with `trait Shape: Trace`, `dyn Shape` can be traced.
///
/// # Safety
///
/// The implementor promises, for every value of the type and for as long as the value is not
/// mutated:
///
/// - [`trace`](Trace::trace) reports handles that this value owns **exclusively**, each **at most
///   once**, and the same ones each time. What lies behind shared ownership (`Rc`, `Arc`, a
///   reference, a static) is never reported, and neither is anything reached *through* a
///   [`Gc`](crate::Gc): report the handle, not its target. Leaving a handle out is safe: what it
///   points to then counts as held from outside, so a cycle through it leaks.
/// - `trace` clones, drops, creates, upgrades and moves no handle, changes no cell, starts no
///   collection and blocks on no lock. It may panic: the collection is abandoned and nothing is
///   lost, with one exception. A collection may trace a dead value once more before it destroys the
///   value. If that trace panics, each live value of which the trace has not reported a handle
///   keeps that handle's count, and leaks. In a sample the panic leaves the function that takes it,
///   such as `Gc::new`.
/// - A part on which `trace` calls `trace` stays where it is until the trace of the whole value has
///   returned: containers that nest deeply in one value are traced after the call. So it is no
///   temporary copy.
/// - If the type is `Sync`, so that its values may be in a [`sync::Gc`](crate::sync::Gc): `trace`
///   may be called from any thread, at any time, beside any method that takes `&self`. It reports a
///   handle only if the place where that stands cannot change without `&mut Self`, or only ever
///   goes from empty to full, or is behind a lock that it takes without waiting and hands over to
///   [`Tracer::lock`].
/// - [`dispose`](Trace::dispose) destroys exactly what `trace` does not report, and touches none of
///   the handles that it does report. It relies on no order among the parts on which it calls
///   `dispose`: a part that is nested deeply in the value may be moved by the call and destroyed
///   after it, before the `dispose` of the whole value has returned.
/// - [`owned_bytes`](Trace::owned_bytes) only reads: it moves, replaces and drops no part of the
///   value, and no target of a pointer in it.
/// - [`shape`](Trace::shape) promises no more than is true of every value.
/// - If the type or a part of it implements `Drop`, that code does not use any handle that `trace`
///   reports: it may run when the targets are already gone.
///
/// A build with `RUSTFLAGS="--cfg recyc_audit"` compares what is reported and panics at the
/// first wrong report that can be detected: a handle that is reported twice or stands in another
/// value, an answer that changes, more handles than there are, one that outlives its owner, a count
/// that changes while `trace` runs, a value that has no handle by its `shape` and reports one, a
/// `dispose` that drops a handle which `trace` reports. The message names the types and the number
/// of the report. Run the tests of a `Trace` of your own in such a build. In any other build a
/// value of which more handles are reported than exist lives, and
/// [`CollectionReport::overreported`](crate::CollectionReport::overreported) counts it.
///
/// # Examples
///
/// A stack of handles in a container that no derive knows:
///
/// ```
/// use recyc::{Gc, Trace, Tracer};
/// use std::cell::RefCell;
///
/// struct Stack<T: Trace>(RefCell<Vec<Gc<T>>>);
///
/// // SAFETY: the vector belongs to this value alone, so each handle is owned and reported once; nothing is changed.
/// unsafe impl<T: Trace> Trace for Stack<T> {
///     fn trace(&self, tracer: &mut Tracer<'_>) {
///         if let Ok(handles) = self.0.try_borrow() {
///             for handle in handles.iter() {
///                 handle.trace(tracer);
///             }
///         }
///     }
/// }
/// # let s = Gc::new(Stack::<u8>(RefCell::new(vec![Gc::new(1)])));
/// # assert_eq!(s.0.borrow().len(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "the collector cannot see which `Gc` handles `{Self}` owns",
    label = "`{Self}` does not implement `Trace`",
    note = "put `#[derive(Trace)]` on the type if it is yours",
    note = "if it owns no `Gc`, wrap it in `recyc::Leaf`, or mark its field with `#[trace(skip)]`",
    note = "instead of a closure use `recyc::closure!`, and instead of `dyn Fn(A) -> B` use `dyn recyc::Call<(A,), B>`: the captures are traced",
    note = "for the `Box` of a trait of yours, make `recyc::Trace` a supertrait and write `recyc::trace_dyn!(dyn Trait);` beside it"
)]
pub unsafe trait Trace: 'static {
    /// Reports every handle that this value owns, by calling `trace` on each part that may hold
    /// one.
    ///
    /// Called up to three times for each collection that captures the value, and now and then for a
    /// sample of new values outside of a collection.
    fn trace(&self, tracer: &mut Tracer<'_>);

    /// Destroys the value without touching the handles that [`trace`](Trace::trace) reports.
    ///
    /// The collector calls it for the dead whose [`shape`](Trace::shape) says `disposes`: the
    /// targets of the reported handles may already be freed then. The default leaks the value; a
    /// type without a `dispose` of its own keeps the default shape, and its values are destroyed by
    /// ordinary drop glue instead.
    ///
    /// # Safety
    ///
    /// The value is not used again, not even dropped, and every target of a reported handle is
    /// dead.
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        let _ = disposer;
    }

    /// Estimates how many bytes of memory the value owns outside of the place where it stands: the
    /// buffer of a vector, the table of a map, the target of a box.
    ///
    /// [`Gc::new`](crate::Gc::new) calls it, so that large values make a collection due earlier;
    /// see [`Config::young_bytes`](crate::Config::young_bytes). The value is taken by `&mut`, so
    /// that cells and locks are read without borrowing or locking. The default returns 0.
    /// `#[derive(Trace)]` returns the sum of the traced fields, and of those with an adapter
    /// ([`TraceWith::owned_bytes`]). It leaves out fields of types that own no bytes by their
    /// names, such as `u32`, `Gc<T>` and `Option<Gc<T>>`.
    ///
    /// An implementation takes constant time: it reads capacities, and does not visit elements.
    /// Memory that the elements own outside of their places is not included. A wrong estimate makes
    /// collections earlier or later and has no other effect. [`Tracer::note_bytes`] reports the
    /// same bytes to a collection.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::Trace;
    ///
    /// #[derive(Trace)]
    /// struct Page {
    ///     number: u32,
    ///     text: String,
    /// }
    ///
    /// assert_eq!(Page { number: 1, text: String::with_capacity(4_000) }.owned_bytes(), 4_000);
    /// ```
    fn owned_bytes(&mut self) -> usize {
        0
    }

    /// The properties of every value of this type that the collector may rely on.
    ///
    /// Optional: the default promises nothing. The function is never called: the compiler reads the
    /// answer from the type that it returns, once for each type. `D` bounds the answer for types
    /// that contain each other; a container passes `D` on unchanged to its parts. The answer may
    /// depend on those of the parts in any way: [`Shape`] says how.
    fn shape<D: Depth>() -> Shape<impl Promise>
    where
        Self: Sized,
    {
        Shape::OPAQUE
    }

    /// The function to call once before a value of this type is destroyed, if there is one.
    ///
    /// `#[trace(finalize)]` returns [`Finalize::finalize`](crate::Finalize::finalize) here.
    fn finalizer() -> Option<fn(&Self)>
    where
        Self: Sized,
    {
        None
    }
}

/// Reports the handles in a foreign type, for `#[trace(with = "path")]` on a field of that type.
///
/// # Safety
///
/// As for [`Trace::trace`], for values of type `F`.
///
/// # Examples
///
/// ```
/// use recyc::{Gc, Trace, TraceWith, Tracer};
/// # mod foreign { pub struct Pair<T>(pub T, pub T); }
///
/// struct BothOfPair;
///
/// // SAFETY: a pair owns both parts; each is reported once.
/// unsafe impl<T: Trace> TraceWith<foreign::Pair<T>> for BothOfPair {
///     fn trace(pair: &foreign::Pair<T>, tracer: &mut Tracer<'_>) {
///         pair.0.trace(tracer);
///         pair.1.trace(tracer);
///     }
/// }
///
/// #[derive(Trace)]
/// struct Node {
///     #[trace(with = "BothOfPair")]
///     children: foreign::Pair<Option<Gc<Node>>>,
/// }
/// # let _ = Gc::new(Node { children: foreign::Pair(None, None) });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not report the handles of `{F}`",
    label = "`TraceWith<{F}>` is not implemented for `{Self}`",
    note = "`with` names a type, and `unsafe impl TraceWith<{F}>` on it says how to trace the field"
)]
pub unsafe trait TraceWith<F: ?Sized> {
    /// Reports every handle that `value` owns.
    fn trace(value: &F, tracer: &mut Tracer<'_>);

    /// Estimates how many bytes of memory `value` owns outside of the place where it stands, as
    /// [`Trace::owned_bytes`] does for a type of the crate. The default returns 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::{Trace, TraceWith, Tracer};
    /// # mod foreign { pub struct Image(pub Box<[u8]>); }
    ///
    /// struct Pixels;
    ///
    /// // SAFETY: an image owns no handle.
    /// unsafe impl TraceWith<foreign::Image> for Pixels {
    ///     fn trace(image: &foreign::Image, tracer: &mut Tracer<'_>) {
    ///         tracer.note_bytes(image.0.len());
    ///     }
    ///
    ///     fn owned_bytes(image: &mut foreign::Image) -> usize {
    ///         image.0.len()
    ///     }
    /// }
    ///
    /// #[derive(Trace)]
    /// struct Page {
    ///     #[trace(with = "Pixels")]
    ///     picture: foreign::Image,
    /// }
    ///
    /// assert_eq!(Page { picture: foreign::Image([0; 4_000].into()) }.owned_bytes(), 4_000);
    /// ```
    fn owned_bytes(value: &mut F) -> usize {
        let _ = value;
        0
    }
}
