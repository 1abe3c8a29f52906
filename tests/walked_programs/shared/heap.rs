//! The names of the heap that threads share, and the places that its values may have.

use std::any::Any;
use std::sync::{Mutex, OnceLock, RwLock, TryLockError};

pub use recyc::sync::{
    Cleaner, CollectGuard, ExternalMemory, Gc, PauseGuard, Weak, collect, collect_if_needed,
    collect_step, collect_young, config, configure, disable, enable, freeze, is_pending, pause,
    run_finalizers, stats, unfreeze,
};
use recyc::{Call, Trace};

use super::machine::links::{Exposed, Link};
use super::machine::values::{Knot, Thing};

/// How many times its limit a step may look at, if it calls no finalizer. Entries of blocks that
/// were under `&mut` count like captured blocks.
pub const STEP: usize = 2;

/// Whether a collection can be suspended between two steps of a program.
pub const SUSPENDS: bool = true;

/// The bounds of a value beside `Trace`.
pub trait Bound: Send + Sync {}
impl<T: ?Sized + Send + Sync> Bound for T {}

pub type DynThing = dyn Thing;
pub type DynAny = dyn Any + Send + Sync;
pub type DynCode = dyn Call<(), Exposed> + Send + Sync;

/// A place that can be in use.
#[derive(Trace)]
pub struct Place<T>(Mutex<T>);

impl<T> Place<T> {
    pub const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Runs `f` on the content, unless the place is in use.
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        match self.0.try_lock() {
            Ok(mut value) => Some(f(&mut value)),
            Err(TryLockError::Poisoned(value)) => Some(f(&mut value.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// A place that several threads may read at the same time.
#[derive(Trace)]
pub struct Quick(RwLock<Option<Link>>);

impl Quick {
    pub const fn new(link: Option<Link>) -> Self {
        Self(RwLock::new(link))
    }

    /// Puts `link` in and returns what was there, or `link` if the place is in use.
    pub fn put(&self, link: Option<Link>) -> Option<Link> {
        match self.0.try_write() {
            Ok(mut place) => std::mem::replace(&mut *place, link),
            Err(TryLockError::Poisoned(place)) => std::mem::replace(&mut *place.into_inner(), link),
            Err(TryLockError::WouldBlock) => link,
        }
    }

    pub fn with<R>(&self, f: impl FnOnce(&Option<Link>) -> R) -> Option<R> {
        match self.0.try_read() {
            Ok(place) => Some(f(&place)),
            Err(TryLockError::Poisoned(place)) => Some(f(&place.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// A place that is filled once.
#[derive(Trace)]
pub struct Tight(OnceLock<Option<Link>>);

impl Tight {
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Puts `link` in, or returns it if the place is full.
    pub fn put(&self, link: Option<Link>) -> Option<Link> {
        match link {
            Some(Link::Knot(knot)) => match self.0.set(Some(Link::Knot(knot))) {
                Ok(()) => None,
                Err(link) => link,
            },
            other => other,
        }
    }

    pub fn get(&self) -> Option<Link> {
        self.0.get().cloned().flatten()
    }

    pub fn with<R>(&self, f: impl FnOnce(&Option<Link>) -> R) -> R {
        f(self.0.get().unwrap_or(&None))
    }
}

#[expect(dead_code, reason = "the target of `Tight` in the other heap")]
type Only = Knot;

/// The heap that threads share has models for its safeguards: `tests/loom`.
pub fn mutants() {}
