//! What destructors and finalizers do.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::Relaxed;

use super::canary::planned_panic;
use super::heap;
use super::ledger::world;
use super::links::{Link, WeakLink};
use super::values::Knot;

/// What a destructor does. The handles in it are not reported to the collector.
pub enum Action {
    /// Drops handles.
    Drop(Vec<Link>),
    /// Clones a handle, saves the clone, and drops the handle.
    Save(Link),
    /// Upgrades a `Weak` and saves the handle.
    Upgrade(WeakLink),
    /// Makes a value that is on a cycle with itself.
    Allocate,
    Collect,
    Panic,
}

impl Action {
    /// The handles in it.
    pub fn links(&self) -> &[Link] {
        match self {
            Self::Drop(links) => links,
            Self::Save(link) => std::slice::from_ref(link),
            _ => &[],
        }
    }

    pub fn weak(&self) -> Option<&WeakLink> {
        match self {
            Self::Upgrade(weak) => Some(weak),
            _ => None,
        }
    }

    /// Runs in a destructor, which may run while the thread unwinds.
    pub fn run(self) {
        match self {
            Self::Drop(_) => {}
            Self::Save(link) => save(link.clone()),
            Self::Upgrade(weak) => weak.upgrade().into_iter().for_each(save),
            Self::Allocate => caught(|| drop(ring_of_one())),
            Self::Collect => collect(),
            Self::Panic if std::thread::panicking() => {}
            Self::Panic => planned_panic(),
        }
    }
}

/// Collects, and ends its panic. Nothing depends on whether the collection was nested: a destructor
/// may run outside of one.
fn collect() {
    let report = catch_unwind(AssertUnwindSafe(heap::collect));
    let is_nested = report.as_ref().is_ok_and(|report| report.nested);
    world().collections.fetch_add(u32::from(!is_nested), Relaxed);
    if is_nested && report.is_ok_and(|report| report.reclaimed > 0) {
        world().fail("a nested collection has reclaimed".into());
    }
}

/// Runs `f` and ends its panic.
fn caught(f: impl FnOnce()) {
    _ = catch_unwind(AssertUnwindSafe(f));
}

/// Checks a handle and gives it to the program.
pub fn save(link: Link) {
    link.check();
    // A value that a program before this one has leaked is not of this program.
    let world = world();
    let mut link = std::ptr::eq(link.thing().canary().world(), world).then_some(link);
    world.haven.with(|haven| haven.extend(link.take()));
}

/// A value with a handle to itself.
pub fn ring_of_one() -> Link {
    let link = Link::Knot(heap::Gc::new(Knot::new(None)));
    link.settle();
    drop(link.thing().put(0, Some(link.clone())));
    link
}

/// What a finalizer does.
pub enum Will {
    Nothing,
    /// Makes the value reachable for the program.
    Haven,
    /// Puts a handle to the value into one that it has a handle to.
    Neighbour,
    /// Drops a handle of the value.
    Release,
    Upgrade(WeakLink),
    Allocate,
    Collect,
    Panic,
}

impl Will {
    pub fn weak(&self) -> Option<&WeakLink> {
        match self {
            Self::Upgrade(weak) => Some(weak),
            _ => None,
        }
    }

    /// Runs in the finalizer of a value that has `own` as the handle to itself and `neighbour` in
    /// its place.
    pub fn run(
        self,
        own: Option<Link>,
        neighbour: Option<Link>,
        release: impl FnOnce() -> Option<Link>,
    ) {
        match self {
            Self::Nothing => {}
            Self::Haven => own.into_iter().for_each(save),
            Self::Neighbour => drop(neighbour.and_then(|neighbour| neighbour.thing().put(1, own))),
            Self::Release => drop(release()),
            Self::Upgrade(weak) => weak.upgrade().into_iter().for_each(save),
            Self::Allocate => caught(|| drop(ring_of_one())),
            Self::Collect => collect(),
            Self::Panic if std::thread::panicking() => {}
            Self::Panic => planned_panic(),
        }
    }
}
