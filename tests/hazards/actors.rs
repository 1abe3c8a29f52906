//! The values of the hazards, for either heap: they record what happens to them in a log, and run
//! given actions in their finalizers and destructors.
#![allow(dead_code, reason = "each heap uses a part of it")]

use super::kind::{
    Act, Cell, Finalize, Gc, Leaf, Rc, RefCell, Sendable, Trace, Tracer, Weak, Words,
};

/// The events, in order.
#[derive(Clone, Default)]
pub struct Log(pub Rc<RefCell<Vec<String>>>);

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
    act: Cell<Option<Act>>,
}

impl End {
    pub fn new(name: &'static str, log: &Log) -> Self {
        Self { name, log: log.clone(), act: Cell::default() }
    }

    /// The action of the destructor.
    pub fn act(&self, act: impl FnOnce() + Sendable + 'static) {
        self.act.set(Some(Box::new(act)));
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

/// A value with a finalizer, whose type can be disposed.
#[derive(Trace)]
#[trace(finalize)]
pub struct Actor {
    pub name: &'static str,
    pub edges: RefCell<Vec<Gc<Actor>>>,
    pub me: Weak<Actor>,
    finalizers: Leaf<Cell<Option<Words<Self>>>>,
    end: Leaf<End>,
}

impl Actor {
    pub fn new(name: &'static str, log: &Log) -> Gc<Self> {
        Gc::new_cyclic(|me| Self {
            name,
            edges: RefCell::default(),
            me: me.clone(),
            finalizers: Leaf(Cell::default()),
            end: Leaf(End::new(name, log)),
        })
    }

    /// The action of the finalizer.
    pub fn finalizers(&self, words: impl FnOnce(&Self) + Sendable + 'static) {
        self.finalizers.set(Some(Box::new(words)));
    }

    /// The action of the destructor.
    pub fn at_end(&self, act: impl FnOnce() + Sendable + 'static) {
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

    pub fn at_end(&self, act: impl FnOnce() + Sendable + 'static) {
        self.end.act(act);
    }
}

/// A place outside of the heap where something can be put.
pub type Place<T> = Rc<RefCell<Vec<T>>>;

pub fn place<T>() -> Place<T> {
    Rc::default()
}
