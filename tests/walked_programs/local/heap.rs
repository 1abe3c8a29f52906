//! The names of the heap of one thread, and the places that its values may have.

use std::any::Any;
use std::cell::{Cell, RefCell};

use recyc::{Call, GcCell, Trace};
pub use recyc::{
    Cleaner, CollectGuard, ExternalMemory, Gc, PauseGuard, Weak, collect, collect_if_needed,
    collect_step, collect_young, config, configure, disable, enable, freeze, is_pending, pause,
    run_finalizers, stats, unfreeze,
};

use super::machine::links::{Exposed, Link};
use super::machine::values::{Knot, Thing};

/// How many times its limit a step may look at, if it calls no finalizer.
pub const STEP: usize = 1;

/// Whether a collection can be suspended between two steps of a program.
pub const SUSPENDS: bool = false;

/// The bounds of a value beside `Trace`.
pub trait Bound {}
impl<T: ?Sized> Bound for T {}

pub type DynThing = dyn Thing;
pub type DynAny = dyn Any;
pub type DynCode = dyn Call<(), Exposed>;

/// A place that can be in use.
#[derive(Trace)]
pub struct Place<T>(RefCell<T>);

impl<T> Place<T> {
    pub const fn new(value: T) -> Self {
        Self(RefCell::new(value))
    }

    /// Runs `f` on the content, unless the place is in use.
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.try_borrow_mut().ok().map(|mut value| f(&mut value))
    }
}

/// A place without a flag.
#[derive(Trace)]
pub struct Quick(Cell<Option<Link>>);

impl Quick {
    pub const fn new(link: Option<Link>) -> Self {
        Self(Cell::new(link))
    }

    /// Puts `link` in and returns what was there.
    pub fn put(&self, link: Option<Link>) -> Option<Link> {
        self.0.replace(link)
    }

    pub fn with<R>(&self, f: impl FnOnce(&Option<Link>) -> R) -> Option<R> {
        let link = self.0.take();
        let result = f(&link);
        self.0.set(link);
        Some(result)
    }
}

/// A place for a handle of one type.
#[derive(Trace)]
pub struct Tight(GcCell<Option<Gc<Knot>>>);

impl Tight {
    pub const fn new() -> Self {
        Self(GcCell::new(None))
    }

    /// Puts `link` in and returns what was there, or what does not fit.
    pub fn put(&self, link: Option<Link>) -> Option<Link> {
        match link {
            Some(Link::Knot(knot)) => self.0.replace(Some(knot)).map(Link::Knot),
            None => self.0.take().map(Link::Knot),
            other => other,
        }
    }

    pub fn get(&self) -> Option<Link> {
        self.0.get().map(Link::Knot)
    }

    pub fn with<R>(&self, f: impl FnOnce(&Option<Link>) -> R) -> R {
        let link = self.0.take().map(Link::Knot);
        let result = f(&link);
        drop(self.put(link));
        result
    }
}

/// Switches off the safeguard that the environment names, on this thread.
#[cfg(all(recyc_mutants, not(recyc_tsan)))]
pub fn mutants() {
    use recyc::inspect::Mutant;

    let all = [
        Mutant::NoRetainedRoots,
        Mutant::NoRetainedTargets,
        Mutant::NoRetainedRevived,
        Mutant::KeepCandidateOnGetMut,
        Mutant::WeaksClearedLate,
        Mutant::NoPin,
    ];
    recyc::inspect::mutants(crate::mutants::wanted(&all).as_slice());
}

#[cfg(not(all(recyc_mutants, not(recyc_tsan))))]
pub fn mutants() {}
