//! The proof: the presumed dead are looked at once more, all of a group at one time.
//!
//! All their values are frozen, all the locks in them taken, their handles counted again, and their words read twice. If
//! every count equals what was found, and no word has changed between the two readings, then at the moment between them
//! nobody outside had a handle: see `docs/sync.md` for why that is so. Nothing else can make one then, so it stays so.
//!
//! Who fails is taken out, with all that it reaches, and the rest is tried again. What is really dead is reached by nobody
//! who lives, so it passes in the end; after a few attempts that were disturbed, it waits for the next collection.

use super::capture::Capture;
use super::{Walk, trace};
use crate::stats::Collected;
use crate::sync::raw::BlockPtr;
use crate::sync::raw::guards::Guards;
use crate::sync::raw::sabotage::{Sabotage, is_sabotaged};

/// How often the rest of a group is tried again in one collection.
const ATTEMPTS: usize = 4;

/// Condemns who is dead for sure, except where finalizers are to be called first; returns whether there are such.
pub(crate) fn commit(capture: &mut Capture, report: &mut Collected) -> bool {
    let mut last_words = false;
    let mut start = 0;
    for at in 0..capture.group_ends.len() {
        let end = capture.group_ends[at] as usize;
        let Capture { group, dead, .. } = capture;
        group.clear();
        group.extend_from_slice(&dead[start..end]);
        start = end;
        last_words |= commit_group(capture, report);
    }
    last_words
}

/// The same for one group.
fn commit_group(capture: &mut Capture, report: &mut Collected) -> bool {
    if is_sabotaged(Sabotage::NoCommit) {
        return pass_sentence(capture);
    }
    for _ in 0..ATTEMPTS {
        freeze_all(capture);
        if capture.group.is_empty() {
            return false;
        }
        trace_frozen(capture);
        let failed = test(capture, report);
        // Before anybody may change or destroy a value, the guards that point into it must be gone.
        capture.guards_mut().release();
        if !failed {
            return pass_sentence(capture);
        }
        capture.group.iter().for_each(|&place| capture.nodes[place as usize].block.header().thaw());
        take_out_failed(capture);
    }
    capture.group.iter().for_each(|&place| capture.nodes[place as usize].presume_alive());
    false
}

/// Freezes the group; who cannot be frozen lives.
fn freeze_all(capture: &mut Capture) {
    let Capture { nodes, group, .. } = capture;
    group.retain(|&place| {
        let node = &mut nodes[place as usize];
        let frozen = node.block.header().freeze().is_some();
        if frozen {
            node.join_group();
        } else {
            node.presume_alive();
        }
        frozen
    });
}

/// Counts the handles among the frozen. All locks stay taken.
fn trace_frozen(capture: &mut Capture) {
    capture.edges.clear();
    #[cfg(recyc_sabotage)]
    capture.recorded.clear();
    let mut retrace = Retrace { capture, settled: true, incomplete: false };
    for at in 0..retrace.capture.group.len() {
        let place = retrace.capture.group[at] as usize;
        let start = retrace.capture.edges.len() as u32;
        (retrace.settled, retrace.incomplete) = (true, false);
        // SAFETY: frozen in `freeze_all`.
        let traced = unsafe { trace(retrace.capture.nodes[place].block, &mut retrace) };
        if is_sabotaged(Sabotage::NoFreeze) {
            retrace.capture.guards_mut().release();
        }
        let (settled, incomplete) = (retrace.settled, retrace.incomplete | traced.is_err());
        let end = retrace.capture.edges.len() as u32;
        let node = &mut retrace.capture.nodes[place];
        node.edges = (start, end);
        if incomplete {
            // Its handles are not all counted, so it lives. More than any count:
            node.found = u32::MAX;
        }
        if settled {
            node.settle();
        }
        if let Err(payload) = traced {
            // It did not panic a moment ago, and nobody is there to be told.
            std::mem::forget(payload);
        }
    }
}

struct Retrace<'a> {
    capture: &'a mut Capture,
    /// All handles of the present value lead into the group, and no cell of it can be filled later.
    settled: bool,
    /// Something in the present value could not be looked at.
    incomplete: bool,
}

impl Walk for Retrace<'_> {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        let place = self.capture.find(target).filter(|&place| self.capture.nodes[place].is_in_group());
        let Some(place) = place else {
            self.settled = false;
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

    fn unsettled(&mut self) {
        self.settled = false;
    }

    fn guards(&mut self) -> &mut Guards {
        self.capture.guards_mut()
    }
}

/// Reads all words twice; whether somebody failed, and then the queue has who.
fn test(capture: &mut Capture, report: &mut Collected) -> bool {
    // There is room in the queue for all: it was made before anybody was presumed dead.
    let Capture { nodes, group, queue, .. } = capture;
    queue.clear();
    // All first readings come before all second ones: what moved from one block to another in between shows in one of
    // them.
    for &place in &*group {
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
    for &place in &*group {
        let node = &mut nodes[place as usize];
        // Acquire: as above.
        let same = is_sabotaged(Sabotage::OneRound) || node.block.header().settled_word().census() == node.census;
        if node.census == FAILED || !same {
            queue.push(place);
        }
    }
    !queue.is_empty()
}

/// No word looks like this: it would be worn.
const FAILED: u64 = u64::MAX;

/// Takes out of the group who failed and what that reaches.
fn take_out_failed(capture: &mut Capture) {
    let Capture { nodes, edges, group, queue, .. } = capture;
    queue.iter().for_each(|&place| nodes[place as usize].presume_alive());
    while let Some(place) = queue.pop() {
        let (start, end) = nodes[place as usize].edges;
        for &target in &edges[start as usize..end as usize] {
            let reached = &mut nodes[target as usize];
            if reached.is_in_group() {
                reached.presume_alive();
                queue.push(target);
            }
        }
    }
    group.retain(|&place| nodes[place as usize].is_in_group());
}

/// Condemns the group, or lets it be for its finalizers; returns whether that is so.
fn pass_sentence(capture: &mut Capture) -> bool {
    let Capture { nodes, group, finalizes, .. } = capture;
    // Asked once, while they are frozen: afterwards somebody may upgrade a `Weak`, let go, and call a finalizer.
    let is_due = |&place: &u32| !nodes[place as usize].block.header().word().is_finalized();
    let last_words = *finalizes && group.iter().any(is_due);
    for &place in &*group {
        let node = &mut nodes[place as usize];
        if last_words {
            // Nothing is frozen while finalizers run. Our pin says that the block is ours until the next verdict.
            node.block.header().thaw();
        } else {
            node.block.header().condemn();
        }
        node.leave_group(!last_words);
    }
    last_words
}
