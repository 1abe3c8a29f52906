//! The state of this thread's heap.
//!
//! It is a constant-initialised thread-local without a destructor: reaching it is one addressing
//! mode, and it can still be used while other thread-locals are being destroyed. What must happen
//! at the thread's end is in `exit`.

use std::cell::Cell;

use super::balance::Balance;
use super::block::BlockPtr;
use super::candidates::Candidates;
use super::deferred::Deferred;
use super::frozen::FrozenSet;
use super::old_set::OldSet;
use super::pacing::Pacing;
use super::scratch::Scratch;
use crate::policy::sample;
use crate::raw::free_lists::FreeLists;

/// What belongs to a thread, except for its blocks.
pub(crate) struct Heap {
    pub(crate) balance: Balance,
    /// At how many captures survived a block is old.
    pub(crate) promote_after: Cell<u8>,
    /// A collection is running: another one does nothing.
    pub(crate) collecting: Cell<bool>,
    /// The number of values that are being destroyed on this stack, one inside the other. Above
    /// zero an outer destruction destroys the blocks in `to_free`. At
    /// [`DEEPEST`](crate::raw::depth::DEEPEST) a block that dies goes there.
    pub(crate) depth: Cell<u32>,
    /// Dead blocks whose values are not destroyed yet, linked through their first words (*to
    /// free*).
    pub(crate) to_free: Cell<Option<BlockPtr>>,
    /// The young buffer: where blocks that are not old register.
    pub(crate) young: Candidates,
    pub(crate) old: OldSet,
    pub(crate) frozen: FrozenSet,
    /// Blocks whose finalizers wait until the program collects.
    pub(crate) deferred: Deferred,
    /// The list of captured blocks, kept between collections.
    pub(crate) scratch: Scratch,
    /// Memory of freed blocks.
    pub(crate) free_lists: FreeLists,
    pub(crate) exit: Cell<Exit>,
    /// A callback for collections is or was registered.
    pub(crate) has_callbacks: Cell<bool>,
    pub(crate) pacing: Pacing,
}

/// How far this thread is on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// No candidate was ever registered, so nothing needs to happen at the end.
    Unprepared,
    /// The end of the thread will run the last collection.
    Prepared,
    /// The last collection is over: no candidate is registered any more.
    Over,
}

thread_local! {
    static HEAP: Heap = const { Heap::new() };
}

/// Runs `f` on this thread's heap.
///
/// Functions that are compiled once for each type of a value leave it to others: a closure here
/// would be compiled as often.
#[inline(always)]
pub(crate) fn heap<R>(f: impl FnOnce(&Heap) -> R) -> R {
    // Only the address is read inside `with`: a closure of some length would not be inlined there,
    // and what should be one addressing mode would be a call.
    let heap = HEAP.with(|heap| &raw const *heap);
    // SAFETY: by *thread* the heap lives as long as its thread: `f` runs on this thread and returns
    // before it ends.
    f(unsafe { &*heap })
}

impl Heap {
    const fn new() -> Self {
        Self {
            balance: Balance::new(),
            promote_after: Cell::new(crate::Config::DEFAULT.promote_after),
            collecting: Cell::new(false),
            depth: Cell::new(0),
            to_free: Cell::new(None),
            young: Candidates::measured_at(sample::FIRST),
            old: OldSet::new(),
            frozen: FrozenSet::new(),
            deferred: Deferred::new(),
            scratch: Scratch::new(),
            free_lists: FreeLists::new(),
            exit: Cell::new(Exit::Unprepared),
            has_callbacks: Cell::new(false),
            pacing: Pacing::new(),
        }
    }

    /// Takes a block out of the old or the frozen set.
    pub(crate) fn remove_old(&self, block: BlockPtr) {
        if !self.old.remove(block) && !self.frozen.remove(block) {
            self.scratch.remove(block);
        }
    }
}
