//! The guess: who is probably dead.
//!
//! A captured block with a handle that was not found lives, and so does all that it reaches along the edges that the walk
//! has recorded. What is left is presumed dead, and a wrong guess does no harm: that somebody dies is for the commit to
//! say, and whoever is taken for alive stays a candidate if it was one.
//!
//! The presumed dead are sorted into groups that have no edges between them. Each is proved dead by itself, so that
//! nobody waits for more than one group, what is disturbed does not disturb the others, and a group fits into the cache.

use super::capture::{Capture, NONE};
use super::node::Node;
use crate::sync::raw::mutants::{Mutant, is_mutant};

/// Groups that have no edges between them are put together until there are so many blocks.
const GROUP: usize = 256;

/// Fills the list of the dead with the presumed ones, in groups.
pub(crate) fn presume_dead(capture: &mut Capture) {
    capture.dead.clear();
    capture.group_ends.clear();
    if capture.nodes.iter().all(Node::is_condemned) {
        return;
    }
    if reserve(capture).is_err() {
        // Everybody lives.
        capture.no_memory = true;
        return;
    }
    count_found(capture);
    mark_live(capture);
    form_groups(capture);
}

fn reserve(capture: &mut Capture) -> Result<(), std::collections::TryReserveError> {
    let all = capture.nodes.len();
    capture.queue.clear();
    capture.group.clear();
    capture.found.clear();
    let Capture { queue, dead, group, group_ends, out, found, .. } = capture;
    for list in [queue, dead, group, group_ends, out, found] {
        list.try_reserve(all)?;
    }
    capture.corpses.try_reserve(all)
}

/// Counts the handles that were found, those of the condemned included.
fn count_found(capture: &mut Capture) {
    let Capture { nodes, edges, found, .. } = capture;
    found.extend(nodes.iter().map(|node| node.given));
    for node in nodes.iter().filter(|node| !node.is_condemned()) {
        for &target in edges_of(node, edges) {
            found[target as usize] += 1;
        }
    }
}

/// The captured blocks that a block has handles to.
pub(super) fn edges_of<'a>(node: &Node, edges: &'a [u32]) -> impl Iterator<Item = &'a u32> {
    edges[node.edges.0 as usize..node.edges.1 as usize].iter().filter(|target| **target != NONE)
}

/// Presumes all dead but those that have a handle which was not found, and what they reach.
fn mark_live(capture: &mut Capture) {
    let Capture { nodes, edges, found, queue, .. } = capture;
    let all_dead = is_mutant(Mutant::NoDecision);
    for (place, node) in nodes.iter_mut().enumerate() {
        if node.is_condemned() {
            continue;
        }
        if node.is_traced() && (node.count() == found[place] || all_dead) {
            node.presume_dead();
        } else {
            queue.push(place as u32);
        }
    }
    while let Some(place) = queue.pop() {
        let node = nodes[place as usize];
        for &target in edges_of(&node, edges) {
            let reached = &mut nodes[target as usize];
            if reached.is_dead() && !all_dead {
                reached.presume_alive();
                queue.push(target);
            }
        }
    }
}

/// Lists the presumed dead, and notes where no edge leads from those before to those after.
///
/// Who is captured from one root stands together, so what has no edges between it is separated nearly as well as by looking
/// for components, in one pass.
fn form_groups(capture: &mut Capture) {
    let Capture { nodes, edges, dead, queue: reaches, group_ends, .. } = capture;
    dead.extend((0..nodes.len() as u32).filter(|&place| nodes[place as usize].is_dead()));
    if dead.len() > GROUP {
        // How far the edges reach that cross to the right of each place, whichever way they lead.
        reaches.resize(nodes.len(), 0);
        for &place in &*dead {
            let mut furthest = place;
            for &target in edges_of(&nodes[place as usize], edges) {
                furthest = furthest.max(target);
                if target < place {
                    reaches[target as usize] = reaches[target as usize].max(place);
                }
            }
            reaches[place as usize] = reaches[place as usize].max(furthest);
        }
        let (mut reach, mut start) = (0, 0);
        for (at, &place) in dead.iter().enumerate() {
            if place > reach && at - start >= GROUP {
                group_ends.push(at as u32);
                start = at;
            }
            reach = reach.max(reaches[place as usize]);
        }
        reaches.clear();
    }
    if !dead.is_empty() {
        group_ends.push(dead.len() as u32);
    }
}
