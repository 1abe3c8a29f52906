//! Takes the place of `raw/watch.rs` in a model. Memory is not freed but put in quarantine, so that
//! the checker reports a later use.

use std::cell::{Cell, RefCell};

use super::BlockPtr;

// The model checker runs all threads of a model on one thread of the system.
std::thread_local! {
    static QUARANTINE: RefCell<Vec<BlockPtr>> = const { RefCell::new(Vec::new()) };
    static EXISTING: Cell<usize> = const { Cell::new(0) };
    static OVER: Cell<bool> = const { Cell::new(false) };
    static KEEPS_HANDLES: Cell<bool> = const { Cell::new(false) };
    static MEMBERS: Cell<usize> = const { Cell::new(0) };
}

/// The state that the checker observes for the memory of one block.
pub(crate) struct Watch {
    /// Read by every use of the block and written by its end, so that the checker reports a use
    /// that is not ordered before the end.
    memory: loom::cell::UnsafeCell<()>,
    freed: Cell<bool>,
}

impl Watch {
    pub(crate) fn new() -> Self {
        EXISTING.set(EXISTING.get() + 1);
        Self { memory: loom::cell::UnsafeCell::new(()), freed: Cell::new(false) }
    }

    /// The block is used.
    pub(crate) fn visit(&self) {
        assert!(!self.freed.get(), "a block is used after it was freed");
        self.memory.with(|_| ());
    }
}

/// Puts a block in quarantine.
pub(crate) fn free(block: BlockPtr, _: impl FnOnce(BlockPtr)) {
    let watch = &block.header().watch;
    assert!(!watch.freed.replace(true), "a block is freed twice");
    watch.memory.with_mut(|_| ());
    EXISTING.set(EXISTING.get() - 1);
    QUARANTINE.with_borrow_mut(|blocks| blocks.push(block));
}

/// Forgets the blocks of the execution before, and frees those in quarantine.
pub fn begin() {
    OVER.set(false);
    EXISTING.set(0);
    MEMBERS.set(0);
    super::dead::swept();
    for block in QUARANTINE.take() {
        let header: *const super::Header = block.header_ptr().as_ptr();
        // SAFETY: by *vtable*: the memory is in quarantine, and the execution that used the block
        // is over.
        unsafe { ((*header).vtable().free)(block) };
    }
}

/// The number of blocks of this execution that are not freed.
#[must_use]
pub fn blocks() -> usize {
    EXISTING.get()
}

/// The first thread is about to end, all others have: the checker takes the globals away now.
pub fn end() {
    OVER.set(true);
}

/// Whether handles may be kept for finalizers that wait. A model that keeps none does without the
/// lock of their list.
pub(crate) fn keeps_handles() -> bool {
    KEEPS_HANDLES.get()
}

pub(crate) fn set_keeps_handles(keeps: bool) {
    KEEPS_HANDLES.set(keeps);
}

pub(crate) fn globals_are_gone() -> bool {
    OVER.get()
}

/// A thread has a part of the candidates from now on, or no more.
pub(crate) fn count_member(joins: bool) {
    MEMBERS.set(if joins { MEMBERS.get() + 1 } else { MEMBERS.get() - 1 });
}

/// Waits until the other threads have handed over. A join of the checker does not wait for that,
/// unlike a real one.
pub fn wait_for_others() {
    let mine =
        super::thread::local(|local| usize::from(!local.member_address().is_null())).unwrap_or(0);
    while MEMBERS.get() > mine {
        loom::thread::yield_now();
    }
}
