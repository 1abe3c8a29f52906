//! Blocks whose finalizers wait until the program collects.
//!
//! With [`Config::finalize_on_demand`](crate::Config::finalize_on_demand) an automatic collection
//! calls no finalizer. A block that it finds dead is **kept**: a list here owns one of its counts,
//! so the block and all that it reaches live on. A block that dies by counting in the course of it
//! has **ended**: it is linked into another list, which takes no memory.

use std::cell::{Cell, UnsafeCell};
use std::collections::TryReserveError;
use std::mem::ManuallyDrop;

use super::block::BlockPtr;

/// Blocks whose finalizers wait.
///
/// **deferred**: each entry of `kept` owns one count of its block. A block in the list of `ended`
/// has no handle, no open `Weak`, and is in no other list.
pub(crate) struct Deferred {
    /// A collection runs on this thread that calls no finalizer.
    is_active: Cell<bool>,
    kept: UnsafeCell<ManuallyDrop<Vec<BlockPtr>>>,
    ended: Cell<Option<BlockPtr>>,
    /// Some kept blocks may be old. They stay kept until a full collection takes them.
    needs_full: Cell<bool>,
    /// Blocks were taken and the collection was given up. Only a full collection is sure to find
    /// them.
    are_undecided: Cell<bool>,
}

impl Deferred {
    pub(crate) const fn new() -> Self {
        Self {
            is_active: Cell::new(false),
            kept: UnsafeCell::new(ManuallyDrop::new(Vec::new())),
            ended: Cell::new(None),
            needs_full: Cell::new(false),
            are_undecided: Cell::new(false),
        }
    }

    /// Runs `f` on the list of kept blocks. `f` calls no code outside of this file.
    fn with<R>(&self, f: impl FnOnce(&mut Vec<BlockPtr>) -> R) -> R {
        // SAFETY: by *thread*.
        f(unsafe { &mut *self.kept.get() })
    }

    /// Whether a collection runs that calls no finalizer.
    #[inline]
    pub(crate) fn is_active(&self) -> bool {
        self.is_active.get()
    }

    /// Sets whether a collection runs that calls no finalizer, and returns what was set before.
    pub(crate) fn set_active(&self, is_active: bool) -> bool {
        self.is_active.replace(is_active)
    }

    /// Whether some finalizer waits.
    pub(crate) fn is_pending(&self) -> bool {
        self.are_undecided.get() || self.ended.get().is_some() || self.with(|kept| !kept.is_empty())
    }

    /// Whether only a full collection is sure to find the blocks dead again that wait.
    pub(crate) fn needs_full(&self) -> bool {
        self.needs_full.get() || self.are_undecided.get()
    }

    /// Whether kept blocks may be old.
    pub(crate) fn may_be_old(&self) -> bool {
        self.needs_full.get()
    }

    /// Records that blocks were taken and are not decided.
    pub(crate) fn set_undecided(&self) {
        self.are_undecided.set(true);
    }

    /// Whether blocks were taken and are not decided. A full collection decides them now.
    pub(crate) fn take_undecided(&self) -> bool {
        self.are_undecided.take()
    }

    /// Records that kept blocks may be old.
    pub(crate) fn require_full(&self) {
        self.needs_full.set(true);
    }

    /// Records whether any of the `count` kept blocks that are taken next would be an old candidate.
    /// Takes time in proportion to `count`, and constant time if some kept blocks may be old.
    pub(crate) fn look_for_old(&self, count: usize, old_age: u8) {
        let is_old = |block: &BlockPtr| !block.header().registers_as_young(old_age);
        if !self.may_be_old() && self.with(|kept| kept.iter().rev().take(count).any(is_old)) {
            self.require_full();
        }
    }

    /// Makes room for more kept blocks.
    pub(crate) fn reserve(&self, additional: usize) -> Result<(), TryReserveError> {
        self.with(|kept| kept.try_reserve(additional))
    }

    /// Keeps a block, for which there is room. The list owns one count more.
    pub(crate) fn keep(&self, block: BlockPtr) {
        block.header().increment();
        self.with(|kept| kept.push(block));
    }

    /// A block that was kept. Its count is the caller's now.
    pub(crate) fn take_kept(&self) -> Option<BlockPtr> {
        let (block, is_empty) = self.with(|kept| (kept.pop(), kept.is_empty()));
        if is_empty {
            self.needs_full.set(false);
            self.with(|kept| *kept = Vec::new());
        }
        block
    }

    /// Records a block that has ended.
    ///
    /// # Safety
    ///
    /// The block is *detached*.
    pub(crate) unsafe fn push_ended(&self, block: BlockPtr) {
        // SAFETY: by *detached*, as the caller promises.
        unsafe { block.set_link(self.ended.get()) };
        self.ended.set(Some(block));
    }

    /// A block that has ended, which is in no list now.
    pub(crate) fn take_ended(&self) -> Option<BlockPtr> {
        let block = self.ended.get()?;
        // SAFETY: by *deferred* the block was linked by `push_ended`, and by *detached* no code has
        // written its header since.
        self.ended.set(unsafe { block.take_link() });
        Some(block)
    }

    /// Leaks all blocks whose finalizers wait.
    pub(crate) fn forget(&self) {
        self.ended.set(None);
        self.are_undecided.set(false);
        while self.take_kept().is_some() {}
    }

    /// The kept blocks, for inspection.
    pub(crate) fn snapshot(&self) -> Vec<BlockPtr> {
        self.with(|kept| kept.clone())
    }
}
