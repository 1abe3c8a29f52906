//! What happens to the captured blocks after the decision: the entries of survivors go back to the
//! candidate lists, and the dead stay captured.

use std::ops::Range;

use super::Collector;
use super::capture::{Capture, CaptureBox, LONG};
use super::finalize::Waiting;
use super::node::Node;
use super::phase::Extent;
use super::reclaim::Dead;
use super::rules;
use crate::policy::bytes::Traced;
use crate::raw::fallible::shrink;
use crate::raw::prefetch::{AHEAD, prefetch};
use crate::report::CollectionReport;
use crate::sync::raw::candidates::{self, Entries};
use crate::sync::raw::dead;
use crate::sync::raw::header::{HELD, PIN};
use crate::sync::raw::{self, BlockPtr};

/// It is decided which of the captured blocks are dead. The others are being released.
pub(super) struct Decided {
    capture: CaptureBox,
    /// There was no decision: no more blocks are dead than were marked so before.
    is_abandoned: bool,
    /// Finalizers are to be called before the blocks found dead in this round are reclaimed.
    waits_for_finalizers: bool,
    /// How many of the nodes, from the first on, were released.
    released: usize,
    /// How many of the entries were put back into lists while `released` blocks were released.
    relisted: usize,
    /// The bytes of the blocks that were released.
    bytes: Traced,
}

/// All captured blocks but the dead are released.
pub(super) struct Released {
    pub(super) dead: Outcome,
    /// The bytes of the blocks that were released.
    pub(super) bytes: Traced,
    /// How many young entries the collection has left in the lists.
    pub(super) left: usize,
}

/// What becomes of the dead.
pub(super) enum Outcome {
    Finalize(Waiting),
    Reclaim(Dead),
}

impl Outcome {
    /// The number of blocks that are marked dead.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Finalize(waiting) => waiting.capture().dead.len(),
            Self::Reclaim(dead) => dead.len(),
        }
    }
}

impl Decided {
    pub(super) fn new(capture: CaptureBox, waits_for_finalizers: bool) -> Self {
        let is_abandoned = capture.lacks_memory();
        Self {
            capture,
            is_abandoned,
            waits_for_finalizers,
            released: 0,
            relisted: 0,
            bytes: Traced::default(),
        }
    }

    /// The decision that no more blocks are dead than were marked so.
    pub(super) fn abandoned(capture: CaptureBox) -> Self {
        let mut decided = Self { is_abandoned: true, ..Self::new(capture, true) };
        decided.revive_waiting();
        decided
    }

    pub(super) fn capture(&self) -> &Capture {
        &self.capture
    }

    /// The number of candidates that were taken from the lists and not put back.
    pub(super) fn candidates(&self) -> usize {
        self.capture.roots.entries.len() - self.relisted
    }

    /// Makes all blocks live that wait for a finalizer. They are left to the next collection.
    pub(super) fn revive_waiting(&mut self) {
        if std::mem::take(&mut self.waits_for_finalizers) && rules::waiting_are_live() {
            self.capture.graph.nodes.iter_mut().for_each(Node::presume_live);
            self.capture.revivable = 0;
        }
    }

    /// Whether the survivors are to be released at once: finalizers wait for it, or a panic.
    pub(super) fn is_urgent(&self) -> bool {
        self.waits_for_finalizers || self.is_abandoned
    }

    /// Releases the survivors. Visits about `share` blocks.
    pub(super) fn release(
        mut self,
        collector: &mut Collector,
        report: &mut CollectionReport,
        share: usize,
    ) -> Extent<Released, Self> {
        report.abandoned |= self.is_abandoned;
        if !self.release_some(collector, report, share) {
            return Extent::Part(self);
        }
        let Self { capture, bytes, waits_for_finalizers, .. } = self;
        let left = capture.roots.left;
        let dead = if waits_for_finalizers {
            Outcome::Finalize(Waiting::new(capture))
        } else {
            Outcome::Reclaim(Dead::new(capture))
        };
        Extent::All(Released { dead, bytes, left })
    }

    /// Releases all captured blocks but the dead: the entries of survivors go back into lists, the
    /// pins of the collection end. Without a decision no block counts as a survivor. Visits `share`
    /// blocks, and returns `true` when all is done; otherwise the next call continues.
    fn release_some(
        &mut self,
        collector: &mut Collector,
        report: &mut CollectionReport,
        share: usize,
    ) -> bool {
        let decided = !self.is_abandoned;
        let Self { capture, waits_for_finalizers, released, relisted, bytes, .. } = self;
        let capture: &mut Capture = capture;
        let (young, old) = (&mut collector.young, &mut collector.old);
        let listed = young.len() + old.len();
        let rest = capture.roots.entries.len() - capture.roots.taken;
        let all = capture.graph.nodes.len() - *released + capture.roots.kept.len() + rest;
        if *released == 0 {
            capture.roots.left += rest;
        }
        // Without memory the entries go back into the list in which they came, which has room for
        // them all. If that list was given away in the first round, the young list takes them, with
        // room for exactly these entries.
        let has_room = young.reserve(all) || young.reserve(capture.entries_to_put_back());
        let share = if has_room { share } else { usize::MAX };
        let mut came_in = (!has_room).then(|| {
            let rest = Entries::of_rest(
                &mut capture.roots.entries,
                std::mem::take(&mut capture.roots.taken),
            );
            rest.iter().for_each(|block| block.header().set_place(None));
            rest
        });
        let room = came_in.is_none() && old.reserve(all);
        let rested = came_in.as_mut().unwrap_or(&mut *young);
        report.captured += std::mem::take(&mut capture.removed);
        let is_full = capture.limits.is_full();
        let revivable = if decided { capture.revivable } else { 0 };
        let end = capture.graph.nodes.len().min(released.saturating_add(share));
        capture.add_traced_bytes(*released..end, bytes);
        for (place, node) in capture.graph.nodes[..end].iter().enumerate().skip(*released) {
            if let Some(ahead) = capture.graph.nodes.get(place + AHEAD) {
                prefetch(ahead.block.start().as_ptr());
            }
            report.captured += usize::from(node.is_traced());
            if node.is_marked_dead() {
                continue;
            }
            let header = node.block.header();
            header.set_place(None);
            if node.is_presumed_dead() {
                continue;
            }
            let gone = header.word().is_gone();
            report.survivors += usize::from(decided && node.is_traced() && !gone);
            report.resurrected += usize::from(place < revivable && !gone);
            if capture.first_round && node.is_traced() {
                header.grow_older();
            }
            if node.has_entry() {
                put_back(
                    node.block,
                    if header.age() >= capture.limits.promote_after && room { old } else { rested },
                );
            }
            if node.is_held() {
                // SAFETY: by *pins*, the block stays until this pin of the collection is released.
                // The node does not use the block afterwards.
                unsafe { node.block.unpin(HELD) };
            }
        }
        *released = end;
        if end < capture.graph.nodes.len() {
            // There is room in the young list, as the rest is released later.
            *relisted += young.len() + old.len() - listed;
            return false;
        }
        for block in capture.roots.kept.drain(..) {
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
            let is_old = is_withdrawn && header.age() >= capture.limits.promote_after && room;
            put_back(block, if is_old { old } else { rested });
        }
        for block in capture.roots.entries.drain(capture.roots.taken..) {
            block.header().set_place(None);
            // A full collection has taken the entries from both lists.
            let is_old = is_full && block.header().age() >= capture.limits.promote_after && room;
            put_back(block, if is_old { old } else { rested });
        }
        if let Some(came_in) = came_in {
            young.take_over(came_in);
        }
        capture.roots.entries.clear();
        capture.roots.taken = 0;
        old.sweep_if_doubled();
        // There was room for all captured blocks, of which few may have had entries.
        young.shrink();
        old.shrink();
        dead::set_entries(young.len() + old.len() + collector.frozen.len());
        if *waits_for_finalizers {
            capture.graph.nodes.retain(|node| node.is_presumed_dead() && !node.is_marked_dead());
        } else {
            capture.graph.nodes.clear();
        }
        capture.finalizes = false;
        true
    }
}

impl Capture {
    /// Adds how many bytes some of the captured blocks own, once it is decided which of them live.
    fn add_traced_bytes(&self, places: Range<usize>, traced: &mut Traced) {
        if self.noted_bytes > 0 {
            let age = self.limits.promote_after.saturating_sub(u8::from(self.first_round));
            for node in self.graph.nodes[places].iter().filter(|node| node.bytes() > 0) {
                let lives = !node.is_presumed_dead() && !node.is_marked_dead();
                traced.add(node.bytes(), lives, lives && node.block.header().age() >= age);
            }
            // Includes blocks that are not in the list any more.
            traced.all = self.noted_bytes;
        }
    }

    fn entries_to_put_back(&self) -> usize {
        let survives =
            |node: &&Node| node.has_entry() && !node.is_marked_dead() && !node.is_presumed_dead();
        self.graph.nodes.iter().filter(survives).count()
            + self.roots.kept.len()
            + self.roots.entries.len()
            - self.roots.taken
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
        let places = [
            &mut self.graph.edges,
            &mut self.graph.found,
            &mut self.groups.dead,
            &mut self.groups.ends,
        ];
        for list in places.into_iter().chain([
            &mut self.group.places,
            &mut self.group.out,
            &mut self.graph.queue,
        ]) {
            empty(list);
        }
    }
}

/// Puts the entry of a survivor into a list, unless the block has died in the meantime.
fn put_back(block: BlockPtr, entries: &mut Entries) {
    if !raw::rules::keeps_entry(block.header()) {
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
