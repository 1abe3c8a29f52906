//! A graph whose hub holds its handles in the type under test, and a ledger of every drop.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};

use super::kind::{Bound, Depth, Disposer, Gc, Leaf, Promise, RefCell, Shape, Trace, Tracer};

/// A type constructor under test.
pub trait Kind: Sized + 'static {
    type Of<P: Element>: Trace + Bound;

    /// With how many parts a value can be made.
    const SIZES: &'static [usize];

    fn hold<P: Element>(parts: Vec<P>) -> Self::Of<P>;
}

/// The traits that a kind may require of its parts.
pub trait Element: Trace + Ord + Hash + Clone + std::io::Read + Bound {}

/// How often each guard was dropped, by label.
#[derive(Clone, Default)]
pub struct Ledger(Arc<Mutex<Vec<u32>>>);

impl Ledger {
    pub fn guard(&self) -> Guard {
        let mut drops = self.0.lock().unwrap();
        drops.push(0);
        Guard { label: drops.len() - 1, ledger: self.clone(), bomb: AtomicBool::new(false) }
    }

    #[track_caller]
    pub fn assert_nothing_dropped(&self) {
        let drops = self.0.lock().unwrap().clone();
        assert!(drops.iter().all(|&drops| drops == 0), "dropped early: {drops:?}");
    }

    #[track_caller]
    pub fn assert_all_dropped_once(&self) {
        let drops = self.0.lock().unwrap().clone();
        assert!(drops.iter().all(|&drops| drops == 1), "leaked or dropped twice: {drops:?}");
    }
}

/// Counts its drop, and panics in it if it is a bomb.
pub struct Guard {
    label: usize,
    ledger: Ledger,
    bomb: AtomicBool,
}

impl Guard {
    pub fn drops(&self) -> impl Fn() -> u32 + use<> {
        let (ledger, label) = (self.ledger.clone(), self.label);
        move || ledger.0.lock().unwrap()[label]
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.ledger.0.lock().unwrap()[self.label] += 1;
        if self.bomb.load(Relaxed) {
            panic!("a bomb goes off");
        }
    }
}

/// A handle, and beside it a guard that is not traced.
pub struct Part<K: Kind> {
    to: Gc<Node<K>>,
    guard: Leaf<Guard>,
}

// SAFETY: the handle belongs to this value alone; the guard is a leaf.
unsafe impl<K: Kind> Trace for Part<K> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.to.trace(tracer);
    }

    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: the caller gives up the value, and so both fields.
        let _guards = unsafe { (disposer.part(&mut self.to), disposer.part(&mut self.guard)) };
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}

impl<K: Kind> Element for Part<K> {}

impl<K: Kind> std::io::Read for Part<K> {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        unreachable!("nothing reads from a part")
    }
}

impl<K: Kind> Clone for Part<K> {
    fn clone(&self) -> Self {
        unreachable!("no collection clones a part")
    }
}

impl<K: Kind> Ord for Part<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.guard.label.cmp(&other.guard.label)
    }
}

impl<K: Kind> PartialOrd for Part<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Kind> PartialEq for Part<K> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<K: Kind> Eq for Part<K> {}

impl<K: Kind> Hash for Part<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.guard.label.hash(state);
    }
}

/// A node of the graph: the hub holds parts, any node may point back.
pub struct Node<K: Kind> {
    pub held: OnceLock<K::Of<Part<K>>>,
    pub back: RefCell<Option<Gc<Self>>>,
    pub guard: Leaf<Guard>,
}

// SAFETY: both handles and what `held` owns belong to this value alone; the guard is a leaf.
unsafe impl<K: Kind> Trace for Node<K> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.held.trace(tracer);
        self.back.trace(tracer);
    }

    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: the caller gives up the value, and so its fields.
        let _guards = unsafe {
            (
                disposer.part(&mut self.held),
                disposer.part(&mut self.back),
                disposer.part(&mut self.guard),
            )
        };
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}

/// A hub, and one target for each part that it holds.
pub struct World<K: Kind> {
    pub ledger: Ledger,
    pub hub: Gc<Node<K>>,
    pub targets: Vec<Gc<Node<K>>>,
}

impl<K: Kind> World<K> {
    /// The hub holds `size` targets and itself. With a `bomb`, the guard of that part panics.
    pub fn star(size: usize, bomb: Option<usize>) -> Self {
        let world = Self::unlinked(size, bomb);
        *world.hub.back.borrow_mut() = Some(world.hub.clone());
        world
    }

    /// The hub holds `size` targets, and each points back to the hub. Without targets the hub
    /// points to itself.
    pub fn ring(size: usize, bomb: Option<usize>) -> Self {
        let world = if size == 0 { Self::star(0, bomb) } else { Self::unlinked(size, bomb) };
        for target in &world.targets {
            *target.back.borrow_mut() = Some(world.hub.clone());
        }
        world
    }

    fn unlinked(size: usize, bomb: Option<usize>) -> Self {
        crate::quiet::print_no_backtraces();
        let ledger = Ledger::default();
        let node = || {
            let guard = Leaf(ledger.guard());
            Gc::new(Node { held: OnceLock::new(), back: RefCell::new(None), guard })
        };
        let hub = node();
        let targets: Vec<_> = (0..size).map(|_| node()).collect();
        let parts = targets.iter().map(|to| Part { to: to.clone(), guard: Leaf(ledger.guard()) });
        let parts: Vec<_> = parts.collect();
        if let Some(bomb) = bomb {
            parts[bomb].guard.bomb.store(true, Relaxed);
        }
        assert!(hub.held.set(K::hold(parts)).is_ok());
        Self { ledger, hub, targets }
    }

    /// Gives up all handles, and returns the ledger.
    pub fn leave(self) -> Ledger {
        self.ledger
    }
}
