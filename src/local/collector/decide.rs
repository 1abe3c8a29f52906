//! The decision: who lives.
//!
//! A captured block with a handle that was not found is held, and lives, and so does all that it reaches. This is plain
//! marking, not a subtraction of counts: where most candidates are alive it touches less. It is skipped when every handle
//! was found: then there is nobody outside, and all is dead.
//!
//! A live block goes on to count: the handles that were not found, and those that live blocks own. The others are owned
//! by the dead, so nobody has to trace the dead once more to take them back.
//!
//! Where most are held it is the others that are traced: what they own among themselves is counted, and one with a handle
//! beyond that is reached from a block that is held.

use super::GivenUp;
use super::capture::{Capture, has_room};
use crate::local::raw::BlockPtr;
use crate::local::raw::audit;
use crate::local::raw::header::ALL_RETAINED;
use crate::raw::prefetch::{AHEAD, prefetch, prefetch_value};
use crate::raw::tracer::{Pass, Ring, Tracer};

/// Marks the live among the captured blocks.
pub(crate) fn mark_live(capture: &mut Capture) -> Result<(), GivenUp> {
    capture.marked.clear();
    capture.all_live = false;
    if capture.all_dead() {
        return Ok(());
    }
    // More edges than handles: nothing is known about such a block, so it is as if all its handles were held.
    capture.overreported.iter().for_each(|block| block.header().capture(ALL_RETAINED));
    // Often a candidate lost a handle and nothing died. One look at each tells, and the first that is not held ends it.
    if capture.blocks().iter().all(|block| !block.header().is_internal()) {
        capture.all_live = true;
        return Ok(());
    }
    capture.owners_known = capture.has_owners();
    let live = std::mem::take(&mut capture.marked);
    let mut mark = Mark { blocks: capture.blocks(), live, owners_known: capture.owners_known, no_memory: false };
    mark.held();
    let (held, others) = (mark.live.len(), mark.blocks.len() - mark.live.len());
    let mut from = 0;
    if others > 0 && held / 2 > others && !mark.no_memory {
        if let Some(others) = mark.others() {
            from = held;
            mark.owners_known = false;
            mark.held_by_held(&others);
        }
    }
    if mark.no_memory {
        // What could not be pushed has noted no place, so nobody may meet it.
        return Err(GivenUp::NoMemory);
    }
    audit::start(false);
    mark.all(from);
    audit::end_pass();
    let Mark { live, owners_known, no_memory, .. } = mark;
    (capture.marked, capture.owners_known) = (live, owners_known);
    if no_memory { Err(GivenUp::NoMemory) } else { Ok(()) }
}

/// Marks those of the dead blocks as live to which `is_kept` applies, each with one handle more
/// than it has now, and all that they reach.
pub(super) fn mark_kept(capture: &mut Capture, is_kept: impl Fn(&BlockPtr) -> bool) -> Result<(), GivenUp> {
    let live = std::mem::take(&mut capture.marked);
    let (blocks, from) = (capture.blocks(), live.len());
    let mut mark = Mark { blocks, live, owners_known: capture.owners_known, no_memory: false };
    for (place, block) in blocks.iter().enumerate().filter(|(_, block)| is_kept(block)) {
        mark.push(*block, place as u32, 1);
    }
    if mark.no_memory {
        return Err(GivenUp::NoMemory);
    }
    audit::start(false);
    mark.all(from);
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
    /// Whether the live can tell in the end how many of their handles the dead own.
    owners_known: bool,
    no_memory: bool,
}

impl Mark<'_> {
    /// Marks the blocks that are held from outside; the others note their places.
    fn held(&mut self) {
        for (at, block) in self.blocks.iter().enumerate() {
            if let Some(ahead) = self.blocks.get(at + AHEAD) {
                prefetch(ahead.as_ptr());
            }
            let header = block.header();
            if header.is_internal() {
                header.set_captured_index(at as u32);
            } else {
                self.push(*block, at as u32, header.external());
            }
        }
    }

    /// The places of the blocks that are not marked, if there is memory to list them.
    fn others(&self) -> Option<Vec<u32>> {
        let mut others = Vec::new();
        others.try_reserve_exact(self.blocks.len() - self.live.len()).ok()?;
        let mut next = 0;
        for &held in &self.live {
            others.extend(next..held);
            next = held + 1;
        }
        others.extend(next..self.blocks.len() as u32);
        Some(others)
    }

    /// Marks those among the others that a block which is held owns a handle to.
    fn held_by_held(&mut self, others: &[u32]) {
        for &place in others {
            let header = self.blocks[place as usize].header();
            header.capture(header.count());
        }
        let mut ring = Ring::new();
        audit::start(false);
        for (at, &place) in others.iter().enumerate() {
            if let Some(&ahead) = others.get(at + AHEAD) {
                prefetch_value(self.blocks[ahead as usize].as_ptr());
            }
            let block = self.blocks[place as usize];
            let mut pass = Recount;
            // SAFETY: by *captured* the block is not freed and its value is whole; by *unreached* it is not under `&mut`.
            unsafe { audit::trace(block, block.header().vtable(), &mut Tracer::new(&mut ring, &mut pass)) };
            let lead = Ring::lead(others.len());
            while let Some(target) = ring.pop_beyond(lead) {
                pass.edge(target);
            }
        }
        Recount.drain(&mut ring);
        audit::end_pass();
        for &place in others {
            let block = self.blocks[place as usize];
            if block.header().is_internal() {
                block.header().set_captured_index(place);
            } else {
                self.push(block, place, 1);
            }
        }
    }

    /// Marks all that the live blocks from that one on reach.
    fn all(&mut self, from: usize) {
        let mut ring = Ring::new();
        let mut next = from;
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
                prefetch_value(self.blocks[ahead as usize].as_ptr());
            }
            // SAFETY: by *captured* the block is not freed and its value is whole; by *unreached* it is not under `&mut`.
            unsafe { audit::trace(block, block.header().vtable(), &mut Tracer::new(&mut ring, self)) };
            let lead = Ring::lead(self.live.len());
            while let Some(target) = ring.pop_beyond(lead) {
                self.edge(target);
            }
        }
    }

    /// Marks a block of whose handles so many are known not to be owned by the dead.
    #[inline]
    fn push(&mut self, block: BlockPtr, place: u32, held: u32) {
        if !has_room(&mut self.live, || self.blocks.len()) {
            self.no_memory = true;
            return;
        }
        block.header().mark_live(held);
        self.live.push(place);
    }
}

impl Pass for Mark<'_> {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        let header = target.header();
        if header.is_dead() {
            self.push(target, header.captured_index(), 1);
        } else if self.owners_known && header.is_live() {
            header.retain_one();
        }
    }
}

/// Counts the handles that blocks which are not marked own to each other.
struct Recount;

impl Pass for Recount {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        let header = target.header();
        if header.is_dead() && !header.is_internal() {
            header.subtract_one();
        }
    }
}
