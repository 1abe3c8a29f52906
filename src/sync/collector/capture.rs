//! The first walk: from the candidates to all they reach, while other threads run on.
//!
//! Breadth first, in **windows**: some values that follow each other are frozen, read, and released
//! together. The captured blocks and the edges between them are kept in lists, so that nothing
//! needs a second look unless it is to be proved dead. Over several windows the counts are a guess.
//! A handle may move from a value that was not read yet to one that was, and is missed then. A
//! handle that moves the other way is counted twice.
//!
//! A window that holds all that its first blocks reach is no guess. Everything in it is frozen at
//! one time, which is what a commit requires. So it is verified before it is released, and small
//! garbage is read only once. The size limit of such a window depends on whether there was garbage
//! in the last ones. In a heap without garbage it soon is a single value.
//!
//! Two things are exact in any case. A handle that was seen is recorded, and its target kept by a
//! pin, before the value that owns the handle is released. A value is read only while it is frozen.

mod window;

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::decide::Guess;
use super::node::{DeadBlock, Node};
use super::reclaim::Reclaiming;
use super::reported::Reported;
use super::{AsPass, Collector, Walk, commit};
use crate::policy::Kind;
use crate::raw::guards::Guards;
use crate::raw::prefetch::prefetch;
use crate::raw::tracer::Ring;
use crate::raw::unwind::Payload;
use crate::sync::collector::pacing;
use crate::sync::raw::header::{Header, MAX_PLACE, PIN};
use crate::sync::raw::mutants::{Mutant, is_mutant};
use crate::sync::raw::{BlockPtr, candidates::take_all, dead};
use crate::trace::Tracer;

/// An edge to a block that is not captured.
pub(crate) const NONE: u32 = u32::MAX;

/// The largest window that is verified. Its blocks and their locks fit into the first-level caches.
/// A thread that waits for one of them waits for some tens of microseconds at most.
pub(super) const WINDOW: usize = 1024;
/// The smallest limit for a window that is verified, other than a window of one block.
const LEAST: usize = 8;
/// The size of a window that is too long to be verified. It is large enough for the processor to
/// load several blocks at once.
const STRETCH: usize = 16;
/// How many roots come at a time, at most.
const ROOTS: usize = 32;

/// How many blocks ahead of the block that is read a block is prefetched.
pub(crate) const AHEAD: usize = 8;

/// A list of a collection that has got longer than this gives its memory back at the end.
pub(super) const LONG: usize = 1 << 14;

/// The blocks that a collection has captured, and the lists that it needs for them.
#[derive(Default)]
pub(crate) struct Capture {
    pub(crate) nodes: Vec<Node>,
    /// For each handle that was reported the place of its target in `nodes`, or `NONE`.
    pub(crate) edges: Vec<u32>,
    /// How many handles to each of `nodes` were found.
    pub(crate) found: Vec<u32>,
    /// The presumed dead, as places in `nodes`. Connected blocks are adjacent.
    pub(crate) dead: Vec<u32>,
    /// Where in `dead` each group ends.
    pub(crate) group_ends: Vec<u32>,
    /// The places of the blocks that are being verified.
    pub(crate) group: Vec<u32>,
    /// The places of the blocks that were frozen for the verification and failed it.
    pub(crate) out: Vec<u32>,
    /// A block was removed from the group.
    pub(crate) reduced: bool,
    pub(crate) corpses: Vec<DeadBlock>,
    /// Places in `nodes` that are still to be visited, in a walk along the edges.
    pub(crate) queue: Vec<u32>,
    /// The entries of the candidate lists, of which the first `entries_taken` were taken.
    pub(super) entries: Vec<BlockPtr>,
    pub(super) entries_taken: usize,
    /// Entries that no walk starts from.
    pub(super) kept: Vec<BlockPtr>,
    pub(crate) reported: Reported,
    pub(super) guards: Guards,
    /// The handles of dead blocks to live ones, as found before the commit, see
    /// [`Mutant::RecordedEdges`].
    #[cfg(recyc_mutants)]
    pub(crate) recorded: Vec<BlockPtr>,
    /// How many of `nodes` were read.
    traced: usize,
    /// The blocks in `nodes` from this place on belong to the window: those that were read are
    /// frozen.
    pub(super) window: usize,
    /// Where the edges of the window start.
    pub(super) window_edges: usize,
    /// The blocks in `nodes` from this place on are kept only by handles in the window.
    pinned: usize,
    /// The size limit of a window that is verified.
    pub(super) judged: usize,
    /// The walk has come beyond a window.
    strayed: bool,
    /// Targets are captured when their handles are reported, as their headers are in the cache and
    /// a wait would gain nothing.
    at_once: bool,
    /// The value that is being read is not settled.
    note_unread_cell: bool,
    /// Blocks of this age are not entered, except as roots.
    old_age: u8,
    pub(super) promote_after: u8,
    /// How many blocks may be traced in one round.
    limit: usize,
    /// How many of `nodes` may be traced in this round.
    work_limit: usize,
    /// The trace is suspended when [`work`](Self::work) has reached this number.
    pub(super) suspend_at: usize,
    pub(super) first_round: bool,
    /// The blocks in `nodes` before this place were dead in the last round, and waited for their
    /// finalizers.
    pub(super) revivable: usize,
    pub(super) no_memory: bool,
    /// How many young entries this collection does not take.
    pub(super) left: usize,
    /// How many bytes the values have reported.
    pub(super) noted_bytes: usize,
    /// How many blocks were captured and are not in `nodes` any more.
    pub(super) buried: usize,
    /// Some captured block was entered whose finalizer may be due.
    pub(crate) finalizes: bool,
    /// Some captured block was entered that cannot be disposed.
    pub(crate) drops: bool,
    /// How far the passes over the captured blocks have come that can be continued.
    pub(super) guess: Guess,
    pub(super) groups_committed: usize,
    pub(super) released: usize,
    pub(super) reclaiming: Reclaiming,
}

/// How far a trace has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    All,
    /// No window is open, and the trace can be continued.
    Part,
}

/// The place of an old block that is going to be a root, and so may be entered before.
const EXPECTED: usize = MAX_PLACE;

/// An age that no block reaches.
const NEVER: u8 = u8::MAX;

impl Capture {
    /// Takes the candidates from all lists.
    pub(crate) fn start(&mut self, collector: &mut Collector, kind: Kind) {
        self.promote_after = pacing::config().promote_after;
        (self.old_age, self.limit) = match kind {
            Kind::Young { work_limit } => (self.promote_after, work_limit.map_or(usize::MAX, |limit| limit.get())),
            _ => (NEVER, usize::MAX),
        };
        (self.first_round, self.revivable, self.noted_bytes, self.suspend_at) = (true, 0, 0, usize::MAX);
        (self.guess, self.groups_committed, self.released) = (Guess::default(), 0, 0);
        (self.drops, self.no_memory, self.guards.refused) = (false, false, false);
        // The window of the last collection is the first estimate for this one.
        self.judged = match self.judged {
            _ if is_mutant(Mutant::NoWindow) => 1,
            0 => WINDOW,
            before => before,
        };
        // A limited collection touches no more entries than it may capture blocks.
        if self.limit < usize::MAX {
            collector.young.take_all();
            collector.young.move_last_to(self.limit, &mut self.entries);
        } else {
            collector.young.move_to(&mut self.entries);
            take_all(&mut self.entries);
        }
        self.left = if self.old_age == NEVER { 0 } else { collector.young.len() };
        if self.old_age == NEVER {
            dead::swept();
            return collector.old.move_to(&mut self.entries);
        }
        for (at, block) in self.entries.iter().enumerate() {
            if let Some(ahead) = self.entries.get(at + AHEAD) {
                prefetch(std::ptr::from_ref(ahead.header()).cast());
            }
            let header = block.header();
            if header.age() >= self.old_age && header.word().is_root() {
                header.set_place(Some(EXPECTED));
            }
        }
    }

    /// Whether every block is entered, whatever its age.
    pub(super) fn is_full(&self) -> bool {
        self.old_age == NEVER
    }

    /// Makes roots of some entries; false if there are none left.
    fn take_roots(&mut self) -> bool {
        let before = self.nodes.len();
        let enough = before + self.roots_at_once();
        while self.entries_taken < self.entries.len() && self.nodes.len() < enough {
            if self.nodes.len() >= self.work_limit {
                return false;
            }
            if self.work() >= self.suspend_at {
                break;
            }
            if let Some(ahead) = self.entries.get(self.entries_taken + AHEAD) {
                prefetch(std::ptr::from_ref(ahead.header()).cast());
            }
            let block = self.entries[self.entries_taken];
            if !self.take_root(block) {
                if self.kept.try_reserve(1).is_err() {
                    self.no_memory = true;
                    return false;
                }
                self.kept.push(block);
                // The block counts as captured if it is withdrawn.
                self.work_limit -= 1;
            }
            self.entries_taken += 1;
        }
        self.nodes.len() > before
    }

    fn roots_at_once(&self) -> usize {
        ROOTS.min(self.judged / 4).max(1)
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
        let captured = header.place().and_then(|place| self.nodes.get_mut(place));
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
            if let Some(dead_block) = self.corpses.get_mut(place).filter(|dead_block| dead_block.block == block) {
                dead_block.pins += PIN;
                return;
            }
        }
        // SAFETY: by *pins*, the entry has a pin, which is released with the entry.
        unsafe { block.unpin(PIN) };
    }

    /// Prepares for a trace from the roots.
    pub(crate) fn start_trace(&mut self) {
        self.edges.clear();
        self.work_limit = self.limit;
        (self.traced, self.window, self.window_edges, self.strayed) = (0, 0, 0, is_mutant(Mutant::NoWindow));
        // In a later round all blocks have their pins already.
        self.pinned = self.nodes.len();
    }

    /// The number of blocks that were traced and of entries that were taken.
    pub(super) fn work(&self) -> usize {
        self.blocks_traced() + self.entries_taken
    }

    /// The number of blocks that were traced, including those that were found dead in a window.
    pub(super) fn blocks_traced(&self) -> usize {
        self.traced + self.buried
    }

    /// Traces the roots and all that they reach, or a part of that up to `suspend_at`.
    ///
    /// # Errors
    ///
    /// If the collection has to be given up: the payload of a `trace` that panicked, or `None` if memory is missing.
    pub(crate) fn trace_on(&mut self) -> Result<Extent, Option<Payload>> {
        // A panic is caught before a lock is released, because the lock would be poisoned
        // otherwise.
        let walked = catch_unwind(AssertUnwindSafe(|| self.walk()));
        self.reported.clear();
        self.let_go();
        walked.map_err(Some)?.ok_or(None)
    }

    /// `None` if memory is missing.
    fn walk(&mut self) -> Option<Extent> {
        loop {
            if self.traced < self.nodes.len().min(self.work_limit) {
                let size = if self.strayed { STRETCH.min(self.judged) } else { self.judged };
                if self.traced - self.window < size {
                    self.trace_next();
                } else {
                    self.look(0);
                    self.let_go();
                    if !self.strayed {
                        (self.strayed, self.judged) = (true, (self.judged / 2).max(LEAST.min(self.judged)));
                    }
                    // Between two windows nothing is frozen, no lock is kept, and every captured block is pinned.
                    if self.work() >= self.suspend_at && !self.no_memory {
                        return Some(Extent::Part);
                    }
                }
                continue;
            }
            if self.reported.len() > 0 {
                self.look(0);
                continue;
            }
            if self.no_memory {
                return None;
            }
            // All blocks that were reached have been read.
            let room = self.nodes.len() - self.window <= self.judged / 4;
            if !self.strayed && room && self.take_roots() {
                continue;
            }
            if !self.strayed && self.window < self.nodes.len() && self.traced == self.nodes.len() {
                commit::judge_window(self);
            }
            self.let_go();
            self.strayed = is_mutant(Mutant::NoWindow);
            if !self.take_roots() && self.traced >= self.nodes.len().min(self.work_limit) {
                let is_part = self.work() >= self.suspend_at && self.entries_taken < self.entries.len();
                return (!self.no_memory).then_some(if is_part { Extent::Part } else { Extent::All });
            }
        }
    }

    /// Freezes and traces the next block.
    fn trace_next(&mut self) {
        let place = self.traced;
        self.traced += 1;
        if let Some(ahead) = self.nodes.get(place + AHEAD) {
            prefetch(std::ptr::from_ref(ahead.block.header()).cast::<u8>().wrapping_add(64));
        }
        let node = &mut self.nodes[place];
        let (block, header) = (node.block, node.block.header());
        let Some(word) = header.freeze() else { return };
        node.read(word);
        self.finalizes |= !word.is_finalized();
        let vtable = header.vtable();
        self.drops |= vtable.kind.drops();
        let start = (self.edges.len() + self.reported.len()) as u32;
        self.note_unread_cell = false;
        let lead = usize::from(Ring::lead(self.nodes.len()));
        self.at_once = lead == 0 && self.reported.len() == 0;
        // SAFETY: by *frozen*, the value is whole: it was frozen just now, and stays so until the
        // locks that are taken in it are released.
        unsafe { (vtable.trace)(block, &mut Tracer::new(&mut Ring::new(), &mut AsPass(self))) };
        if is_mutant(Mutant::NoFreeze) {
            self.guards.release();
        }
        let end = self.edges.len() + self.reported.len();
        self.no_memory |= end >= NONE as usize;
        let node = &mut self.nodes[place];
        node.edges = (start, end as u32);
        if self.note_unread_cell {
            node.unsettle();
        }
        if !self.at_once {
            self.look(lead);
        }
    }

    /// Captures the targets of the reported handles, except for the last `lead` handles.
    fn look(&mut self, lead: usize) {
        while let Some(target) = self.reported.pop_beyond(lead) {
            if !self.look_at(target) {
                return self.reported.clear();
            }
        }
    }

    /// Captures the target of one handle, which is in the window. Returns `false` if memory is
    /// missing.
    #[inline]
    fn look_at(&mut self, target: BlockPtr) -> bool {
        let room = self.edges.len() < self.edges.capacity() || self.edges.try_reserve(1).is_ok();
        if room {
            let place = self.place_of(target);
            self.edges.push(place);
        }
        self.no_memory |= !room;
        room
    }

    /// The place of a block that a handle in the window leads to. Captures the block if it is to be
    /// entered.
    #[inline]
    fn place_of(&mut self, target: BlockPtr) -> u32 {
        let header = target.header();
        match header.place() {
            Some(EXPECTED) => {}
            Some(place) => {
                header.allow();
                return place as u32;
            }
            None if header.word().is_leaf() || header.age() >= self.old_age => return NONE,
            None => {}
        }
        // A held block belongs to a collection that calls finalizers. The handle that was reported
        // here counts as an external handle there.
        if header.is_held() || !self.has_room() {
            return NONE;
        }
        header.allow();
        self.add(header, Node::reached(target)) as u32
    }

    /// Whether a block was taken to be live because memory was lacking.
    pub(super) fn lacks_memory(&self) -> bool {
        self.no_memory || self.guards.refused
    }

    fn has_room(&mut self) -> bool {
        let room = self.nodes.len() < self.nodes.capacity() || self.nodes.try_reserve(1).is_ok();
        let has_room = room && self.nodes.len() < MAX_PLACE;
        self.no_memory |= !has_room;
        has_room
    }

    #[inline]
    fn add(&mut self, header: &Header, node: Node) -> usize {
        let place = self.nodes.len();
        header.set_place(Some(place));
        self.nodes.push(node);
        place
    }
}

impl Walk for Capture {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        if self.at_once {
            self.look_at(target);
        } else if !self.reported.push(target) {
            self.no_memory = true;
        }
    }

    fn note_bytes(&mut self, bytes: usize) {
        self.noted_bytes = self.noted_bytes.saturating_add(bytes);
        self.nodes[self.traced - 1].note_bytes(bytes);
    }

    fn note_unread_cell(&mut self) {
        self.note_unread_cell = true;
    }

    fn guards(&mut self) -> &mut Guards {
        &mut self.guards
    }
}
