//! Memory under the model checker. It is not freed but put in quarantine, so that a later use is
//! reported.

use std::cell::{Cell, RefCell};

use super::BlockPtr;
use crate::config::Config;

// The model checker runs all threads of a model on one thread of the system.
std::thread_local! {
    static BURIED: RefCell<Vec<BlockPtr>> = const { RefCell::new(Vec::new()) };
    static EXISTING: Cell<usize> = const { Cell::new(0) };
    static OVER: Cell<bool> = const { Cell::new(false) };
    static MEMBERS: Cell<usize> = const { Cell::new(0) };
    static CONFIG: Cell<Config> = const { Cell::new(Config::DEFAULT) };
}

/// The state that the checker observes for the memory of one block.
pub(crate) struct FreedMemory {
    /// Read by every use of the block and written by its end, so that the checker reports a use
    /// that is not ordered before the end.
    memory: loom::cell::UnsafeCell<()>,
    buried: Cell<bool>,
}

impl FreedMemory {
    pub(crate) fn new() -> Self {
        EXISTING.set(EXISTING.get() + 1);
        Self { memory: loom::cell::UnsafeCell::new(()), buried: Cell::new(false) }
    }

    /// The block is used.
    pub(crate) fn visit(&self) {
        assert!(!self.buried.get(), "a block is used after it was freed");
        self.memory.with(|_| ());
    }
}

/// The block is freed.
pub(crate) fn quarantine(block: BlockPtr) {
    let freed_memory = &block.header().freed_memory;
    assert!(!freed_memory.buried.replace(true), "a block is freed twice");
    freed_memory.memory.with_mut(|_| ());
    EXISTING.set(EXISTING.get() - 1);
    BURIED.with_borrow_mut(|buried| buried.push(block));
}

/// Forgets the blocks of the execution before, and frees those in quarantine.
pub fn begin() {
    OVER.set(false);
    EXISTING.set(0);
    MEMBERS.set(0);
    configure(Config::DEFAULT);
    for block in BURIED.take() {
        let header: *const super::Header = block.header_ptr().as_ptr();
        // SAFETY: by *vtable*: the memory is in quarantine, and the execution that used the block
        // is over.
        unsafe { ((*header).vtable().free)(block) };
    }
}

/// Puts a configuration in force for this execution.
pub fn configure(config: Config) {
    CONFIG.set(config);
}

pub(crate) fn config() -> Config {
    CONFIG.get()
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

pub(crate) fn is_over() -> bool {
    OVER.get()
}

/// A thread has a part of the candidates from now on, or no more.
pub(crate) fn count_member(joins: bool) {
    MEMBERS.set(if joins { MEMBERS.get() + 1 } else { MEMBERS.get() - 1 });
}

/// Waits until the other threads have handed over. A join of the checker does not wait for that, unlike a real one.
pub fn wait_for_others() {
    let mine = super::thread::local(|local| usize::from(local.has_joined())).unwrap_or(0);
    while MEMBERS.get() > mine {
        loom::thread::yield_now();
    }
}
