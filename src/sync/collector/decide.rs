//! The guess: who is probably dead.
//!
//! A captured block with a handle that was not found lives, and so does all that it reaches along the edges that the walk
//! has recorded. What is left is presumed dead, and a wrong guess does no harm: that somebody dies is for the commit to
//! say, and whoever is taken for alive stays a candidate if it was one.
//!
//! The presumed dead are sorted into groups that have no edges between them. Each is proved dead by itself, so that
//! nobody waits for more than one group, what is disturbed does not disturb the others, and a group fits into the cache.

use super::capture::{Capture, Node};
use crate::sync::raw::sabotage::{Sabotage, is_sabotaged};

/// Groups that have no edges between them are put together up to so many blocks.
const GROUP: usize = 512;

/// Fills the list of the dead with the presumed ones, in groups.
pub(crate) fn presume_dead(capture: &mut Capture) {
    capture.dead.clear();
    capture.group_ends.clear();
    // Without memory everybody lives.
    if reserve(capture).is_ok() {
        mark_live(capture);
        form_groups(capture);
    }
}

fn reserve(capture: &mut Capture) -> Result<(), std::collections::TryReserveError> {
    let all = capture.nodes.len();
    capture.queue.clear();
    capture.group.clear();
    for list in [&mut capture.queue, &mut capture.dead, &mut capture.group, &mut capture.group_ends] {
        list.try_reserve(all)?;
    }
    capture.corpses.try_reserve(all)
}

/// Presumes all dead but those that have a handle which was not found, and what they reach.
fn mark_live(capture: &mut Capture) {
    let Capture { nodes, edges, queue, .. } = capture;
    let all_dead = is_sabotaged(Sabotage::NoDecision);
    for (place, node) in nodes.iter_mut().enumerate() {
        if node.is_traced() && (node.count == node.found || all_dead) {
            node.presume_dead();
        } else {
            queue.push(place as u32);
        }
    }
    while let Some(place) = queue.pop() {
        let (start, end) = nodes[place as usize].edges;
        for &target in &edges[start as usize..end as usize] {
            let reached = &mut nodes[target as usize];
            if reached.is_dead() && !all_dead {
                reached.presume_alive();
                queue.push(target);
            }
        }
    }
}

/// Lists the presumed dead, those together that hang together.
fn form_groups(capture: &mut Capture) {
    let Capture { nodes, edges, dead, group: roots, queue: places, group_ends, .. } = capture;
    // Who hangs together has the same root: the lowest place among them, in the end.
    roots.extend(0..nodes.len() as u32);
    for (place, node) in nodes.iter().enumerate().filter(|(_, node)| node.is_dead()) {
        for &target in &edges[node.edges.0 as usize..node.edges.1 as usize] {
            if nodes[target as usize].is_dead() {
                let (a, b) = (root_of(roots, place as u32), root_of(roots, target));
                roots[a.max(b) as usize] = a.min(b);
            }
        }
    }
    // Sizes, then ends, then places: a sort by root in three passes.
    places.clear();
    places.resize(nodes.len(), 0);
    for place in 0..nodes.len() as u32 {
        if nodes[place as usize].is_dead() {
            let root = root_of(roots, place);
            roots[place as usize] = root;
            places[root as usize] += 1;
        }
    }
    let (mut next, mut start) = (0, 0);
    for size in places.iter_mut().filter(|size| **size > 0) {
        if (next - start) as usize + *size as usize > GROUP && next > start {
            group_ends.push(next);
            start = next;
        }
        let end = next + *size;
        *size = next;
        next = end;
    }
    if next > start {
        group_ends.push(next);
    }
    dead.resize(next as usize, 0);
    for (place, _) in nodes.iter().enumerate().filter(|(_, node): &(usize, &Node)| node.is_dead()) {
        let at = &mut places[roots[place] as usize];
        dead[*at as usize] = place as u32;
        *at += 1;
    }
    places.clear();
    roots.clear();
}

/// The root of a place, and the way to it made shorter.
fn root_of(roots: &mut [u32], mut place: u32) -> u32 {
    while roots[place as usize] != place {
        let above = roots[roots[place as usize] as usize];
        roots[place as usize] = above;
        place = above;
    }
    place
}
