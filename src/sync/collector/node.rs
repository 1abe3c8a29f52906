//! What a collection records about one block: while the block may be live (`Node`), and once it is
//! dead (`DeadBlock`).

mod state;

use crate::sync::raw::BlockPtr;
use crate::sync::raw::header::{HELD, PIN};
use crate::sync::raw::word::Word;
use state::State;

/// A captured block.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(crate) block: BlockPtr,
    /// The count and the version from the word when the value was read; later those that the first
    /// round of a commit has read.
    pub(crate) count_and_version: u64,
    /// Where in the list of edges the edges of this block are.
    pub(crate) edges: (u32, u32),
    /// The number of handles to this block that dead blocks own. Dead blocks do not drop them
    /// before the collection is over.
    pub(crate) given: u32,
    state: State,
    /// How many KiB the value owns outside of the block, as far as it has reported.
    kibibytes: u16,
}

impl Node {
    fn new(block: BlockPtr, state: State) -> Self {
        Self { block, count_and_version: 0, edges: (0, 0), given: 0, state, kibibytes: 0 }
    }

    /// A block that a candidate entry leads to.
    pub(crate) fn root(block: BlockPtr) -> Self {
        Self::new(block, State::ROOT)
    }

    /// A block that a handle leads to.
    pub(crate) fn reached(block: BlockPtr) -> Self {
        Self::new(block, State::REACHED)
    }

    pub(crate) fn has_entry(&self) -> bool {
        self.state.has_entry()
    }

    pub(crate) fn take_entry(&mut self) {
        self.state = self.state.with_entry();
    }

    pub(crate) fn is_held(&self) -> bool {
        self.state.is_held()
    }

    /// Takes the collection's pin, unless there is one.
    pub(crate) fn hold(&mut self) {
        if !self.is_held() && self.block.header().hold() {
            self.state = self.state.held();
        }
    }

    pub(crate) fn is_traced(&self) -> bool {
        self.state.is_traced()
    }

    /// Records that the value is about to be read, and the word at that time.
    pub(crate) fn read(&mut self, word: Word) {
        self.state = self.state.traced();
        self.count_and_version = word.count_and_version();
    }

    /// The number of handles when the value was read.
    pub(crate) fn count(&self) -> u32 {
        self.count_and_version as u32
    }

    /// Adds the bytes that the value has reported.
    pub(crate) fn note_bytes(&mut self, bytes: usize) {
        self.kibibytes =
            self.kibibytes.saturating_add(u16::try_from(bytes / 1024).unwrap_or(u16::MAX));
    }

    pub(crate) fn bytes(&self) -> usize {
        usize::from(self.kibibytes) * 1024
    }

    pub(crate) fn is_presumed_dead(&self) -> bool {
        self.state.is_presumed_dead()
    }

    pub(crate) fn presume_dead(&mut self) {
        self.state = self.state.presumed_dead();
    }

    pub(crate) fn presume_live(&mut self) {
        self.state = self.state.live();
    }

    pub(crate) fn is_in_group(&self) -> bool {
        self.state.is_in_group()
    }

    pub(crate) fn join_group(&mut self) {
        self.state = self.state.in_group();
    }

    /// Prepares for another reading of the value.
    pub(crate) fn start_again(&mut self) {
        self.state = self.state.unread();
        self.edges = (0, 0);
    }

    pub(crate) fn leave_group(&mut self) {
        self.state = self.state.out_of_group();
    }

    /// Marks the frozen block dead, and adds it to the list of dead blocks.
    pub(crate) fn mark_dead(&mut self, dead: &mut Vec<DeadBlock>) {
        self.state = self.state.marked_dead();
        let header = self.block.header();
        header.mark_dead();
        // The entry may be found later.
        header.set_place(Some(dead.len()));
        dead.push(self.dead_block());
    }

    pub(crate) fn is_marked_dead(&self) -> bool {
        self.state.is_marked_dead()
    }

    pub(crate) fn unsettle(&mut self) {
        self.state = self.state.unsettled();
    }

    /// Whether all its handles lead to dead blocks, and no cell in it could be filled after it was
    /// read.
    pub(crate) fn is_settled(&self) -> bool {
        self.state.is_settled()
    }

    pub(crate) fn mark_incomplete(&mut self) {
        self.state = self.state.incomplete();
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.state.is_complete()
    }

    /// Prepares for the next round: keeps the pins of the block and the number of handles that dead
    /// blocks own, and clears the rest.
    pub(crate) fn next_round(&mut self) {
        self.state = self.state.next_round();
        (self.edges, self.kibibytes) = ((0, 0), 0);
    }

    fn dead_block(&self) -> DeadBlock {
        let entry = if self.has_entry() { PIN } else { 0 };
        let held = if self.is_held() { HELD } else { 0 };
        DeadBlock { block: self.block, pins: PIN + entry + held, settled: self.is_settled() }
    }
}

/// A block that is marked dead. Only the collection that marked it reaches it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DeadBlock {
    pub(crate) block: BlockPtr,
    /// The pins that are released with the block: that of the collection, that of the entry, and
    /// that of the handles.
    pub(crate) pins: u32,
    /// The block has no handles to live blocks.
    pub(crate) settled: bool,
}
