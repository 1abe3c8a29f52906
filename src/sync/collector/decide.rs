//! The guess: who is probably dead.
//!
//! A captured block with a handle that was not found lives, and so does all that it reaches along the edges that the walk
//! has recorded. What is left is presumed dead, and a wrong guess does no harm: that somebody dies is for the commit to
//! say, and whoever is taken for alive stays a candidate if it was one.

use super::capture::Capture;
use crate::sync::raw::sabotage::{Sabotage, is_sabotaged};

/// Fills the list of the dead with the presumed ones.
pub(crate) fn presume_dead(capture: &mut Capture) {
    let Capture { nodes, edges, dead, queue, .. } = capture;
    dead.clear();
    queue.clear();
    // Without memory everybody lives.
    if queue.try_reserve(nodes.len()).is_err() || dead.try_reserve(nodes.len()).is_err() {
        return;
    }
    for (place, node) in nodes.iter_mut().enumerate() {
        let presumed = node.is_traced() && (node.count == node.found || is_sabotaged(Sabotage::NoDecision));
        node.set_dead(presumed);
        if !presumed {
            queue.push(place as u32);
        }
    }
    while let Some(place) = queue.pop() {
        let (start, end) = nodes[place as usize].edges;
        for &target in &edges[start as usize..end as usize] {
            let target_node = &mut nodes[target as usize];
            if target_node.is_dead() && !is_sabotaged(Sabotage::NoDecision) {
                target_node.set_dead(false);
                queue.push(target);
            }
        }
    }
    dead.extend((0..nodes.len() as u32).filter(|&place| nodes[place as usize].is_dead()));
}
