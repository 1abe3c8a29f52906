//! The handles that threads share, and cells for them under the names that those of one thread
//! have: so that one text is a test of either kind.
#![allow(dead_code, unused_imports, reason = "each test uses a part of it")]

use std::cell::Cell as StdCell;
pub use std::sync::Arc as Rc;
use std::sync::{
    Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    TryLockError,
};

pub use recyc::sync::{
    ByAddress, Call, Closure, Config, Depth, Disposer, Event, Finalize, Gc, Leaf, MakeMut, Promise,
    Shape, Trace, Tracer, Weak, closure, collect, collect_if_needed, collect_step, collect_young,
    config, configure, inspect, is_pending, on_collection, run_finalizers, unsize,
};
pub use recyc::{CollectionReport, trace_dyn};

/// Whether threads share the handles.
pub const SHARED: bool = true;

/// A value whose type can be read.
pub type Any = dyn std::any::Any + Send + Sync;

/// Functions of a value, and of a reference of any lifetime.
pub type ValueCall = dyn Call<(u8,), u8> + Send + Sync;
pub type TextCall = dyn for<'a> Call<(&'a str, u8), usize> + Send + Sync;

/// The supertraits of a trait whose objects are in a handle of this kind.
pub trait Bound: Send + Sync {}
impl<T: Send + Sync + ?Sized> Bound for T {}

/// What a closure needs, to be in a value of this heap.
pub trait Sendable: Send {}
impl<T: Send + ?Sized> Sendable for T {}

/// A closure in a value.
pub type Act = Box<dyn FnOnce() + Send>;

/// A closure in a value that takes the value.
pub type Words<T> = Box<dyn FnOnce(&T) + Send>;

pub type RefMut<'a, T> = RwLockWriteGuard<'a, T>;

/// A slice of one element.
pub fn slice_of<T: Trace + Send + Sync>(one: T) -> Gc<[T]> {
    unsize!(Gc::new([one]) => [T])
}

/// Checks nothing, as it would also visit all that earlier programs have left in the heap that they
/// share. A program calls `inspect::check_reachable` once instead, after its last step.
pub fn check_reachable(_: &(impl Trace + ?Sized)) {}

/// The replacement for `RefCell`: its borrows are those of a lock.
#[derive(Default)]
pub struct RefCell<T: ?Sized>(RwLock<T>);

impl<T> RefCell<T> {
    pub const fn new(value: T) -> Self {
        Self(RwLock::new(value))
    }

    pub fn replace(&self, value: T) -> T {
        std::mem::replace(&mut *self.borrow_mut(), value)
    }

    pub fn take(&self) -> T
    where
        T: Default,
    {
        self.replace(T::default())
    }

    pub fn swap(&self, other: &Self) {
        std::mem::swap(&mut *self.borrow_mut(), &mut *other.borrow_mut());
    }
}

impl<T: ?Sized> RefCell<T> {
    pub fn borrow(&self) -> RwLockReadGuard<'_, T> {
        self.try_borrow().unwrap()
    }

    pub fn borrow_mut(&self) -> RwLockWriteGuard<'_, T> {
        self.try_borrow_mut().unwrap()
    }

    pub fn try_borrow(&self) -> Result<RwLockReadGuard<'_, T>, Taken> {
        match self.0.try_read() {
            Ok(guard) => Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(Taken),
        }
    }

    pub fn try_borrow_mut(&self) -> Result<RwLockWriteGuard<'_, T>, Taken> {
        match self.0.try_write() {
            Ok(guard) => Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(Taken),
        }
    }
}

/// The lock is held.
#[derive(Debug)]
pub struct Taken;

impl<T: Clone> Clone for RefCell<T> {
    fn clone(&self) -> Self {
        Self::new(self.borrow().clone())
    }
}

impl<T> From<T> for RefCell<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

/// The replacement for `Cell` and for `GcCell`.
#[derive(Default)]
pub struct Cell<T>(Mutex<T>);
pub type GcCell<T> = Cell<T>;

impl<T> Cell<T> {
    pub const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.lock().clone()
    }

    pub fn set(&self, value: T) {
        drop(self.replace(value));
    }

    pub fn replace(&self, value: T) -> T {
        std::mem::replace(&mut *self.lock(), value)
    }

    pub fn take(&self) -> T
    where
        T: Default,
    {
        self.replace(T::default())
    }

    pub fn swap(&self, other: &Self) {
        if !std::ptr::eq(self, other) {
            std::mem::swap(&mut *self.lock(), &mut *other.lock());
        }
    }
}

impl<T: Clone> Clone for Cell<T> {
    fn clone(&self) -> Self {
        Self::new(self.get())
    }
}

#[cfg(feature = "serde")]
impl<T: serde::Serialize + Clone> serde::Serialize for Cell<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Cell<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

/// Writes `Trace` for what consists of a lock.
macro_rules! as_its_lock {
    ($($cell:ident),+) => {
        $(
            // SAFETY: as for the lock, which is all there is.
            unsafe impl<T: Trace> Trace for $cell<T> {
                fn trace(&self, tracer: &mut Tracer<'_>) {
                    self.0.trace(tracer);
                }

                unsafe fn dispose(&mut self, disposer: &Disposer) {
                    // SAFETY: the caller gives up the cell, and so the lock.
                    unsafe { self.0.dispose(disposer) }
                }

                fn shape<D: Depth>() -> Shape<impl Promise> {
                    T::shape::<D>()
                }
            }
        )+
    };
}
as_its_lock!(RefCell, Cell);

/// The turn of a test that counts blocks or collections, while it needs the heap for itself. A
/// thread may take it again.
#[derive(Debug)]
#[must_use]
pub struct Turn(());

static TAKEN: Mutex<bool> = Mutex::new(false);
static FREE: Condvar = Condvar::new();
thread_local!(static DEPTH: StdCell<usize> = const { StdCell::new(0) });

pub fn alone() -> Turn {
    if DEPTH.replace(DEPTH.get() + 1) > 0 {
        return Turn(());
    }
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    while *taken {
        taken = FREE.wait(taken).unwrap_or_else(PoisonError::into_inner);
    }
    *taken = true;
    drop(taken);
    let turn = Turn(());
    _ = configure(Config::default().with_automatic(false));
    while collect().reclaimed > 0 {}
    // Values that other tests have leaked are frozen, so that each collection does not trace them
    // again.
    recyc::sync::freeze();
    turn
}

impl Drop for Turn {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        if DEPTH.get() == 0 {
            *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = false;
            FREE.notify_one();
        }
    }
}
