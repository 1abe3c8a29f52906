//! The second reading of a group, while all its blocks are frozen.
//!
//! Not `forbid(unsafe_code)` because the frozen values are traced here (*frozen*).

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::capture::Capture;
use super::super::graph::{Graph, NONE};
use super::super::{AsPass, Walk, rules};
use super::{Group, fetch_ahead};
use crate::raw::guards::Guards;
use crate::raw::tracer::Ring;
use crate::sync::raw::BlockPtr;
use crate::trace::Tracer;

/// Reads the frozen values once more. All locks stay taken.
pub(super) fn trace_frozen(capture: &mut Capture) {
    capture.graph.edges.clear();
    let lead = usize::from(Ring::lead(capture.group.places.len()));
    let mut retrace = Retrace { capture, lead, settled: true, complete: true };
    let mut next = 0;
    // A `trace` that panics here did not panic in the first walk. There is no caller to pass the
    // panic to, so the walk goes on behind that value.
    while let Err(payload) = catch_unwind(AssertUnwindSafe(|| retrace.values(&mut next))) {
        retrace.complete = false;
        retrace.note(next - 1);
        std::mem::forget(payload);
    }
    retrace.record_targets(0);
}

/// The pass over the group.
struct Retrace<'a> {
    capture: &'a mut Capture,
    /// How many targets wait for their headers.
    lead: usize,
    /// No cell of the present value can be filled later.
    settled: bool,
    /// All handles of the present value are noted.
    complete: bool,
}

impl Retrace<'_> {
    /// Reads the values of the group from the place `next` on, which is behind the present value
    /// while that is read.
    fn values(&mut self, next: &mut usize) {
        while *next < self.capture.group.places.len() {
            *next += 1;
            self.value(*next - 1);
        }
    }

    /// Reads the value that is at this place of the group.
    fn value(&mut self, at: usize) {
        let Capture {
            graph: Graph { nodes, edges, .. },
            group: Group { places: group, .. },
            reading,
            ..
        } = &mut *self.capture;
        let reported = &reading.reported;
        fetch_ahead(nodes, group, at);
        let node = &mut nodes[group[at] as usize];
        let block = node.block;
        let start = (edges.len() + reported.len()) as u32;
        node.edges = (start, start);
        (self.settled, self.complete) = (true, true);
        // SAFETY: by *frozen*, the value is whole: it was frozen in `freeze_all`, and stays so
        // until the locks that are taken in it are released.
        unsafe {
            (block.header().vtable().trace)(
                block,
                &mut Tracer::new(&mut Ring::new(), &mut AsPass(self)),
            )
        };
        rules::keep_locks(&mut self.capture.reading.guards);
        self.note(at);
        self.record_targets(self.lead);
    }

    /// Records the result of the reading of that value.
    fn note(&mut self, at: usize) {
        let Capture {
            graph: Graph { nodes, edges, .. },
            group: Group { places: group, .. },
            reading,
            ..
        } = &mut *self.capture;
        let reported = &reading.reported;
        let node = &mut nodes[group[at] as usize];
        let end = edges.len() + reported.len();
        node.edges.1 = end as u32;
        if !self.complete || end >= NONE as usize {
            // The block is live, and so are the blocks that it reaches.
            node.mark_incomplete();
        } else if !self.settled {
            node.unsettle();
        }
    }

    /// Records the targets of the reported handles, except for the last `lead` handles.
    fn record_targets(&mut self, lead: usize) {
        while let Some(target) = self.capture.reading.reported.pop_beyond(lead) {
            self.record_target(target);
        }
    }

    #[inline]
    fn record_target(&mut self, target: BlockPtr) {
        let header = target.header();
        // A block that is frozen now is in the group.
        let frozen = header.word().is_frozen_here();
        let place =
            header.place().filter(|&place| frozen && place < self.capture.graph.nodes.len());
        // There is room: it was made when the handle was reported.
        self.capture.graph.edges.push(place.map_or(NONE, |place| place as u32));
    }
}

impl Walk for Retrace<'_> {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        let Capture { graph: Graph { edges, .. }, reading, .. } = &mut *self.capture;
        let reported = &mut reading.reported;
        let waiting = reported.len();
        let has_room =
            edges.capacity() - edges.len() > waiting || edges.try_reserve(waiting + 1).is_ok();
        if has_room && self.lead == 0 {
            self.record_target(target);
        } else if !has_room || !reported.push(target) {
            self.complete = false;
            self.capture.no_memory = true;
        }
    }

    fn note_unread_cell(&mut self) {
        self.settled = rules::unread_is_settled();
    }

    fn guards(&mut self) -> &mut Guards {
        &mut self.capture.reading.guards
    }
}
