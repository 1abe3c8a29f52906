//! What happens to the captured blocks after the decision: the entries of survivors go back to the
//! candidate lists, and blocks that wait for a finalizer stay captured.

use std::ops::Range;

use super::Collector;
use super::capture::{Capture, LONG};
use super::node::Node;
use crate::policy::bytes::Traced;
use crate::raw::memory::shrink;
use crate::report::CollectionReport;
use crate::sync::raw::BlockPtr;
use crate::sync::raw::candidates::{self, Entries};
use crate::sync::raw::dead;
use crate::sync::raw::header::{HELD, PIN};
use crate::sync::raw::mutants::{Mutant, is_mutant};

impl Capture {
    /// Makes all blocks live that wait for a finalizer after the last round. They are left to the
    /// next collection.
    pub(crate) fn revive_all(&mut self) {
        self.graph.nodes.iter_mut().for_each(Node::presume_alive);
        self.revivable = 0;
    }

    /// Adds how many bytes some of the captured blocks own, once it is decided which of them live.
    pub(super) fn add_traced_bytes(&self, places: Range<usize>, traced: &mut Traced) {
        if self.noted_bytes > 0 {
            let age = self.limits.promote_after.saturating_sub(u8::from(self.first_round));
            for node in self.graph.nodes[places].iter().filter(|node| node.bytes() > 0) {
                let lives = !node.is_dead() && !node.is_condemned();
                traced.add(node.bytes(), lives, lives && node.block.header().age() >= age);
            }
            // Includes blocks that are not in the list any more.
            traced.all = self.noted_bytes;
        }
    }

    /// Releases all captured blocks but the dead: the entries of survivors go back into lists, the
    /// pins of the collection end. Without a decision no block counts as a survivor. Visits `share`
    /// blocks, and returns `true` when all is done; otherwise the next call continues.
    pub(crate) fn release_survivors(
        &mut self,
        collector: &mut Collector,
        report: &mut CollectionReport,
        decided: bool,
        share: usize,
    ) -> bool {
        let (young, old) = (&mut collector.young, &mut collector.old);
        let rest = self.roots.entries.len() - self.roots.taken;
        let all = self.graph.nodes.len() - self.released + self.roots.kept.len() + rest;
        if self.released == 0 {
            self.roots.left += rest;
        }
        // Without memory the entries go back into the list in which they came, which has room for
        // them all. If that list was given away in the first round, the young list takes them, with
        // room for exactly these entries.
        let has_room = young.reserve(all) || young.reserve(self.entries_to_put_back());
        let share = if has_room { share } else { usize::MAX };
        let mut came_in = (!has_room).then(|| {
            let rest = Entries::of_rest(&mut self.roots.entries, std::mem::take(&mut self.roots.taken));
            rest.iter().for_each(|block| block.header().set_place(None));
            rest
        });
        let room = came_in.is_none() && old.reserve(all);
        let rested = came_in.as_mut().unwrap_or(&mut *young);
        report.captured += std::mem::take(&mut self.buried);
        let is_full = self.limits.is_full();
        let revivable = if decided { self.revivable } else { 0 };
        let end = self.graph.nodes.len().min(self.released.saturating_add(share));
        for (place, node) in self.graph.nodes[..end].iter().enumerate().skip(self.released) {
            report.captured += usize::from(node.is_traced());
            if node.is_condemned() {
                continue;
            }
            let header = node.block.header();
            header.set_place(None);
            if node.is_dead() {
                continue;
            }
            let gone = header.word().is_gone();
            report.survivors += usize::from(decided && node.is_traced() && !gone);
            report.resurrected += usize::from(place < revivable && !gone);
            if self.first_round && node.is_traced() {
                header.grow_older();
            }
            if node.has_entry() {
                put_back(node.block, if header.age() >= self.limits.promote_after && room { old } else { rested });
            }
            if node.is_held() {
                // SAFETY: by *pins*, the block stays until this pin of the collection is released.
                // The node does not use the block afterwards.
                unsafe { node.block.unpin(HELD) };
            }
        }
        self.released = end;
        if end < self.graph.nodes.len() {
            return false;
        }
        self.released = 0;
        for block in self.roots.kept.drain(..) {
            let header = block.header();
            header.set_place(None);
            // Withdrawn: the owner of the only handle had the value under `&mut`. Such a block ages
            // like a survivor. Otherwise every young collection would read its entry for as long as
            // the block lives.
            let is_withdrawn = !header.word().is_candidate();
            if is_withdrawn {
                header.grow_older();
                report.captured += 1;
            }
            let is_old = is_withdrawn && header.age() >= self.limits.promote_after && room;
            put_back(block, if is_old { old } else { rested });
        }
        for block in self.roots.entries.drain(self.roots.taken..) {
            block.header().set_place(None);
            // A full collection has taken the entries from both lists.
            let is_old = is_full && block.header().age() >= self.limits.promote_after && room;
            put_back(block, if is_old { old } else { rested });
        }
        if let Some(came_in) = came_in {
            young.take_over(came_in);
        }
        self.roots.entries.clear();
        self.roots.taken = 0;
        old.sweep_if_doubled();
        // There was room for all captured blocks, of which few may have had entries.
        young.shrink();
        old.shrink();
        dead::set_entries(young.len() + old.len() + collector.frozen.len());
        self.graph.nodes.retain(|node| node.is_dead() && !node.is_condemned());
        self.finalizes = false;
        true
    }

    fn entries_to_put_back(&self) -> usize {
        let survives = |node: &&Node| node.has_entry() && !node.is_condemned() && !node.is_dead();
        self.graph.nodes.iter().filter(survives).count() + self.roots.kept.len() + self.roots.entries.len()
            - self.roots.taken
    }

    /// Pins all captured blocks, so that other collections, which could reach them along edges, do
    /// not enter them while their finalizers run.
    pub(crate) fn hold_dead(&mut self) {
        self.graph.nodes.iter_mut().for_each(Node::hold);
    }

    /// Makes the dead of this round, whose finalizers were called, the roots of the next.
    pub(crate) fn next_round(&mut self) {
        (self.first_round, self.revivable) = (false, self.graph.nodes.len());
        (self.no_memory, self.reading.guards.refused) = (false, false);
        for (place, node) in self.graph.nodes.iter_mut().enumerate() {
            node.block.header().set_place(Some(place));
            node.next_round();
        }
    }

    /// Empties all lists, and keeps the memory that a usual collection needs.
    pub(crate) fn clear(&mut self) {
        fn empty<T: Copy>(list: &mut Vec<T>) {
            list.clear();
            shrink(list, LONG);
        }
        self.reading.reported.clear_and_shrink();
        self.reading.guards.shrink();
        empty(&mut self.graph.nodes);
        empty(&mut self.dead);
        empty(&mut self.roots.kept);
        empty(&mut self.roots.entries);
        let places = [&mut self.graph.edges, &mut self.graph.found, &mut self.groups.dead, &mut self.groups.ends];
        for list in places.into_iter().chain([&mut self.group.places, &mut self.group.out, &mut self.graph.queue]) {
            empty(list);
        }
    }
}

/// Puts the entry of a survivor into a list, unless the block has died in the meantime.
fn put_back(block: BlockPtr, entries: &mut Entries) {
    let forget = is_mutant(Mutant::ForgetEntry);
    if forget {
        block.header().forget_entry();
    }
    if forget || block.header().word().is_no_candidate() {
        // SAFETY: by *pins*, the entry has a pin, which is released with the entry.
        unsafe { block.unpin(PIN) };
    } else if !candidates::has_given_up() {
        // There is room, which was reserved before, unless another collection has used it in the
        // meantime.
        entries.push_or_forget(block);
    }
    // Otherwise all candidates were given up while finalizers ran. The entry is dropped and its pin
    // stays, as with all other entries.
}
