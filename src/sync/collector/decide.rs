//! The guess: which blocks are probably dead.
//!
//! A captured block with a handle that was not found lives, and so does all that it reaches along
//! the edges that the walk has recorded. The other blocks are presumed dead. A wrong guess does no
//! harm: only the commit marks a block dead, and a block that is taken to be live stays a candidate
//! if it was one.
//!
//! The presumed dead are sorted into groups that have no edges between them. Each group is proved
//! dead by itself. So no thread waits for more than one group, a group that is disturbed does not
//! disturb the others, and a group fits into the cache.

use std::ops::Range;

use super::capture::{Capture, CaptureBox};
use super::commit::Presumed;
use super::graph::{Graph, edges_of};
use super::node::Node;
use super::phase::Extent;
use super::rules;
use crate::raw::sizes::size;

/// Groups that have no edges between them are put together until they have this number of blocks.
const GROUP: usize = size(256, 4);

/// The presumed dead, in groups.
#[derive(Default)]
pub(super) struct Groups {
    /// The places of the presumed dead. Connected blocks are adjacent.
    pub(super) dead: Vec<u32>,
    /// Where in `dead` each group ends.
    pub(super) ends: Vec<u32>,
}

/// All that the candidates reach is captured. It is being guessed which of the blocks are dead.
pub(super) struct Captured {
    capture: CaptureBox,
    guess: Guess,
}

impl Captured {
    pub(super) fn new(capture: CaptureBox) -> Self {
        Self { capture, guess: Guess::default() }
    }

    pub(super) fn capture(&self) -> &Capture {
        &self.capture
    }

    pub(super) fn into_capture(self) -> CaptureBox {
        self.capture
    }

    /// Fills the list of the dead with the presumed ones, in groups. Visits about `share` places.
    pub(super) fn presume_dead(mut self, share: usize) -> Extent<Presumed, Self> {
        if presume_dead(&mut self.capture, &mut self.guess, share) {
            Extent::All(Presumed::new(self.capture))
        } else {
            Extent::Part(self)
        }
    }
}

/// How far the guess has come: the step, and the next place that the step visits.
#[derive(Clone, Copy, Debug, Default)]
struct Guess {
    step: Step,
    next: usize,
    /// Where the present group starts in the list of the dead, and how far its edges reach.
    group_start: usize,
    reach: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Start,
    CountFound,
    FindLive,
    SpreadLive,
    ListDead,
    FindReach,
    FormGroups,
}

/// [`Captured::presume_dead`]. Returns `true` when all is done; otherwise the next call continues.
fn presume_dead(capture: &mut Capture, guess: &mut Guess, share: usize) -> bool {
    let mut left = share;
    while left > 0 {
        let Guess { step, next, .. } = *guess;
        let of = match step {
            Step::Start | Step::SpreadLive => 0,
            Step::FindReach | Step::FormGroups => capture.groups.dead.len(),
            _ => capture.graph.nodes.len(),
        };
        let places = next..of.min(next.saturating_add(left));
        left = left.saturating_sub(places.len().max(1));
        let is_over = places.end == of;
        guess.next = places.end;
        let following = match step {
            Step::Start => {
                capture.groups.dead.clear();
                capture.groups.ends.clear();
                if capture.graph.nodes.iter().all(Node::is_marked_dead) {
                    return true;
                }
                if reserve(capture).is_err() {
                    // Every captured block is live.
                    capture.no_memory = true;
                    return true;
                }
                Step::CountFound
            }
            Step::CountFound => {
                count_found(capture, places);
                Step::FindLive
            }
            Step::FindLive => {
                find_live(capture, places);
                Step::SpreadLive
            }
            Step::SpreadLive => {
                if !spread_live(capture, &mut left) {
                    continue;
                }
                Step::ListDead
            }
            Step::ListDead => {
                let Capture { graph, groups, .. } = &mut *capture;
                let is_dead = |&place: &u32| graph.nodes[place as usize].is_presumed_dead();
                groups.dead.extend(places.map(|place| place as u32).filter(is_dead));
                Step::FindReach
            }
            Step::FindReach => {
                find_reach(capture, places);
                Step::FormGroups
            }
            Step::FormGroups => {
                form_groups(capture, guess, places);
                if is_over {
                    return true;
                }
                continue;
            }
        };
        if is_over {
            *guess = Guess { step: following, ..Guess::default() };
        }
    }
    false
}

fn reserve(capture: &mut Capture) -> Result<(), std::collections::TryReserveError> {
    let Capture { graph, groups, group, dead, .. } = capture;
    let all = graph.nodes.len();
    graph.queue.clear();
    group.places.clear();
    graph.found.clear();
    let lists = [&mut graph.queue, &mut graph.found, &mut groups.dead, &mut groups.ends];
    for list in lists.into_iter().chain([&mut group.places, &mut group.out]) {
        list.try_reserve(all)?;
    }
    dead.try_reserve(all)
}

/// Counts the handles that were found in these blocks, including the handles that dead blocks own.
#[inline(never)] // inlined into one function, the passes share too few registers
fn count_found(capture: &mut Capture, places: Range<usize>) {
    let Graph { nodes, edges, found, .. } = &mut capture.graph;
    if places.start == 0 {
        found.extend(nodes.iter().map(|node| node.given));
    }
    for node in nodes[places].iter().filter(|node| !node.is_marked_dead()) {
        for &target in edges_of(node, edges) {
            found[target as usize] += 1;
        }
    }
}

/// Presumes those blocks dead whose handles were all found, and queues the others.
#[inline(never)]
fn find_live(capture: &mut Capture, places: Range<usize>) {
    let Graph { nodes, found, queue, .. } = &mut capture.graph;
    let start = places.start;
    for (at, node) in nodes[places].iter_mut().enumerate() {
        let place = start + at;
        if node.is_marked_dead() {
            continue;
        }
        if node.is_traced() && rules::is_explained(node.count(), found[place]) {
            node.presume_dead();
        } else {
            queue.push(place as u32);
        }
    }
}

/// Presumes all blocks live that the queued blocks reach. Returns `true` when the queue is empty;
/// reads up to `left` blocks, and subtracts them.
#[inline(never)]
fn spread_live(capture: &mut Capture, left: &mut usize) -> bool {
    let Graph { nodes, edges, queue, .. } = &mut capture.graph;
    while *left > 0 {
        let Some(place) = queue.pop() else { return true };
        *left -= 1;
        let node = nodes[place as usize];
        for &target in edges_of(&node, edges) {
            let reached = &mut nodes[target as usize];
            if reached.is_presumed_dead() && rules::reached_is_live() {
                reached.presume_live();
                queue.push(target);
            }
        }
    }
    false
}

/// Records, for the places of some of the dead, how far the edges reach that cross to the right of
/// the place, in either direction.
fn find_reach(capture: &mut Capture, dead_places: Range<usize>) {
    let Graph { nodes, edges, queue: reaches, .. } = &mut capture.graph;
    let dead = &capture.groups.dead;
    if dead.len() <= GROUP {
        return;
    }
    if dead_places.start == 0 {
        reaches.resize(nodes.len(), 0);
    }
    for &place in &dead[dead_places] {
        let mut furthest = place;
        for &target in edges_of(&nodes[place as usize], edges) {
            furthest = furthest.max(target);
            if target < place {
                reaches[target as usize] = reaches[target as usize].max(place);
            }
        }
        reaches[place as usize] = reaches[place as usize].max(furthest);
    }
}

/// Records, for some of the dead, the places where no edge leads from the dead before the place to
/// the dead from there on.
///
/// Blocks that are captured from one root stand together. So this separates groups without edges
/// between them nearly as well as a search for components, in one pass.
fn form_groups(capture: &mut Capture, guess: &mut Guess, dead_places: Range<usize>) {
    let Capture { graph, groups, .. } = capture;
    let Groups { dead, ends } = groups;
    let reaches = &mut graph.queue;
    let end = dead_places.end;
    if dead.len() > GROUP {
        let Guess { mut reach, group_start: mut start, .. } = *guess;
        let first = dead_places.start;
        for (at, &place) in dead[dead_places].iter().enumerate() {
            let at = first + at;
            if place > reach && at - start >= GROUP {
                ends.push(at as u32);
                start = at;
            }
            reach = reach.max(reaches[place as usize]);
        }
        (guess.reach, guess.group_start) = (reach, start);
    }
    if end == dead.len() {
        reaches.clear();
        if !dead.is_empty() {
            ends.push(dead.len() as u32);
        }
    }
}
