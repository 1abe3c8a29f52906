//! Where a window is, its end, and the size of the next one.

use super::super::node::Node;
use super::super::rules;
use super::Capture;
use crate::raw::sizes::size;
use crate::sync::raw;
use crate::sync::raw::upgrades::Seal;

/// The largest window that is verified. Its blocks and their locks fit into the first-level caches.
/// A thread that waits for one of them waits for some tens of microseconds at most.
pub(crate) const WINDOW: usize = size(1024, 8);
/// The smallest limit for a window that is verified, other than a window of one block.
const LEAST: usize = size(8, 2);
/// The size of a window that is too long to be verified. It is large enough for the processor to
/// load several blocks at once.
const STRETCH: usize = size(16, 4);
/// How many roots come at a time, at most.
const ROOTS: usize = size(32, 4);

/// The values that are read and kept frozen together, and the size of such a window.
#[derive(Debug, Default)]
pub(crate) struct Window {
    /// The nodes from this place on belong to the window: those that were read are frozen.
    pub(crate) start: usize,
    /// Where the edges of the window start.
    pub(crate) edges: usize,
    /// The nodes from this place on are kept only by handles in the window.
    pinned: usize,
    /// The size limit of a window that is verified.
    size_limit: usize,
    /// The walk has come beyond a window.
    pub(super) strayed: bool,
    /// Has upgrades wait while a window that was found dead is marked.
    pub(crate) seal: Seal,
}

impl Window {
    /// Takes the window of the last collection as the first estimate for this one.
    pub(super) fn start_estimate(&mut self) {
        self.size_limit =
            rules::window_size(if self.size_limit == 0 { WINDOW } else { self.size_limit });
    }

    /// Starts with an empty window. The first `pinned` nodes have pins.
    pub(super) fn start_trace(&mut self, pinned: usize) {
        (self.start, self.edges, self.strayed) = (0, 0, !rules::verifies_windows());
        self.pinned = pinned;
    }

    /// The size at which the present window ends.
    #[inline]
    pub(super) fn size_now(&self) -> usize {
        if self.strayed { STRETCH.min(self.size_limit) } else { self.size_limit }
    }

    /// How many roots come at a time.
    pub(super) fn roots_at_once(&self) -> usize {
        ROOTS.min(self.size_limit / 4).max(1)
    }

    /// Whether more roots may join `len` nodes that are in the window.
    pub(super) fn has_room_for_roots(&self, len: usize) -> bool {
        len <= self.size_limit / 4
    }

    /// Notes that what the blocks of the window reach does not fit into it.
    pub(super) fn stray(&mut self) {
        if !self.strayed {
            self.strayed = true;
            self.size_limit = (self.size_limit / 2).max(LEAST.min(self.size_limit));
        }
    }

    /// Enlarges the window after `dead` connected blocks were dead and had to be read a second
    /// time, as they would have fitted into a larger window. The new size is at least twice `dead`,
    /// up to `WINDOW`, since a window does not begin where a group does.
    pub(crate) fn missed(&mut self, dead: usize) {
        if dead <= WINDOW {
            self.size_limit = rules::window_size(self.size_limit.max((dead * 2).min(WINDOW)));
        }
    }

    /// Adapts the size of the next window to the number of `dead` blocks in the last one: doubles
    /// it up to `WINDOW` if there were any, and halves it down to `LEAST` otherwise.
    pub(crate) fn adapt(&mut self, dead: usize) {
        self.size_limit = if dead > 0 {
            (self.size_limit * 2).min(WINDOW)
        } else {
            (self.size_limit / 2).max(LEAST)
        };
    }
}

impl Capture {
    /// Releases the window, after the decision about it if it was verified.
    pub(super) fn release_window(&mut self) {
        // The handles that keep these blocks may be dropped as soon as the locks are released.
        for node in &mut self.graph.nodes[self.window.pinned..] {
            if rules::needs_pin(node) {
                node.hold();
            }
        }
        // Before another thread may change or destroy a value, the guards that point into it must
        // be dropped.
        self.reading.guards.release();
        for node in &mut self.graph.nodes[self.window.start..self.traced] {
            if node.is_in_group() {
                // There is room: it was reserved before a block could be marked dead.
                node.mark_dead(&mut self.dead);
            } else if node.is_traced() {
                raw::rules::thaw(node.block);
            }
        }
        self.window.seal.open();
        if self.traced > self.window.start
            && self.graph.nodes[self.window.start..].iter().all(Node::is_marked_dead)
        {
            // No block outside of the window has handles to them, so their places are not needed
            // any more.
            let all = self.graph.nodes.len() - self.window.start;
            self.graph.nodes.truncate(self.window.start);
            self.graph.edges.truncate(self.window.edges);
            self.traced = self.window.start;
            self.removed += all;
            self.limits.this_round -= all.min(self.limits.this_round);
        }
        self.window.start = self.traced;
        self.window.edges = self.graph.edges.len();
        self.window.pinned = self.graph.nodes.len();
    }
}
