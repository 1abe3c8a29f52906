//! The ledger: which values were born and dropped, and where a living one is.

use std::cell::{Cell, UnsafeCell};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use super::heap::{Place, stats};
use super::links::Link;
use super::values::Thing;

/// How many values a program may make.
pub const CAPACITY: usize = 1 << 14;

const UNBORN: u8 = 0;
const LIVE: u8 = 1;
const DROPPED: u8 = 2;

/// A value, by its id.
pub struct Entry {
    state: AtomicU8,
    pub finalized: AtomicU8,
    pub cleaned: AtomicU8,
    /// Whether the value has a finalizer that is called before its drop.
    pub has_soul: AtomicBool,
    /// How often the value has come to a place.
    pub moves: AtomicU32,
    thing: UnsafeCell<Option<NonNull<dyn Thing>>>,
}

/// All that a program knows of its values, except its handles.
pub struct World {
    entries: Box<[Entry]>,
    next: AtomicU32,
    drops: AtomicU32,
    finalizers: AtomicU32,
    failed: AtomicBool,
    failure: Mutex<String>,
    /// Whether one thread alone runs the program.
    pub alone: AtomicBool,
    /// Whether dead values may wait for their finalizers.
    pub may_wait: AtomicBool,
    /// How many collections destructors and finalizers have run that were not nested.
    pub collections: AtomicU32,
    /// Whether values may have been leaked as the documentation allows.
    pub tainted: AtomicBool,
    /// The calls of a hand-written `trace` until one panics; negative for none.
    pub trace_bomb: AtomicI32,
    /// The clones of a canary until one panics; negative for none.
    pub clone_bomb: AtomicI32,
    /// Handles that finalizers and destructors have saved, and that threads exchange.
    pub haven: Place<Vec<Link>>,
    /// Blocks that programs before this one have leaked.
    pub baseline: AtomicU64,
}

// SAFETY: `thing` is written by the thread that made the value or moved it, and read when no other
// thread runs. All else is atomic or behind locks, or the world belongs to one thread.
unsafe impl Sync for World {}

thread_local! {
    static WORLD: Cell<Option<&'static World>> = const { Cell::new(None) };
}

/// The world of this thread.
pub fn world() -> &'static World {
    WORLD.get().expect("the thread has entered a world")
}

impl World {
    /// Makes a world that is never freed, because destructors use it at the end of their thread.
    pub fn leaked() -> &'static Self {
        let entry = |_| Entry {
            state: AtomicU8::new(UNBORN),
            finalized: AtomicU8::new(0),
            cleaned: AtomicU8::new(0),
            has_soul: AtomicBool::new(false),
            moves: AtomicU32::new(0),
            thing: UnsafeCell::new(None),
        };
        Box::leak(Box::new(Self {
            entries: (0..CAPACITY).map(entry).collect(),
            next: AtomicU32::new(0),
            drops: AtomicU32::new(0),
            finalizers: AtomicU32::new(0),
            failed: AtomicBool::new(false),
            failure: Mutex::default(),
            alone: AtomicBool::new(true),
            may_wait: AtomicBool::new(false),
            collections: AtomicU32::new(0),
            tainted: AtomicBool::new(false),
            trace_bomb: AtomicI32::new(-1),
            clone_bomb: AtomicI32::new(-1),
            haven: Place::new(Vec::new()),
            baseline: AtomicU64::new(0),
        }))
    }

    /// Makes this the world of the thread.
    pub fn enter(&'static self) {
        WORLD.set(Some(self));
    }

    /// Forgets the values of the program before.
    pub fn reset(&self) {
        for entry in &self.entries[..self.born()] {
            entry.state.store(UNBORN, Relaxed);
            entry.finalized.store(0, Relaxed);
            entry.cleaned.store(0, Relaxed);
            entry.has_soul.store(false, Relaxed);
            entry.moves.store(0, Relaxed);
        }
        self.next.store(0, Relaxed);
        self.may_wait.store(false, Relaxed);
        self.tainted.store(false, Relaxed);
        self.trace_bomb.store(-1, Relaxed);
        self.clone_bomb.store(-1, Relaxed);
        self.baseline.store(stats().live as u64, Relaxed);
    }

    /// How many values were born.
    pub fn born(&self) -> usize {
        (self.next.load(Relaxed) as usize).min(CAPACITY)
    }

    /// Numbers that change with each birth, each finalizer and each drop.
    pub fn events(&self) -> (u32, u32, u32) {
        (self.next.load(Relaxed), self.finalizers.load(Relaxed), self.drops.load(Relaxed))
    }

    /// How many finalizers were called.
    pub fn finalizers(&self) -> u32 {
        self.finalizers.load(Relaxed)
    }

    /// Counts a finalizer, which is called once in the life of its value.
    pub fn finalizer_of(&self, id: u32) {
        self.finalizers.fetch_add(1, Relaxed);
        if self.entry(id).finalized.fetch_add(1, Relaxed) > 0 {
            self.fail(format!("value {id} was finalized twice"));
        }
    }

    /// Whether the finalizer of a live value is still to be called, so that the value may wait.
    pub fn waits(&self, id: u32) -> bool {
        let entry = self.entry(id);
        self.may_wait.load(Relaxed)
            && entry.has_soul.load(Relaxed)
            && entry.finalized.load(Relaxed) == 0
            && self.is_live(id)
    }

    /// Whether a value of the program is live.
    pub fn has_leaks(&self) -> bool {
        (0..self.born() as u32).any(|id| self.is_live(id))
    }

    pub fn is_nearly_full(&self) -> bool {
        self.born() > CAPACITY - 1_000
    }

    pub fn birth(&self) -> u32 {
        let id = self.next.fetch_add(1, Relaxed);
        self.entry(id).state.store(LIVE, Relaxed);
        id
    }

    pub fn entry(&self, id: u32) -> &Entry {
        &self.entries[id as usize]
    }

    pub fn is_live(&self, id: u32) -> bool {
        self.entry(id).state.load(Relaxed) == LIVE
    }

    pub fn drop_of(&self, id: u32) {
        let entry = self.entry(id);
        self.drops.fetch_add(1, Relaxed);
        if entry.state.swap(DROPPED, Relaxed) != LIVE {
            self.fail(format!("value {id} was dropped twice"));
        }
        // SAFETY: the value is being dropped, so no other thread moves it.
        unsafe { *entry.thing.get() = None };
    }

    /// Records where the value is now.
    pub fn settle(&self, thing: &dyn Thing) {
        let entry = self.entry(thing.canary().id());
        entry.moves.fetch_add(1, Relaxed);
        #[expect(
            clippy::disallowed_methods,
            reason = "a cast does not change the lifetime of a trait object"
        )]
        // SAFETY: this erases the lifetime; the pointer is used while the value is live.
        let thing = unsafe {
            std::mem::transmute::<NonNull<dyn Thing + '_>, NonNull<dyn Thing>>(thing.into())
        };
        // SAFETY: the caller made the value or has moved it, so no other thread does.
        unsafe { *entry.thing.get() = Some(thing) };
    }

    /// The living value.
    ///
    /// # Safety
    ///
    /// No other thread runs, and the result is not used after the program goes on.
    pub unsafe fn thing<'a>(&self, id: u32) -> Option<&'a dyn Thing> {
        if !self.is_live(id) {
            return None;
        }
        // SAFETY: a value that is not dropped is where it was seen last.
        unsafe { (*self.entry(id).thing.get()).map(|thing| &*thing.as_ptr()) }
    }

    /// Records the first failure.
    pub fn fail(&self, what: String) {
        if !self.failed.swap(true, Relaxed) {
            eprintln!("{what}");
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = what;
        }
    }

    pub fn has_failed(&self) -> bool {
        self.failed.load(Relaxed)
    }

    pub fn failure(&self) -> String {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn taint(&self) {
        self.tainted.store(true, Relaxed);
    }

    pub fn is_tainted(&self) -> bool {
        self.tainted.load(Relaxed)
    }

    pub fn is_alone(&self) -> bool {
        self.alone.load(Relaxed)
    }
}

/// Counts one call, and returns whether it is the one that panics.
pub fn explodes(bomb: &AtomicI32) -> bool {
    bomb.load(Relaxed) >= 0 && bomb.fetch_sub(1, Relaxed) == 0
}
