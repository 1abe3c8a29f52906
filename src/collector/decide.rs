//! The decision: who lives.
//!
//! A captured block with a handle that was not found lives, and so does all that it reaches. This is plain marking, not a
//! subtraction of counts: where most candidates are alive it touches less. It is skipped when every handle was found:
//! then there is nobody outside, and all is dead.

use super::GivenUp;
use super::capture::{Capture, has_room};
use crate::raw::prefetch::prefetch;
use crate::raw::tracer::{Pass, Ring, Tracer};
use crate::raw::{BlockPtr, audit};

const AHEAD: usize = 8;

/// Marks the live among the captured blocks.
pub(crate) fn mark_live(capture: &mut Capture) -> Result<(), GivenUp> {
    capture.marked.clear();
    if capture.all_dead() {
        return Ok(());
    }
    let live = std::mem::take(&mut capture.marked);
    let mut mark = Mark { blocks: capture.blocks(), live, no_memory: false };
    for (at, block) in mark.blocks.iter().enumerate() {
        if let Some(ahead) = mark.blocks.get(at + AHEAD) {
            prefetch(ahead.as_ptr());
        }
        let header = block.header();
        if header.is_explained() {
            header.set_place(at as u32);
        } else {
            mark.push(*block, at as u32);
        }
    }
    if mark.no_memory {
        // What could not be pushed has noted no place, so nobody may meet it.
        return Err(GivenUp::NoMemory);
    }
    // More edges than handles: nothing is known about such a block, so it lives.
    for &block in &capture.overreported {
        mark.edge(block);
    }
    audit::start(false);
    mark.all();
    audit::end_pass();
    let Mark { live, no_memory, .. } = mark;
    capture.marked = live;
    if no_memory { Err(GivenUp::NoMemory) } else { Ok(()) }
}

/// The blocks that live.
struct Mark<'a> {
    blocks: &'a [BlockPtr],
    /// Their places among the captured ones, queue and result at once. Places take half the memory of pointers, and a
    /// header that is captured and not marked has room to note its own.
    live: Vec<u32>,
    no_memory: bool,
}

impl Mark<'_> {
    fn all(&mut self) {
        let mut ring = Ring::new();
        let mut next = 0;
        // When all are marked there is nothing left to find out: where everything is held, nothing is traced again.
        while self.live.len() < self.blocks.len() {
            if next == self.live.len() {
                self.drain(&mut ring);
                if next == self.live.len() {
                    break;
                }
            }
            let block = self.blocks[self.live[next] as usize];
            next += 1;
            if let Some(&ahead) = self.live.get(next + AHEAD) {
                prefetch(self.blocks[ahead as usize].as_ptr());
            }
            // SAFETY: by *captured* the block is not freed and its value is whole; by *unreached* it is not under `&mut`.
            unsafe { audit::trace(block, block.header().vtable(), &mut Tracer::new(&mut ring, self)) };
            let lead = Ring::lead(self.live.len());
            while let Some(target) = ring.pop_beyond(lead) {
                self.edge(target);
            }
        }
    }

    #[inline]
    fn push(&mut self, block: BlockPtr, place: u32) {
        if !has_room(&mut self.live) {
            self.no_memory = true;
            return;
        }
        block.header().mark_live();
        self.live.push(place);
    }
}

impl Pass for Mark<'_> {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        let header = target.header();
        if header.is_dead() {
            self.push(target, header.place());
        }
    }
}
