//! A node that owns handles in every kind of cell, and a ledger of the nodes that are gone.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use recyc::Trace;
use recyc::sync::Gc;

use crate::support::shared;

/// How often a test repeats something, or how much it makes: much less under Miri.
pub const fn times(native: usize, under_miri: usize) -> usize {
    if cfg!(miri) { under_miri } else { native }
}

/// The tests share one heap, so those that count what a collection finds take turns.
pub fn alone() -> shared::Turn {
    super::quiet::print_no_backtraces();
    shared::alone()
}

/// Counts the values that are gone.
#[derive(Clone, Default)]
pub struct Ledger(pub Arc<AtomicUsize>);

impl Ledger {
    pub fn dropped(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    pub fn guard(&self) -> Guard {
        Guard(self.0.clone(), None)
    }
}

/// A part of a value that notes when the value goes, and may do something more then.
pub struct Guard(pub Arc<AtomicUsize>, pub Option<Box<dyn Fn() + Send + Sync>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
        if let Some(action) = &self.1 {
            action();
        }
    }
}

#[derive(Trace)]
pub struct Node {
    pub edges: Mutex<Vec<Gc<Node>>>,
    pub shared: RwLock<Option<Gc<Node>>>,
    pub once: OnceLock<Gc<Node>>,
    #[trace(skip)]
    _guard: Guard,
}

impl Node {
    pub fn new(ledger: &Ledger) -> Gc<Self> {
        Self::with(ledger.guard())
    }

    pub fn with(guard: Guard) -> Gc<Self> {
        Gc::new(Self {
            edges: Mutex::default(),
            shared: RwLock::default(),
            once: OnceLock::new(),
            _guard: guard,
        })
    }

    /// A node whose end runs `action`.
    pub fn then(ledger: &Ledger, action: impl Fn() + Send + Sync + 'static) -> Gc<Self> {
        Self::with(Guard(ledger.0.clone(), Some(Box::new(action))))
    }

    pub fn link(&self, target: &Gc<Self>) {
        self.edges.lock().unwrap().push(target.clone());
    }
}

/// A ring of nodes; the first.
pub fn ring(ledger: &Ledger, size: usize) -> Gc<Node> {
    let nodes: Vec<_> = (0..size).map(|_| Node::new(ledger)).collect();
    for at in 0..size {
        nodes[at].link(&nodes[(at + 1) % size]);
    }
    nodes[0].clone()
}
