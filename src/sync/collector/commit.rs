//! The proof: the presumed dead are looked at once more, all at one time.
//!
//! All their values are frozen, all the locks in them taken, their handles counted again, and their words read twice. If
//! every count equals what was found, and no word has changed between the two readings, then at the moment between them
//! nobody outside had a handle: see `docs/sync.md` for why that is so. Nothing else can make one then, so it stays so.
//!
//! Who fails is taken out, with all that it reaches, and the rest is tried again. What is really dead is reached by nobody
//! who lives, so it passes in the end; after a few attempts that were disturbed, it waits for the next collection.

use super::capture::{Capture, Node};
use super::{Walk, trace};
use crate::stats::Collected;
use crate::sync::raw::BlockPtr;
use crate::sync::raw::guards::Guards;
use crate::sync::raw::sabotage::{Sabotage, is_sabotaged};

/// How often the rest is tried again in one collection.
const ATTEMPTS: usize = 4;

/// Leaves in the list of the dead who is dead for sure. They are condemned, unless finalizers are to be called first, which
/// is what it returns.
pub(crate) fn commit(capture: &mut Capture, report: &mut Collected) -> bool {
    if is_sabotaged(Sabotage::NoCommit) {
        return pass_sentence(capture);
    }
    for _ in 0..ATTEMPTS {
        freeze_all(capture);
        if capture.dead.is_empty() {
            return false;
        }
        trace_frozen(capture);
        let failed = test(capture, report);
        // Before anybody may change or destroy a value, the guards that point into it must be gone.
        capture.guards_mut().release();
        if !failed {
            return pass_sentence(capture);
        }
        capture.dead().for_each(|node| node.block.header().thaw());
        take_out_failed(capture);
    }
    capture.revive_all();
    false
}

/// Freezes the presumed dead; who cannot be frozen lives.
fn freeze_all(capture: &mut Capture) {
    let Capture { nodes, dead, .. } = capture;
    dead.retain(|&place| {
        let node = &mut nodes[place as usize];
        let frozen = node.block.header().freeze().is_some();
        node.set_dead(frozen);
        (node.found, node.edges) = (0, (0, 0));
        frozen
    });
}

/// Counts the handles among the frozen. All locks stay taken.
fn trace_frozen(capture: &mut Capture) {
    capture.edges.clear();
    #[cfg(recyc_sabotage)]
    capture.recorded.clear();
    let mut retrace = Retrace { capture, incomplete: false };
    for at in 0..retrace.capture.dead.len() {
        let place = retrace.capture.dead[at] as usize;
        let start = retrace.capture.edges.len() as u32;
        // SAFETY: frozen in `freeze_all`.
        let traced = unsafe { trace(retrace.capture.nodes[place].block, &mut retrace) };
        if let Err(payload) = traced {
            // It did not panic a moment ago. Its handles are not all counted, so it lives like any other.
            std::mem::forget(payload);
            retrace.incomplete = true;
        }
        if is_sabotaged(Sabotage::NoFreeze) {
            retrace.capture.guards_mut().release();
        }
        if std::mem::take(&mut retrace.incomplete) {
            // More than any count.
            retrace.capture.nodes[place].found = u32::MAX;
        }
        retrace.capture.nodes[place].edges = (start, retrace.capture.edges.len() as u32);
    }
}

struct Retrace<'a> {
    capture: &'a mut Capture,
    /// Something in the present value could not be looked at.
    incomplete: bool,
}

impl Walk for Retrace<'_> {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        let place = self.capture.find(target).filter(|&place| self.capture.nodes[place].is_dead());
        let Some(place) = place else {
            #[cfg(recyc_sabotage)]
            self.capture.recorded.push(target);
            return;
        };
        let Capture { nodes, edges, .. } = &mut *self.capture;
        if edges.try_reserve(1).is_err() || edges.len() == u32::MAX as usize {
            self.incomplete = true;
            return;
        }
        edges.push(place as u32);
        nodes[place].found = nodes[place].found.saturating_add(1);
    }

    fn guards(&mut self) -> &mut Guards {
        self.capture.guards_mut()
    }
}

/// Reads all words twice; whether somebody failed, and then the queue has who.
fn test(capture: &mut Capture, report: &mut Collected) -> bool {
    let Capture { nodes, dead, queue, .. } = capture;
    queue.clear();
    // Without memory all of them fail.
    let no_memory = queue.try_reserve(dead.len() * 2).is_err();
    // All first readings come before all second ones: what moved from one block to another in between shows in one of
    // them.
    for &place in &*dead {
        let node = &mut nodes[place as usize];
        // Acquire, in here: a handle that was given up was used to make others first; they must be in the counts that are
        // read from here on. Pairs with the Release of the drop.
        let word = node.block.header().settled_word();
        node.census = word.census();
        let none = word.count() == 0 && !is_sabotaged(Sabotage::ZeroExplained);
        if word.count() != node.found || none || word.is_worn() {
            // The handles that were found are all there while their places are frozen.
            report.overreported += usize::from(node.found > word.count() && node.found != u32::MAX);
            node.census = FAILED;
        }
    }
    for &place in &*dead {
        let node = &mut nodes[place as usize];
        // Acquire: as above.
        let same = is_sabotaged(Sabotage::OneRound) || node.block.header().settled_word().census() == node.census;
        if (node.census == FAILED || !same) && !no_memory {
            node.census = FAILED;
            queue.push(place);
        }
    }
    if no_memory {
        dead.iter().for_each(|&place| nodes[place as usize].census = FAILED);
    }
    no_memory || !queue.is_empty()
}

/// No word looks like this: it would be worn.
const FAILED: u64 = u64::MAX;

/// Takes out of the presumed dead who failed and what that reaches.
fn take_out_failed(capture: &mut Capture) {
    let Capture { nodes, edges, dead, queue, .. } = capture;
    for &place in &*dead {
        if nodes[place as usize].census == FAILED {
            nodes[place as usize].set_dead(false);
        }
    }
    while let Some(place) = queue.pop() {
        let (start, end) = nodes[place as usize].edges;
        for &target in &edges[start as usize..end as usize] {
            let reached: &mut Node = &mut nodes[target as usize];
            if reached.is_dead() {
                reached.set_dead(false);
                queue.push(target);
            }
        }
    }
    dead.retain(|&place| nodes[place as usize].is_dead());
}

/// Condemns the dead, or lets them be for their finalizers.
fn pass_sentence(capture: &mut Capture) -> bool {
    // Asked once, while they are frozen: afterwards somebody may upgrade a `Weak`, let go, and call a finalizer.
    let last_words = capture.finalizes && capture.dead().any(|node| !node.block.header().word().is_finalized());
    for node in capture.dead() {
        if last_words {
            // Nothing is frozen while finalizers run. Our pin says that the block is ours until the next verdict.
            node.block.header().thaw();
        } else {
            node.block.header().condemn();
        }
    }
    last_words
}
