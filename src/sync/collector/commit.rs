//! The proof: the presumed dead are read once more, all blocks of a group at one time.
//!
//! All their values are frozen, all the locks in them taken, their handles counted again, and their
//! words read twice. If every count equals what was found, and no word has changed between the two
//! readings, then at the moment between them there was no handle outside of the group.
//! `docs/sync.md` explains why. No thread can make such a handle afterwards, so this stays true.
//!
//! A block that fails the check is removed from the group, with all that it reaches, and the rest
//! is tried again. No live block reaches a block that is really dead, so the dead block passes in
//! the end. After a few attempts that were disturbed it waits for the next collection.

mod retrace;

use super::capture::{AHEAD, Capture, CaptureBox, WINDOW};
use super::graph::{Graph, NONE, edges_of};
use super::node::Node;
use super::phase::Extent;
use super::reclaim::is_shuffled;
use super::rules;
use super::survivors::Decided;
use crate::raw::prefetch::prefetch;
use crate::raw::sizes::size;
use crate::report::CollectionReport;
use crate::sync::raw::upgrades::{self, Quiet, Seal};
use retrace::trace_frozen;

/// How often the rest of a group is tried again in one collection.
const ATTEMPTS: usize = 4;

/// The blocks that are being verified.
#[derive(Default)]
pub(super) struct Group {
    /// Their places in the list of nodes.
    pub(super) places: Vec<u32>,
    /// The places of blocks that were frozen for the verification and failed it.
    pub(super) out: Vec<u32>,
    /// A block was removed from the group.
    reduced: bool,
}

/// The presumed dead are listed in groups, which are being verified.
pub(super) struct Presumed {
    capture: CaptureBox,
    groups_committed: usize,
    /// Finalizers are to be called before the blocks found dead in this round are reclaimed.
    waits_for_finalizers: bool,
}

impl Presumed {
    pub(super) fn new(capture: CaptureBox) -> Self {
        Self { capture, groups_committed: 0, waits_for_finalizers: false }
    }

    pub(super) fn capture(&self) -> &Capture {
        &self.capture
    }

    pub(super) fn into_capture(self) -> CaptureBox {
        self.capture
    }

    /// Marks the blocks dead that pass the check, except for groups whose finalizers are to be
    /// called first. Begins no group after `share` blocks were read.
    pub(super) fn commit(
        mut self,
        share: usize,
        report: &mut CollectionReport,
    ) -> Extent<Decided, Self> {
        let capture = &mut *self.capture;
        let mut read = 0;
        while let Some(&end) = capture.groups.ends.get(self.groups_committed) {
            if read >= share {
                return Extent::Part(self);
            }
            let start = self
                .groups_committed
                .checked_sub(1)
                .map_or(0, |before| capture.groups.ends[before] as usize);
            self.groups_committed += 1;
            let Capture { group, groups, .. } = &mut *capture;
            group.places.clear();
            group.places.extend_from_slice(&groups.dead[start..end as usize]);
            read += group.places.len();
            self.waits_for_finalizers |= commit_group(capture, report);
        }
        Extent::All(Decided::new(self.capture, self.waits_for_finalizers))
    }
}

/// Verifies one group. Returns whether the group is dead and has finalizers to call first.
fn commit_group(capture: &mut Capture, report: &mut CollectionReport) -> bool {
    let Some(verified) = rules::verified(|| verify(capture, report)) else { return false };
    commit_dead(capture, verified.needs_finalizer);
    verified.needs_finalizer
}

/// A group that is dead.
#[derive(Default)]
struct Verified {
    needs_finalizer: bool,
    /// Kept until the blocks of the group are marked dead.
    _seal: Seal,
}

/// Removes the blocks from the group that fail the check, and freezes the others. Returns `None` if
/// no block is left, or if the group was disturbed too often.
fn verify(capture: &mut Capture, report: &mut CollectionReport) -> Option<Verified> {
    sort(capture);
    let arrivals = upgrades::arrivals();
    let (mut may_close, mut closes) = (true, rules::closes_first_attempt());
    for _ in 0..ATTEMPTS {
        let mut seal = Seal::default();
        if std::mem::take(&mut closes) {
            seal.close_early();
            may_close = false;
        }
        freeze_all(capture);
        if capture.group.places.is_empty() {
            return None;
        }
        trace_frozen(capture);
        let quiet = compare(capture, 0, report);
        let needs_finalizer = finalizer_is_due(capture);
        // A group that waits for finalizers can be upgraded until they were called.
        let is_dead = |group: &[u32], seal: &mut Seal| {
            quiet
                .is_some_and(|quiet| group.is_empty() || needs_finalizer || seal.close(quiet, true))
        };
        // When the group is sealed, each frozen block has to be in it. If that is so already, no
        // upgrade can disturb the verification while the guards are dropped.
        let is_whole = capture.group.out.is_empty();
        let mut passed = is_whole && is_dead(&capture.group.places, &mut seal);
        // Before another thread may change or destroy a value, the guards that point into it must
        // be dropped.
        capture.reading.guards.release();
        let fits = capture.group.places.len() + capture.group.out.len() <= upgrades::CLOSED;
        if !passed && may_close && fits && upgrades::arrivals() != arrivals {
            closes = true;
            thaw_and_restore(capture);
            continue;
        }
        let Capture { graph: Graph { nodes, .. }, group: Group { places: group, out, .. }, .. } =
            &mut *capture;
        out.drain(..).for_each(|place| nodes[place as usize].block.header().thaw());
        passed = passed || !is_whole && is_dead(group, &mut seal);
        if passed {
            let dead = group.len();
            capture.window.missed(dead);
            return Some(Verified { needs_finalizer, _seal: seal });
        }
        group.iter().for_each(|&place| nodes[place as usize].block.header().thaw());
        take_out_failed(capture);
        capture.group.out.clear();
    }
    capture
        .group
        .places
        .iter()
        .for_each(|&place| capture.graph.nodes[place as usize].presume_live());
    None
}

/// Ends an attempt that upgrades may have disturbed. The next attempt verifies all blocks of this
/// one, closed to upgrades, or a program that upgrades all the time could keep a dead group
/// forever.
fn thaw_and_restore(capture: &mut Capture) {
    let Capture {
        graph: Graph { nodes, queue, .. }, group: Group { places: group, out, .. }, ..
    } = capture;
    queue.clear();
    group.append(out); // There is room: these blocks were in the group before.
    for &place in &*group {
        nodes[place as usize].presume_dead();
        nodes[place as usize].block.header().thaw();
    }
}

/// Whether a block in the frozen group has a finalizer to call. Read once: later another thread may
/// upgrade a `Weak`, drop the handle, and so call a finalizer.
fn finalizer_is_due(capture: &Capture) -> bool {
    let is_due =
        |&place: &u32| !capture.graph.nodes[place as usize].block.header().word().is_finalized();
    capture.finalizes && capture.group.places.iter().any(is_due)
}

/// Prefetches the header that comes up soon in a walk over the group, and the entry of `nodes` that
/// holds the address of a later one.
#[inline]
fn fetch_ahead(nodes: &[Node], group: &[u32], at: usize) {
    if let Some(&ahead) = group.get(at + 2 * AHEAD) {
        prefetch((&raw const nodes[ahead as usize]).cast());
    }
    if let Some(&ahead) = group.get(at + AHEAD) {
        prefetch(std::ptr::from_ref(nodes[ahead as usize].block.header()).cast());
    }
}

/// From this many on, blocks that are strewn over the memory are put in order first: they are gone
/// through several times.
const SORT_FROM: usize = size(1024, 4);

/// Puts a large group into the order of its addresses, if that is far from how it is.
fn sort(capture: &mut Capture) {
    let Capture { graph: Graph { nodes, .. }, group: Group { places: group, .. }, .. } = capture;
    let address = |place: u32| nodes[place as usize].block;
    if group.len() >= SORT_FROM
        && is_shuffled(group.windows(2).map(|pair| address(pair[0]) > address(pair[1])))
    {
        let mut pairs = Vec::new();
        if pairs.try_reserve(group.len()).is_ok() {
            pairs.extend(group.iter().map(|&place| (address(place), place)));
            pairs.sort_unstable();
            group.iter_mut().zip(pairs).for_each(|(place, (_, sorted))| *place = sorted);
        }
    }
}

/// Freezes the group. A block that cannot be frozen is live.
fn freeze_all(capture: &mut Capture) {
    capture.group.reduced = false;
    let Capture { graph: Graph { nodes, found, .. }, group: Group { places: group, .. }, .. } =
        capture;
    let (mut frozen, mut next) = (0, 0);
    while let Some(&place) = group.get(next) {
        next += 1;
        fetch_ahead(nodes, group, next);
        let node = &mut nodes[place as usize];
        if node.block.header().freeze().is_none() {
            node.presume_live();
            continue;
        }
        node.join_group();
        node.start_again();
        found[place as usize] = node.given;
        group[frozen] = place;
        frozen += 1;
    }
    group.truncate(frozen);
}

/// Verifies a window of the first walk: all that its blocks reach is in it, or is not captured, or
/// was captured before. All blocks of the window are frozen, with all locks taken. Afterwards the
/// group holds the blocks that are dead, which the caller has to mark dead.
pub(super) fn verify_window(capture: &mut Capture) {
    let Capture { graph, group, dead, window, .. } = &mut *capture;
    let Graph { nodes, found, queue, .. } = graph;
    let size = nodes.len() - window.start;
    let lists = [&mut group.places, &mut group.out, queue];
    let room = lists.into_iter().all(|list| {
        list.clear();
        list.try_reserve(size).is_ok()
    });
    let more = nodes.len().saturating_sub(found.len());
    if !room || found.try_reserve(more).is_err() || dead.try_reserve(nodes.len()).is_err() {
        return;
    }
    found.resize(found.len() + more, 0);
    for (at, node) in nodes.iter_mut().enumerate().skip(window.start) {
        found[at] = node.given;
        node.join_group();
        group.places.push(at as u32);
    }
    let from = window.edges;
    group.reduced = false;
    let quiet = compare(capture, from, &mut CollectionReport::default());
    // Finalizers are called only for blocks that a commit has found dead.
    let needs_finalizer = finalizer_is_due(capture);
    let Capture { graph, group, window, .. } = &mut *capture;
    let Graph { nodes, edges, .. } = graph;
    let Group { places: group, out, reduced } = group;
    let is_dead = |quiet| !needs_finalizer && (group.is_empty() || window.seal.close(quiet, false));
    if !quiet.is_some_and(is_dead) {
        group.iter().for_each(|&place| nodes[place as usize].leave_group());
        group.clear();
    }
    // If no block was removed and no handle leads out of the window, there is nothing to record
    // about its blocks.
    let closed = !*reduced
        && edges[from..].iter().all(|&target| target != NONE && target as usize >= window.start);
    for &place in group.iter().filter(|_| !closed) {
        let node = nodes[place as usize];
        let reported = node.edges.1 - node.edges.0;
        let (mut seen, mut outside) = (0, false);
        for &target in edges_of(&node, edges) {
            seen += 1;
            let target = &mut nodes[target as usize];
            if !target.is_in_group() {
                target.given += 1;
                outside = true;
            }
        }
        if outside || seen < reported {
            nodes[place as usize].unsettle();
        }
    }
    let dead = group.len();
    out.clear();
    capture.window.adapt(dead);
}

/// Removes from the frozen group each block that has other handles than those found, and what that
/// block reaches. The rest is dead if the result can be sealed. Returns `None` if an upgrade was
/// present between the two readings, or if the word of a block changed; then the queue holds the
/// places of these blocks.
fn compare(capture: &mut Capture, from: usize, report: &mut CollectionReport) -> Option<Quiet> {
    let Capture {
        graph: Graph { nodes, edges, found, queue },
        group: Group { places: group, .. },
        ..
    } = &mut *capture;
    // A window was read just now.
    let is_near = group.len() <= WINDOW;
    for &target in edges[from..].iter().filter(|target| **target != NONE) {
        found[target as usize] += 1;
    }
    queue.clear();
    // All first readings come before all second ones. A handle that moved from one block to another
    // in between changes one of the readings.
    for (at, &place) in group.iter().enumerate() {
        if !is_near {
            fetch_ahead(nodes, group, at);
        }
        let node = &mut nodes[place as usize];
        // Acquire, in here: a handle that was given up was used to make others first; they must be
        // in the counts that are read from here on. Pairs with the Release of the drop.
        let word = node.block.header().settled_word();
        let found = found[place as usize];
        node.count_and_version = word.count_and_version();
        let is_explained = word.count() == found && !word.has_no_handle() && !word.proves_nothing();
        if !is_explained || !node.is_traced() || !node.is_complete() {
            // The handles that were found are all there while their places are frozen.
            report.overreported += usize::from(found > word.count() && node.is_complete());
            // There is room in the queue for all: it was made before.
            queue.push(place);
        }
    }
    take_out_failed(capture);
    let quiet = upgrades::read();
    let Capture { graph: Graph { nodes, queue, .. }, group: Group { places: group, .. }, .. } =
        capture;
    for (at, &place) in group.iter().enumerate() {
        if !is_near {
            fetch_ahead(nodes, group, at);
        }
        let node = &nodes[place as usize];
        if !rules::is_unchanged(node) {
            queue.push(place);
        }
    }
    quiet.filter(|_| queue.is_empty())
}

/// Removes from the group the blocks in the queue, which failed the check, and what they reach.
fn take_out_failed(capture: &mut Capture) {
    let Capture { graph: Graph { nodes, edges, queue, .. }, group, .. } = capture;
    let Group { places: group, out, reduced } = group;
    if queue.is_empty() {
        return;
    }
    *reduced = true;
    queue.iter().for_each(|&place| nodes[place as usize].presume_live());
    while let Some(place) = queue.pop() {
        let node = nodes[place as usize];
        for &target in edges_of(&node, edges) {
            let reached = &mut nodes[target as usize];
            if reached.is_in_group() {
                reached.presume_live();
                queue.push(target);
            }
        }
    }
    group.retain(|&place| {
        let stays = nodes[place as usize].is_in_group();
        if !stays {
            // There is room: it was made before.
            out.push(place);
        }
        stays
    });
}

/// Marks the group dead, or releases it for its finalizers.
fn commit_dead(capture: &mut Capture, needs_finalizer: bool) {
    let Capture { graph: Graph { nodes, edges, .. }, group, dead: dead_blocks, .. } = capture;
    let Group { places: group, reduced, .. } = group;
    for (at, &place) in group.iter().enumerate() {
        fetch_ahead(nodes, group, at);
        let node = nodes[place as usize];
        if needs_finalizer {
            // No block is frozen while finalizers run. The pin of this collection keeps other
            // collections out of the block until it is verified again.
            node.block.header().thaw();
            nodes[place as usize].leave_group();
            continue;
        }
        let reported = (node.edges.1 - node.edges.0) as usize;
        let is_dead = |node: &Node| node.is_in_group() || node.is_marked_dead();
        let seen = edges_of(&node, edges);
        // As long as no block was removed, all blocks that were frozen are dead.
        let dead = if *reduced {
            seen.filter(|&&place| is_dead(&nodes[place as usize])).count()
        } else {
            seen.count()
        };
        if dead < reported {
            nodes[place as usize].unsettle();
        }
        nodes[place as usize].mark_dead(dead_blocks);
    }
}
