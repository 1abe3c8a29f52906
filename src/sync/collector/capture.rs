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

#[forbid(unsafe_code)]
mod boxed;
#[forbid(unsafe_code)]
mod window;

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::commit::Group;
use super::decide::{Captured, Groups};
use super::graph::{Graph, NONE};
use super::limits::Limits;
use super::node::{DeadBlock, Node};
use super::phase::Extent;
use super::reported::Reported;
use super::roots::{EXPECTED, Roots};
use super::survivors::Decided;
use super::{AsPass, Collector, Walk, commit, rules};
use crate::policy::Kind;
use crate::raw::guards::Guards;
use crate::raw::prefetch::prefetch_value;
use crate::raw::sizes::size;
use crate::raw::tracer::Ring;
use crate::raw::unwind::Payload;
use crate::sync::raw::BlockPtr;
use crate::sync::raw::header::{Header, MAX_PLACE};
use crate::trace::Tracer;
pub(super) use boxed::CaptureBox;
pub(super) use window::WINDOW;
use window::Window;

/// How many blocks ahead of the block that is read a block is prefetched.
pub(crate) const AHEAD: usize = 8;

/// A list of a collection that has got longer than this gives its memory back at the end.
pub(super) const LONG: usize = size(1 << 14, 16);

/// The blocks that a collection has captured, and the lists that it needs for them.
#[derive(Default)]
pub(crate) struct Capture {
    pub(super) graph: Graph,
    /// The presumed dead, which the guess lists and the commit verifies.
    pub(super) groups: Groups,
    /// The blocks that are being verified.
    pub(super) group: Group,
    /// The blocks that are marked dead.
    pub(super) dead: Vec<DeadBlock>,
    pub(super) roots: Roots,
    pub(super) limits: Limits,
    pub(super) window: Window,
    pub(super) reading: Reading,
    /// How many of the nodes were read.
    traced: usize,
    /// How many blocks were captured and are not in the list of nodes any more.
    pub(super) removed: usize,
    /// How many bytes the values have reported.
    pub(super) noted_bytes: usize,
    pub(super) first_round: bool,
    /// The nodes before this place were dead in the last round, and waited for their finalizers.
    pub(super) revivable: usize,
    pub(super) no_memory: bool,
    /// Some captured block was entered whose finalizer may be due.
    pub(super) finalizes: bool,
    /// Some captured block was entered that cannot be disposed.
    pub(super) drops: bool,
}

/// The reading of values: the handles and locks of the present one.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) reported: Reported,
    pub(super) guards: Guards,
    /// Targets are captured when their handles are reported, as their headers are in the cache and
    /// a wait would gain nothing.
    at_once: bool,
    /// The value that is being read is not settled.
    has_unread_cell: bool,
}

/// The candidates are taken. What they reach is being captured, and between two shares no window is
/// open.
pub(super) struct Tracing(CaptureBox);

impl Tracing {
    /// Takes the candidates from all lists, or does nothing and returns `None` if there is no
    /// memory.
    pub(super) fn start(collector: &mut Collector, kind: Kind) -> Option<Self> {
        let mut capture = collector.scratch.take().or_else(CaptureBox::new)?;
        capture.start(collector, kind);
        Some(Self::of_roots(capture))
    }

    /// Prepares for a trace from the blocks that are captured already, if any, and the entries.
    pub(super) fn of_roots(mut capture: CaptureBox) -> Self {
        capture.start_trace();
        Self(capture)
    }

    pub(super) fn capture(&self) -> &Capture {
        &self.0
    }

    pub(super) fn into_capture(self) -> CaptureBox {
        self.0
    }

    /// Traces the roots and all that they reach, or `share` blocks and what belongs to their
    /// window.
    ///
    /// # Errors
    ///
    /// If a `trace` panics, or memory is missing: a decision that no more blocks are dead, and the
    /// payload of the panic.
    pub(super) fn trace(
        mut self,
        share: usize,
    ) -> Result<Extent<Captured, Self>, (Decided, Option<Payload>)> {
        self.0.limits.suspend_at = self.0.work().saturating_add(share);
        match self.0.trace_on() {
            Ok(Extent::All(())) => Ok(Extent::All(Captured::new(self.0))),
            Ok(Extent::Part(())) => Ok(Extent::Part(self)),
            Err(payload) => Err((Decided::abandoned(self.0), payload)),
        }
    }
}

impl Capture {
    /// Takes the candidates from all lists.
    fn start(&mut self, collector: &mut Collector, kind: Kind) {
        self.limits = Limits::of(kind);
        (self.first_round, self.revivable, self.noted_bytes) = (true, 0, 0);
        (self.drops, self.no_memory, self.reading.guards.refused) = (false, false, false);
        self.window.start_estimate();
        self.roots.take_from(collector, &self.limits);
    }

    /// Prepares for a trace from the roots.
    fn start_trace(&mut self) {
        self.graph.edges.clear();
        self.limits.this_round = self.limits.per_round;
        self.traced = 0;
        // In a later round all blocks have their pins already.
        self.window.start_trace(self.graph.nodes.len());
    }

    /// The number of blocks that were traced and of entries that were taken.
    pub(super) fn work(&self) -> usize {
        self.blocks_traced() + self.roots.taken
    }

    /// The number of blocks that were traced, including those that were found dead in a window.
    pub(super) fn blocks_traced(&self) -> usize {
        self.traced + self.removed
    }

    /// Traces the roots and all that they reach, or a part of that up to `suspend_at`.
    ///
    /// # Errors
    ///
    /// If the collection has to be given up: the payload of a `trace` that panicked, or `None` if
    /// memory is missing.
    fn trace_on(&mut self) -> Result<Extent<(), ()>, Option<Payload>> {
        // A panic is caught before a lock is released, because the lock would be poisoned
        // otherwise.
        let walked = catch_unwind(AssertUnwindSafe(|| self.walk()));
        self.reading.reported.clear();
        self.release_window();
        walked.map_err(Some)?.ok_or(None)
    }

    /// `None` if memory is missing.
    fn walk(&mut self) -> Option<Extent<(), ()>> {
        loop {
            if self.traced < self.graph.nodes.len().min(self.limits.this_round) {
                let size = self.window.size_now();
                if self.traced - self.window.start < size {
                    self.trace_next();
                } else {
                    self.capture_targets(0);
                    self.release_window();
                    self.window.stray();
                    // Between two windows nothing is frozen, no lock is kept, and every captured
                    // block is pinned.
                    if self.work() >= self.limits.suspend_at && !self.no_memory {
                        return Some(Extent::Part(()));
                    }
                }
                continue;
            }
            if self.reading.reported.len() > 0 {
                self.capture_targets(0);
                continue;
            }
            if self.no_memory {
                return None;
            }
            // All blocks that were reached have been read.
            let room = self.window.has_room_for_roots(self.graph.nodes.len() - self.window.start);
            if !self.window.strayed && room && self.take_roots(self.window.roots_at_once()) {
                continue;
            }
            if !self.window.strayed
                && self.window.start < self.graph.nodes.len()
                && self.traced == self.graph.nodes.len()
            {
                commit::verify_window(self);
            }
            self.release_window();
            self.window.strayed = !rules::verifies_windows();
            if !self.take_roots(self.window.roots_at_once())
                && self.traced >= self.graph.nodes.len().min(self.limits.this_round)
            {
                let is_part = self.work() >= self.limits.suspend_at
                    && self.roots.taken < self.roots.entries.len();
                return (!self.no_memory).then_some(if is_part {
                    Extent::Part(())
                } else {
                    Extent::All(())
                });
            }
        }
    }

    /// Freezes and traces the next block.
    fn trace_next(&mut self) {
        let place = self.traced;
        self.traced += 1;
        if let Some(ahead) = self.graph.nodes.get(place + AHEAD) {
            prefetch_value(ahead.block.start().as_ptr());
        }
        let node = &mut self.graph.nodes[place];
        let (block, header) = (node.block, node.block.header());
        let Some(word) = header.freeze() else { return };
        node.read(word);
        self.finalizes |= !word.is_finalized();
        let vtable = header.vtable();
        self.drops |= vtable.kind.drops();
        let start = (self.graph.edges.len() + self.reading.reported.len()) as u32;
        self.reading.has_unread_cell = false;
        let lead = usize::from(Ring::lead(self.graph.nodes.len()));
        self.reading.at_once = lead == 0 && self.reading.reported.len() == 0;
        // SAFETY: by *frozen*, the value is whole: it was frozen just now, and stays so until the
        // locks that are taken in it are released.
        unsafe { (vtable.trace)(block, &mut Tracer::new(&mut Ring::new(), &mut AsPass(self))) };
        rules::keep_locks(&mut self.reading.guards);
        let end = self.graph.edges.len() + self.reading.reported.len();
        self.no_memory |= end >= NONE as usize;
        let node = &mut self.graph.nodes[place];
        node.edges = (start, end as u32);
        if self.reading.has_unread_cell {
            node.unsettle();
        }
        if !self.reading.at_once {
            self.capture_targets(lead);
        }
    }

    /// Captures the targets of the reported handles, except for the last `lead` handles.
    fn capture_targets(&mut self, lead: usize) {
        while let Some(target) = self.reading.reported.pop_beyond(lead) {
            if !self.capture_target(target) {
                return self.reading.reported.clear();
            }
        }
    }

    /// Captures the target of one handle, which is in the window. Returns `false` if memory is
    /// missing.
    #[inline]
    fn capture_target(&mut self, target: BlockPtr) -> bool {
        let room = self.graph.edges.len() < self.graph.edges.capacity()
            || self.graph.edges.try_reserve(1).is_ok();
        if room {
            let place = self.place_of(target);
            self.graph.edges.push(place);
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
            None if header.word().is_leaf() || header.age() >= self.limits.old_age => return NONE,
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
        self.no_memory || self.reading.guards.refused
    }

    pub(super) fn has_room(&mut self) -> bool {
        let room = self.graph.nodes.len() < self.graph.nodes.capacity()
            || self.graph.nodes.try_reserve(1).is_ok();
        let has_room = room && self.graph.nodes.len() < MAX_PLACE;
        self.no_memory |= !has_room;
        has_room
    }

    #[inline]
    pub(super) fn add(&mut self, header: &Header, node: Node) -> usize {
        let place = self.graph.nodes.len();
        header.set_place(Some(place));
        self.graph.nodes.push(node);
        place
    }
}

impl Walk for Capture {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        if self.reading.at_once {
            self.capture_target(target);
        } else if !self.reading.reported.push(target) {
            self.no_memory = true;
        }
    }

    fn note_bytes(&mut self, bytes: usize) {
        self.noted_bytes = self.noted_bytes.saturating_add(bytes);
        self.graph.nodes[self.traced - 1].note_bytes(bytes);
    }

    fn note_unread_cell(&mut self) {
        self.reading.has_unread_cell = !rules::unread_is_settled();
    }

    fn guards(&mut self) -> &mut Guards {
        &mut self.reading.guards
    }
}
