//! The candidates that a collection starts from.

use super::Collector;
use super::capture::{AHEAD, Capture};
use super::limits::Limits;
use super::node::Node;
use crate::raw::prefetch::prefetch;
use crate::sync::raw::header::{MAX_PLACE, PIN};
use crate::sync::raw::{BlockPtr, candidates, dead};

/// The place of an old block that is going to be a root, and so may be entered before.
pub(super) const EXPECTED: usize = MAX_PLACE;

/// The candidates that a collection has taken from the lists, and how far it has come with them.
#[derive(Default)]
pub(super) struct Roots {
    /// The entries of the candidate lists.
    pub(super) entries: Vec<BlockPtr>,
    /// How many of `entries`, from the first on, were taken.
    pub(super) taken: usize,
    /// Entries that no walk starts from.
    pub(super) kept: Vec<BlockPtr>,
    /// How many young entries this collection does not take.
    pub(super) left: usize,
}

impl Roots {
    /// Takes the entries from all lists that a collection with these limits starts from.
    pub(super) fn take_from(&mut self, collector: &mut Collector, limits: &Limits) {
        // A limited collection touches no more entries than it may capture blocks.
        if limits.per_round < usize::MAX {
            collector.young.take_all();
            collector.young.move_last_to(limits.per_round, &mut self.entries);
        } else {
            collector.young.move_to(&mut self.entries);
            candidates::take_all(&mut self.entries);
        }
        self.left = if limits.is_full() { 0 } else { collector.young.len() };
        if limits.is_full() {
            dead::swept();
            return collector.old.move_to(&mut self.entries);
        }
        for (at, block) in self.entries.iter().enumerate() {
            if let Some(ahead) = self.entries.get(at + AHEAD) {
                prefetch(std::ptr::from_ref(ahead.header()).cast());
            }
            let header = block.header();
            if header.age() >= limits.old_age && header.word().is_root() {
                header.set_place(Some(EXPECTED));
            }
        }
    }
}

impl Capture {
    /// Makes roots of up to `count` entries. Returns `false` if there are none left.
    pub(super) fn take_roots(&mut self, count: usize) -> bool {
        let before = self.graph.nodes.len();
        let enough = before + count;
        while self.roots.taken < self.roots.entries.len() && self.graph.nodes.len() < enough {
            if self.graph.nodes.len() >= self.limits.this_round {
                return false;
            }
            if self.work() >= self.limits.suspend_at {
                break;
            }
            if let Some(ahead) = self.roots.entries.get(self.roots.taken + AHEAD) {
                prefetch(std::ptr::from_ref(ahead.header()).cast());
            }
            let block = self.roots.entries[self.roots.taken];
            if !self.take_root(block) {
                if self.roots.kept.try_reserve(1).is_err() {
                    self.no_memory = true;
                    return false;
                }
                self.roots.kept.push(block);
                // The block counts as captured if it is withdrawn.
                self.limits.this_round -= 1;
            }
            self.roots.taken += 1;
        }
        self.graph.nodes.len() > before
    }

    /// Makes a root of an entry, or releases the entry if its block is gone. Returns `false` if the
    /// entry is to stay an entry.
    fn take_root(&mut self, block: BlockPtr) -> bool {
        let header = block.header();
        let word = header.word();
        if word.is_no_candidate() {
            self.end_entry(block);
            return true;
        }
        let captured = header.place().and_then(|place| self.graph.nodes.get_mut(place));
        if let Some(node) = captured.filter(|node| node.block == block) {
            // It was reached along an edge.
            node.take_entry();
            return true;
        }
        // Without `CANDIDATE` the block was under `&mut`, and the next drop of a handle makes it a
        // root again. A held block belongs to a collection that calls finalizers. In both cases the
        // block may still be entered along an edge.
        if !word.is_candidate() || header.is_held() || !self.has_room() {
            return false;
        }
        self.add(header, Node::root(block));
        true
    }

    /// Releases an entry whose block is dead. If this collection has marked the block dead, the
    /// entry's pin is released together with the other pins of the block.
    fn end_entry(&mut self, block: BlockPtr) {
        if let Some(place) = block.header().place().filter(|_| block.header().word().is_dead()) {
            if let Some(dead_block) =
                self.dead.get_mut(place).filter(|dead_block| dead_block.block == block)
            {
                dead_block.pins += PIN;
                return;
            }
        }
        // SAFETY: by *pins*, the entry has a pin, which is released with the entry.
        unsafe { block.unpin(PIN) };
    }
}
