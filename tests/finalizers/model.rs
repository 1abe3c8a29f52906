//! A value with a finalizer that records each call.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::kind::{self, Finalize, Gc, GcCell, Trace, Weak};

/// The numbers of the values whose finalizers were called, and of the values that were destroyed.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<(Vec<u32>, Vec<u32>)>>);

impl Log {
    fn change(&self, how: impl FnOnce(&mut (Vec<u32>, Vec<u32>))) {
        how(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The numbers of the values whose finalizers were called, in rising order.
    pub fn finalized(&self) -> Vec<u32> {
        let mut finalized = Vec::new();
        self.change(|(numbers, _)| finalized.clone_from(numbers));
        finalized.sort_unstable();
        finalized
    }

    /// How many values were destroyed.
    pub fn destroyed(&self) -> usize {
        let mut destroyed = 0;
        self.change(|(_, numbers)| destroyed = numbers.len());
        destroyed
    }
}

/// Records the end of the value that owns it.
pub struct End(Log, u32);

impl Drop for End {
    fn drop(&mut self) {
        self.0.change(|(_, destroyed)| destroyed.push(self.1));
    }
}

type Action = Box<dyn Fn(&File) + Send + Sync>;

/// A value with a finalizer, and with handles.
#[derive(Trace)]
#[trace(finalize)]
pub struct File {
    pub next: GcCell<Option<Gc<File>>>,
    pub plain: GcCell<Option<Gc<Plain>>>,
    number: u32,
    #[trace(skip)]
    log: Log,
    #[trace(skip)]
    action: Option<Action>,
    #[trace(skip)]
    _end: End,
}

impl Finalize for File {
    fn finalize(&self) {
        self.log.change(|(finalized, _)| finalized.push(self.number));
        if let Some(action) = &self.action {
            action(self);
        }
    }
}

/// A value without a finalizer.
#[derive(Trace)]
pub struct Plain {
    pub next: GcCell<Option<Gc<Plain>>>,
    pub file: GcCell<Option<Gc<File>>>,
    #[trace(skip)]
    _end: End,
}

impl File {
    pub fn new(log: &Log, number: u32) -> Gc<Self> {
        Self::with(log, number, None)
    }

    pub fn with(log: &Log, number: u32, action: Option<Action>) -> Gc<Self> {
        let (next, plain, end) = (GcCell::default(), GcCell::default(), End(log.clone(), number));
        Gc::new(Self { next, plain, number, log: log.clone(), action, _end: end })
    }

    /// A value that owns a handle to itself.
    pub fn knot(log: &Log, number: u32) -> Gc<Self> {
        let file = Self::new(log, number);
        file.next.set(Some(file.clone()));
        file
    }
}

impl Plain {
    pub fn new(log: &Log, number: u32) -> Gc<Self> {
        Gc::new(Self {
            next: GcCell::default(),
            file: GcCell::default(),
            _end: End(log.clone(), number),
        })
    }

    /// A value that owns a handle to itself.
    pub fn knot(log: &Log, number: u32) -> Gc<Self> {
        let plain = Self::new(log, number);
        plain.next.set(Some(plain.clone()));
        plain
    }
}

/// Runs a test on a thread of its own, with its own heap or with a turn on the shared one.
pub fn alone(test: impl FnOnce() + Send + 'static) {
    let run = move || {
        let _turn = kind::alone();
        let result = catch_unwind(AssertUnwindSafe(test));
        kind::configure(kind::Config::default().with_automatic(false)).unwrap();
        kind::collect();
        result.unwrap_or_else(|payload| resume_unwind(payload));
    };
    thread::spawn(run).join().unwrap_or_else(|payload| resume_unwind(payload));
}

/// A `Weak` to a value, for a test that looks whether the value exists.
pub fn weak<T>(handle: &Gc<T>) -> Weak<T> {
    Gc::downgrade(handle)
}
