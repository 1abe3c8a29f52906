//! The second step: walk from the roots and find the handles.
//!
//! Breadth first, one list of block pointers that is queue and result at once. A block that enters
//! the list notes its count in the header, and each edge to it subtracts one. What is left in the
//! end is the external count. Counting down makes "all handles were found" a comparison with zero,
//! and an edge too many shows at once.
//!
//! Not `forbid(unsafe_code)` because the values of captured blocks are traced here (*captured*),
//! and the list is written without a second test of its length (*room*).

use smallvec::SmallVec;

use super::displaced::Displaced;
use super::limits::Limits;
use super::outward::{Edge, Outward};
use super::roots::Roots;
use super::{GivenUp, guard};
use crate::local::raw::BlockPtr;
use crate::local::raw::Heap;
use crate::local::raw::audit;
use crate::local::raw::header::Tags;
use crate::local::raw::heap;
use crate::policy::Kind;
use crate::raw::facts::TypeFacts;
use crate::raw::fallible::{grow, push_unchecked};
use crate::raw::prefetch::{AHEAD, prefetch_value};
use crate::raw::tracer::{Pass, Ring, Tracer};

/// The blocks that a collection captures, while it does.
///
/// **captured**: no block in the list is freed, and a block is in a captured state exactly while it
/// is in the list and a pass runs. The roots come first; the blocks up to `traced` were traced.
///
/// **room**: while a pass runs, `room` is at most the capacity of the list and at most the work
/// limit.
pub(crate) struct Capture {
    pub(super) list: Vec<BlockPtr>,
    /// The length up to which the list may grow before [`grow`](Self::grow) is called.
    room: usize,
    /// The number of blocks that were traced.
    pub(super) traced: usize,
    /// The number of handles to captured blocks that no captured block has reported yet.
    pub(super) external: usize,
    no_memory: bool,
    pub(super) is_first_round: bool,
    pub(super) limits: Limits,
    pub(super) roots: Roots,
    pub(super) displaced: Displaced,
    pub(super) found: Found,
}

/// What the capture has found out about the captured blocks.
#[derive(Default)]
pub(super) struct Found {
    /// A block was not entered: a survivor may be garbage, and must be found again.
    pub(super) is_pruned: bool,
    /// The facts that hold of some captured block.
    pub(super) facts: TypeFacts,
    /// The tags that some captured block has.
    pub(super) tags: Tags,
    /// The edges to blocks that were not entered.
    pub(super) outward: Outward,
    /// The indices of blocks that reported bytes which they own, and the number of bytes.
    pub(super) large: Vec<(u32, usize)>,
    /// Blocks with more edges than handles: some `trace` reports too much.
    pub(super) overreported: SmallVec<[BlockPtr; 4]>,
}

/// A capture that is complete: every block that the roots reach within the limits is in the list.
pub(super) struct Captured<'a>(&'a mut Capture);

impl std::ops::Deref for Captured<'_> {
    type Target = Capture;

    #[inline]
    fn deref(&self) -> &Capture {
        self.0
    }
}

impl<'a> Captured<'a> {
    pub(super) fn blocks(&self) -> &[BlockPtr] {
        &self.list
    }

    /// Whether every captured block is dead: the captured blocks own all their handles.
    pub(super) fn are_all_dead(&self) -> bool {
        self.external == 0 && self.found.overreported.is_empty()
    }

    /// Whether all edges out of the captured blocks are known with their owners, and no value is
    /// going to drop its handles by glue.
    pub(super) fn knows_owners(&self) -> bool {
        // In a large capture an edge is examined some blocks after its owner was traced.
        self.found.outward.is_complete
            && Ring::lead(self.list.len()) == 0
            && !self.found.facts.drops()
    }

    /// Takes the edges that lead out of the captured blocks.
    pub(super) fn take_outward(&mut self) -> Vec<Edge> {
        std::mem::take(&mut self.0.found.outward.edges)
    }

    /// Gives up the claim that the list is complete.
    pub(super) fn into_inner(self) -> &'a mut Capture {
        self.0
    }
}

/// Captures the roots and all that they reach.
#[inline(always)]
pub(super) fn capture<'a>(heap: &Heap, capture: &'a mut Capture) -> Result<Captured<'a>, GivenUp> {
    capture.take_roots(heap)?;
    guard(|| capture.trace_all())?;
    Ok(Captured(capture))
}

impl Capture {
    pub(super) fn new(heap: &Heap, kind: Kind) -> Self {
        Self {
            list: heap.scratch.take(),
            room: 0,
            traced: 0,
            external: 0,
            no_memory: false,
            is_first_round: true,
            limits: Limits::of(heap, kind),
            roots: Roots::default(),
            displaced: Displaced::default(),
            found: Found::default(),
        }
    }

    /// Makes the blocks in the list the roots of the next round.
    pub(super) fn start_next_round(&mut self) {
        self.is_first_round = false;
        self.traced = 0;
        self.found = Found::default();
    }

    /// Traces the roots and all that they reach.
    fn trace_all(&mut self) -> Result<(), GivenUp> {
        audit::start(true);
        self.update_room();
        let mut ring = Ring::new();
        loop {
            let mut known = self.list.len();
            if self.traced == known {
                self.drain(&mut ring);
                known = self.list.len();
                if self.traced == known {
                    break;
                }
            }
            while self.traced < known {
                let block = self.list[self.traced];
                self.traced += 1;
                if let Some(ahead) = self.list.get(self.traced + AHEAD) {
                    prefetch_value(ahead.as_ptr());
                }
                let (tags, vtable) = block.header().traced(self.is_first_round);
                self.found.tags.join(tags);
                self.found.facts.join(vtable.kind);
                // SAFETY: by *captured* the block is not freed; its value is whole because it has
                // handles or waits for `reclaim`, and by *unreached* it is not under `&mut`.
                unsafe { audit::trace(block, vtable, &mut Tracer::new(&mut ring, self)) };
                let lead = Ring::lead(self.list.len());
                while let Some(target) = ring.pop_beyond(lead) {
                    self.edge(target);
                }
            }
        }
        if self.no_memory {
            return Err(GivenUp::NoMemory);
        }
        audit::end_capture(&self.list, &self.found.overreported);
        Ok(())
    }

    /// Puts a block into the list with the given external count.
    #[inline]
    fn enter(&mut self, block: BlockPtr, external: u32) {
        if self.list.len() >= self.room && !self.grow() {
            return;
        }
        let may_be_displaced = block.header().is_in_old() | self.displaced.young_waits;
        if may_be_displaced && !heap(|heap| self.displaced.note(heap, block)) {
            self.no_memory = true;
            return;
        }
        block.header().capture(external);
        self.external += external as usize;
        // SAFETY: the list is shorter than `room`, so by *room* there is memory for one more entry.
        unsafe { push_unchecked(&mut self.list, block) };
    }

    /// Makes room for one more block. Returns `false` if the work limit is reached or there is no
    /// memory.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> bool {
        if self.list.len() >= self.limits.work_limit {
            // The block is not entered, like an old block, but not noted either. A later trace of
            // the dead finds the edges to it.
            self.found.is_pruned = true;
            self.found.outward.is_complete = false;
            return false;
        }
        let has_grown = grow(&mut self.list, || heap(|heap| heap.balance.live()));
        self.no_memory |= !has_grown;
        self.update_room();
        has_grown
    }

    fn update_room(&mut self) {
        self.room = self.list.capacity().min(self.limits.work_limit);
    }

    /// Records a block with more edges than handles.
    #[cold]
    #[inline(never)]
    fn overreport(&mut self, block: BlockPtr) {
        if self.found.overreported.contains(&block) {
            return;
        }
        match self.found.overreported.try_reserve(1) {
            Ok(()) => self.found.overreported.push(block),
            Err(_) => self.no_memory = true,
        }
    }

    /// Ends the collection. The heap keeps the memory of the list for the next one.
    pub(super) fn end(self, heap: &Heap) {
        audit::forget();
        heap.scratch.put(self.list);
    }
}

impl Pass for Capture {
    fn note_bytes(&mut self, bytes: usize) {
        // Without memory for the list the block counts as a small one.
        if self.found.large.try_reserve(1).is_ok() {
            self.found.large.push((self.traced as u32 - 1, bytes));
        }
    }

    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        let header = target.header();
        if header.is_captured() {
            if header.is_internal() {
                self.overreport(target);
            } else {
                header.subtract_one();
                self.external -= 1;
            }
        } else if header.age() >= self.limits.old_age {
            self.found.is_pruned = true;
            self.found.outward.push(Edge { target, owner: self.traced as u32 - 1 });
        } else {
            self.enter(target, header.count().saturating_sub(1));
        }
    }
}
