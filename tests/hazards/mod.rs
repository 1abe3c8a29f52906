//! Known failures of programs of this kind, each with a test that it does not happen here.
//!
//! Each file is one family of hazards; each test is named after the promise that it holds the crate
//! to. The values in them are actors: they record what happens to them in a log, and run given
//! actions in their finalizers and destructors.

#![allow(clippy::type_complexity, reason = "the shapes of values are what the tests are about")]
#![allow(clippy::modulo_one, reason = "alignments are tried from one up")]

#[cfg(recyc_audit)]
mod audit;
#[cfg(recyc_audit)]
mod audit_shape;
mod checker;
mod contracts;
mod exits;
mod leaks;
#[cfg(not(recyc_audit))]
mod liars;
mod limits;
mod neighbours;
mod nesting;
mod panics;
mod payloads;
use crate::support::quiet;
mod reentrancy;
mod slices;
mod stacks;
mod weak;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::thread;

use recyc::{Config, Finalize, Gc, Leaf, Trace, Tracer, Weak};

/// Runs a test on a thread of its own: a heap belongs to a thread, and this one ends before the
/// test does.
pub fn alone(test: impl FnOnce() + Send + 'static) {
    quiet::print_no_backtraces();
    let run = || {
        recyc::configure(Config::manual()).expect("a valid Config");
        test();
        recyc::inspect::check();
    };
    thread::spawn(run).join().unwrap_or_else(|payload| resume_unwind(payload));
}

/// The events, in order.
#[derive(Clone, Default)]
pub struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    pub fn note(&self, what: impl Into<String>) {
        self.0.borrow_mut().push(what.into());
    }

    pub fn take(&self) -> Vec<String> {
        self.0.take()
    }

    /// For what happens in no particular order.
    pub fn take_sorted(&self) -> Vec<String> {
        let mut all = self.take();
        all.sort();
        all
    }
}

/// A guard: untraced, with a destructor that may do anything but reach a neighbour through a
/// handle.
pub struct End {
    name: &'static str,
    log: Log,
    act: RefCell<Option<Box<dyn FnOnce()>>>,
}

impl End {
    pub fn new(name: &'static str, log: &Log) -> Self {
        Self { name, log: log.clone(), act: RefCell::default() }
    }

    /// The action of the destructor.
    pub fn act(&self, act: impl FnOnce() + 'static) {
        self.act.replace(Some(Box::new(act)));
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.log.note(format!("{} dropped", self.name));
        if let Some(act) = self.act.take() {
            act();
        }
    }
}

type Words = Box<dyn FnOnce(&Actor)>;

/// A value with a finalizer, whose type can be disposed.
#[derive(Trace)]
#[trace(finalize)]
pub struct Actor {
    pub name: &'static str,
    pub edges: RefCell<Vec<Gc<Actor>>>,
    pub me: Weak<Actor>,
    finalizers: Leaf<RefCell<Option<Words>>>,
    end: Leaf<End>,
}

impl Actor {
    pub fn new(name: &'static str, log: &Log) -> Gc<Self> {
        Gc::new_cyclic(|me| Self {
            name,
            edges: RefCell::default(),
            me: me.clone(),
            finalizers: Leaf(RefCell::default()),
            end: Leaf(End::new(name, log)),
        })
    }

    /// The action of the finalizer.
    pub fn finalizers(&self, words: impl FnOnce(&Self) + 'static) {
        self.finalizers.replace(Some(Box::new(words)));
    }

    /// The action of the destructor.
    pub fn at_end(&self, act: impl FnOnce() + 'static) {
        self.end.act(act);
    }

    pub fn link(&self, to: &Gc<Self>) {
        self.edges.borrow_mut().push(to.clone());
    }

    pub fn next(&self) -> Gc<Self> {
        self.edges.borrow()[0].clone()
    }
}

impl Finalize for Actor {
    fn finalize(&self) {
        self.end.log.note(format!("{} finalized", self.name));
        if let Some(words) = self.finalizers.take() {
            words(self);
        }
    }
}

/// Actors that hold each other in a ring.
pub fn ring<const N: usize>(names: [&'static str; N], log: &Log) -> [Gc<Actor>; N] {
    let actors = names.map(|name| Actor::new(name, log));
    for (at, actor) in actors.iter().enumerate() {
        actor.link(&actors[(at + 1) % N]);
    }
    actors
}

/// A value without a finalizer that cannot be disposed: it is dropped by glue.
pub struct Glue {
    pub edges: RefCell<Vec<Gc<Glue>>>,
    pub end: End,
}

// SAFETY: the vector belongs to this value alone, so each handle is owned and reported once;
// nothing is changed.
unsafe impl Trace for Glue {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.edges.trace(tracer);
    }
}

impl Glue {
    pub fn ring<const N: usize>(names: [&'static str; N], log: &Log) -> [Gc<Self>; N] {
        let all =
            names.map(|name| Gc::new(Self { edges: RefCell::default(), end: End::new(name, log) }));
        for (at, one) in all.iter().enumerate() {
            one.edges.borrow_mut().push(all[(at + 1) % N].clone());
        }
        all
    }

    pub fn at_end(&self, act: impl FnOnce() + 'static) {
        self.end.act(act);
    }
}

/// A place outside of the heap where something can be put.
pub type Place<T> = Rc<RefCell<Vec<T>>>;

pub fn place<T>() -> Place<T> {
    Rc::default()
}

/// Counts, from inside closures.
pub type Count = Rc<Cell<usize>>;

/// The text of the panic that `act` ends with.
pub fn panic_of<R>(act: impl FnOnce() -> R) -> String {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(_) => String::from("no panic"),
        Err(payload) => payload
            .downcast_ref::<&str>()
            .map_or_else(|| "no text".into(), |text| String::from(*text)),
    }
}
