//! What is deep behind locks is traced while they are locked, and the locks are as before after
//! that.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, RwLock};

use recyc::{Config, Gc, Trace, Tracer};

/// Deeper than the nesting that is traced on the stack.
const DEPTH: usize = 100;

/// Looks at the locks around it when it is traced.
struct Probe(RefCell<Vec<*const Link>>, Cell<usize>, bool);

// SAFETY: there is no handle in it.
unsafe impl Trace for Probe {
    fn trace(&self, _: &mut Tracer<'_>) {
        // SAFETY: the links stand in boxes of the value that is being traced.
        let locked = self.0.borrow().iter().filter(|link| unsafe { &***link }.is_locked()).count();
        self.1.set(locked);
        assert!(!self.2, "the trace panics");
    }
}

#[derive(Trace)]
enum Link {
    End(Probe),
    Mutex(Box<Mutex<Link>>),
    RwLock(Box<RwLock<Link>>),
}

impl Link {
    fn is_locked(&self) -> bool {
        match self {
            Self::End(_) => false,
            Self::Mutex(lock) => lock.try_lock().is_err(),
            Self::RwLock(lock) => lock.try_write().is_err(),
        }
    }

    /// Calls `with` on this link and all behind it.
    fn for_each(&self, with: &mut impl FnMut(&Self)) {
        with(self);
        match self {
            Self::End(_) => {}
            Self::Mutex(lock) => lock.lock().expect("not poisoned").for_each(with),
            Self::RwLock(lock) => lock.read().expect("not poisoned").for_each(with),
        }
    }
}

/// Collects a chain of locks; returns whether that panicked, and how many locks were locked at its
/// end then.
fn collect_through(wrap: impl Fn(Link) -> Link, panics: bool) -> (bool, usize) {
    recyc::configure(Config::manual()).expect("a valid Config");
    let chain = (0..DEPTH)
        .fold(Link::End(Probe(RefCell::default(), Cell::default(), panics)), |inner, _| {
            wrap(inner)
        });
    let chain = Gc::new(chain);
    let mut links = Vec::new();
    chain.for_each(&mut |link| links.push(std::ptr::from_ref(link)));
    chain.for_each(&mut |link| {
        if let Link::End(probe) = link {
            probe.0.replace(links.clone());
        }
    });
    drop(chain.clone());
    let panicked =
        catch_unwind(AssertUnwindSafe(recyc::collect)).map_or(true, |report| report.abandoned);
    let mut locked = None;
    chain.for_each(&mut |link| {
        if let Link::End(probe) = link {
            locked = Some(probe.1.get());
        }
    });
    // SAFETY: the links are still where they were.
    assert!(links.iter().all(|link| !unsafe { &**link }.is_locked()));
    (panicked, locked.expect("an end"))
}

#[test]
fn what_is_behind_many_locks_is_traced_while_all_are_locked() {
    assert_eq!(
        collect_through(|inner| Link::Mutex(Box::new(Mutex::new(inner))), false),
        (false, DEPTH)
    );
    assert_eq!(
        collect_through(|inner| Link::RwLock(Box::new(RwLock::new(inner))), false),
        (false, DEPTH)
    );
}

#[test]
fn a_panic_behind_many_locks_neither_poisons_nor_jams_one() {
    assert_eq!(
        collect_through(|inner| Link::Mutex(Box::new(Mutex::new(inner))), true),
        (true, DEPTH)
    );
    assert_eq!(
        collect_through(|inner| Link::RwLock(Box::new(RwLock::new(inner))), true),
        (true, DEPTH)
    );
}
