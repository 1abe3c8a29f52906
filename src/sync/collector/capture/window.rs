//! The end of a window, and the size of the next one.

use super::super::node::Node;
use super::{Capture, LEAST, WINDOW};
use crate::sync::raw::mutants::{Mutant, is_mutant};
use crate::sync::raw::release::Handle;

impl Capture {
    /// Releases the window, after the decision about it if it was verified.
    pub(super) fn let_go(&mut self) {
        // The handles that keep these blocks may be dropped as soon as the locks are released.
        for node in &mut self.nodes[self.pinned..] {
            if !node.has_entry() && !node.is_in_group() && !is_mutant(Mutant::NoHold) {
                node.hold();
            }
        }
        // Before another thread may change or destroy a value, the guards that point into it must
        // be dropped.
        self.guards.release();
        for node in &mut self.nodes[self.window..self.traced] {
            if node.is_in_group() {
                // There is room: it was reserved before a block could be marked dead.
                node.mark_dead(&mut self.corpses);
            } else if node.is_traced() {
                node.block.header().thaw();
                if is_mutant(Mutant::CountPins) {
                    drop(Handle(node.block));
                }
            }
        }
        if self.traced > self.window && self.nodes[self.window..].iter().all(Node::is_condemned) {
            // No block outside of the window has handles to them, so their places are not needed
            // any more.
            let all = self.nodes.len() - self.window;
            self.nodes.truncate(self.window);
            self.edges.truncate(self.window_edges);
            self.traced = self.window;
            self.buried += all;
            self.work_limit -= all.min(self.work_limit);
        }
        self.window = self.traced;
        self.window_edges = self.edges.len();
        self.pinned = self.nodes.len();
    }

    /// Enlarges the window after `dead` connected blocks were dead and had to be read a second
    /// time, as they would have fitted into a larger window. The new size is at least twice `dead`,
    /// up to `WINDOW`, since a window does not begin where a group does.
    pub(crate) fn missed(&mut self, dead: usize) {
        if dead <= WINDOW {
            self.judged = self.judged.max((dead * 2).min(WINDOW));
        }
    }

    /// Adapts the size of the next window to the number of `dead` blocks in the last one: doubles
    /// it up to `WINDOW` if there were any, and halves it down to `LEAST` otherwise.
    pub(crate) fn adapt(&mut self, dead: usize) {
        self.judged = if dead > 0 { (self.judged * 2).min(WINDOW) } else { (self.judged / 2).max(LEAST) };
    }
}
