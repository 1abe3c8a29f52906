//! The decision: who lives.
//!
//! A captured block with a handle that was not found lives, and so does all that it reaches. This is plain marking, not a
//! subtraction of counts: where most candidates are alive it touches less. It is skipped when every handle was found:
//! then there is nobody outside, and all is dead.

use super::GivenUp;
use super::capture::Capture;
use crate::raw::BlockPtr;
use crate::raw::prefetch::prefetch;
use crate::raw::tracer::{Pass, Ring, Tracer};

const AHEAD: usize = 8;

/// Marks the live among the captured blocks.
pub(crate) fn mark_live(capture: &mut Capture) -> Result<(), GivenUp> {
    capture.marked.clear();
    if capture.all_dead() {
        return Ok(());
    }
    let mut mark = Mark { live: std::mem::take(&mut capture.marked), no_memory: false };
    for (at, block) in capture.blocks().iter().enumerate() {
        if let Some(ahead) = capture.blocks().get(at + AHEAD) {
            prefetch(ahead.as_ptr());
        }
        if !block.header().is_explained() {
            mark.push(*block);
        }
    }
    // More edges than handles: nothing is known about such a block, so it lives.
    for &block in &capture.overreported {
        mark.edge(block);
    }
    mark.all();
    capture.marked = mark.live;
    if mark.no_memory { Err(GivenUp::NoMemory) } else { Ok(()) }
}

/// The blocks that live, queue and result at once.
struct Mark {
    live: Vec<BlockPtr>,
    no_memory: bool,
}

impl Mark {
    fn all(&mut self) {
        let mut ring = Ring::new();
        let mut next = 0;
        loop {
            if next == self.live.len() {
                self.drain(&mut ring);
                if next == self.live.len() {
                    break;
                }
            }
            let block = self.live[next];
            next += 1;
            if let Some(ahead) = self.live.get(next + AHEAD) {
                prefetch(ahead.as_ptr());
            }
            // SAFETY: by *captured* the block is not freed and its value is whole; by *unreached* it is not under `&mut`.
            unsafe { (block.header().vtable().trace)(block, &mut Tracer::new(&mut ring, self)) };
            let lead = Ring::lead(self.live.len());
            while let Some(target) = ring.pop_beyond(lead) {
                self.edge(target);
            }
        }
    }

    #[inline]
    fn push(&mut self, block: BlockPtr) {
        if self.live.len() == self.live.capacity() && self.live.try_reserve(1).is_err() {
            self.no_memory = true;
            return;
        }
        block.header().mark_live();
        self.live.push(block);
    }
}

impl Pass for Mark {
    /// Only a captured block that is not marked yet has its header in the state that is asked for here: the handles of
    /// all others were not all found, or it was never visited.
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        if target.header().is_explained() {
            self.push(target);
        }
    }
}
