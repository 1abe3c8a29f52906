//! The first pass: walk from the candidates and find the handles.
//!
//! Breadth first, one list of block pointers that is queue and result at once. The first sight of a block notes its
//! count in the header; each further edge takes one off. What is left in the end is the number of handles from outside.
//! Counting down instead of up makes "all found" a comparison with zero, and an edge too many shows at once.

use smallvec::SmallVec;

use super::GivenUp;
use super::outward::{Edge, Outward};
use super::roots::Roots;
use crate::local::raw::BlockPtr;
use crate::local::raw::Heap;
use crate::local::raw::audit;
use crate::local::raw::candidates::OldSet;
use crate::local::raw::header::{NOWHERE, Tags};
use crate::local::raw::heap;
use crate::local::raw::release::die;
use crate::policy::Kind;
use crate::raw::depth::DEEPEST;
use crate::raw::facts::TypeFacts;
use crate::raw::prefetch::{AHEAD, prefetch_value};
use crate::raw::tracer::{Pass, Ring, Tracer};

/// The blocks that a collection looks at.
///
/// **captured**: every block in the list is not freed, and visited exactly while a pass runs. The roots come first; the
/// ones up to `traced` were traced.
///
/// **room**: while a pass runs, `room` is at most the capacity of the list and at most the work
/// limit.
pub(crate) struct Capture {
    blocks: Vec<BlockPtr>,
    /// The places of the live ones in `blocks`, in the order in which they were marked; none if all are live.
    pub(super) marked: Vec<u32>,
    /// Every captured block is live, and no header says so.
    pub(super) all_live: bool,
    roots: usize,
    /// How many of the roots were dead before their finalizers ran.
    revivable: usize,
    /// How many of the roots came from the young buffer.
    young_roots: usize,
    traced: usize,
    /// For how many blocks there is room in `blocks`, as far as the work limit lets it be used.
    room: usize,
    /// How many handles to captured blocks no captured block has reported yet.
    unexplained: usize,
    /// Blocks of this age are not entered, except as roots.
    old_age: u8,
    /// How many blocks may be captured.
    work_limit: usize,
    /// The work limit has left candidates in the young buffer.
    young_waits: bool,
    full: bool,
    first_round: bool,
    /// A block was not entered: what survives may be garbage, and must be found again.
    pub(super) pruned: bool,
    pub(super) kinds: TypeFacts,
    /// What some captured block has.
    pub(super) tags: Tags,
    no_memory: bool,
    /// The edges to blocks that were not entered, if they are all here.
    outward: Outward,
    /// Whether the live know how many of their handles the dead own.
    pub(super) owners_known: bool,
    /// Captured blocks that are in the old set, and their places there, which their headers have no room for meanwhile.
    noted: SmallVec<[(BlockPtr, u32); 4]>,
    /// Captured blocks that the work limit has left in the young buffer, and their places there.
    noted_young: Vec<YoungPlace>,
    /// Blocks that reported bytes which they own, by their places in `blocks`, and how many bytes.
    pub(super) large: Vec<(u32, usize)>,
    /// Blocks with more edges than handles: some `trace` reports too much.
    pub(super) overreported: SmallVec<[BlockPtr; 4]>,
}

/// The place of a captured block in the young buffer.
struct YoungPlace {
    block: BlockPtr,
    place: u32,
    /// The block is frozen as well.
    is_frozen: bool,
}

/// An age that no block reaches.
const NEVER: u8 = u8::MAX;

impl Capture {
    pub(crate) fn new(heap: &Heap, kind: Kind) -> Self {
        let (old_age, work_limit) = match kind {
            Kind::Young { work_limit } => {
                (heap.promote_after.get(), work_limit.map_or(usize::MAX, |limit| limit.get()))
            }
            Kind::Full => (NEVER, usize::MAX),
        };
        Self {
            blocks: heap.scratch.take(),
            marked: Vec::new(),
            all_live: false,
            roots: 0,
            revivable: 0,
            young_roots: 0,
            traced: 0,
            room: 0,
            unexplained: 0,
            old_age,
            work_limit,
            young_waits: false,
            full: kind == Kind::Full,
            first_round: true,
            pruned: false,
            kinds: TypeFacts::default(),
            tags: Tags::default(),
            no_memory: false,
            outward: Outward::default(),
            owners_known: false,
            noted: SmallVec::new(),
            noted_young: Vec::new(),
            large: Vec::new(),
            overreported: SmallVec::new(),
        }
    }

    /// Captures the roots: the candidates, or in a later round the dead of the last one and what was registered since.
    pub(crate) fn take_roots(&mut self, heap: &Heap) -> Result<(), GivenUp> {
        (self.traced, self.unexplained, self.roots) = (0, 0, 0);
        (self.kinds, self.tags) = (TypeFacts::default(), Tags::default());
        self.overreported.clear();
        self.large.clear();
        self.outward = Outward::default();
        self.revivable = self.blocks.len();
        self.take_young(heap)?;
        self.young_roots = self.blocks.len();
        if self.full && self.first_round {
            // Without memory the young candidates that were taken are put back by `abandon`.
            heap.old.drain_into(&mut self.blocks).map_err(|_| {
                self.roots = self.young_roots;
                GivenUp::NoMemory
            })?;
        }
        let mut roots = Roots { blocks: &mut self.blocks, kept: 0, handles: 0 };
        for at in 0..self.young_roots {
            let block = roots.at(at);
            let header = block.header();
            // A block may be dead and registered: the second sight of it goes.
            if !header.is_captured() {
                if header.is_in_old() {
                    // Dead in the last round, and registered by a finalizer.
                    heap.old.remove(block);
                }
                roots.take(block);
            }
        }
        let young_kept = roots.kept;
        for at in self.young_roots..roots.blocks.len() {
            let block = roots.at(at);
            // A block may be frozen and registered as well.
            if !block.header().is_captured() {
                OldSet::leave(block);
                roots.take(block);
            }
        }
        (self.roots, self.young_roots, self.unexplained) = (roots.kept, young_kept, roots.handles);
        self.blocks.truncate(self.roots);
        self.room = self.blocks.capacity().min(self.work_limit);
        Ok(())
    }

    /// Takes all young candidates if the work limit allows, otherwise some.
    #[inline(never)]
    fn take_young(&mut self, heap: &Heap) -> Result<(), GivenUp> {
        let takes_all = self.blocks.is_empty() && heap.young.len() <= self.work_limit / 2;
        if takes_all || self.work_limit == usize::MAX {
            heap.young.drain_into(&mut self.blocks).map_err(|_| GivenUp::NoMemory)
        } else {
            self.take_some_young(heap)
        }
    }

    /// Takes young candidates up to half of the work limit. The other half is for the blocks that
    /// they reach.
    #[cold]
    #[inline(never)]
    fn take_some_young(&mut self, heap: &Heap) -> Result<(), GivenUp> {
        if self.blocks.len() > self.work_limit {
            // The candidates of a collection that had no memory. Those beyond the limit wait in the
            // young buffer.
            if !heap.young.reserve(self.blocks.len() - self.work_limit) {
                self.roots = self.blocks.len();
                return Err(GivenUp::NoMemory);
            }
            for block in self.blocks.drain(self.work_limit..) {
                if !heap.young.contains(block) {
                    let is_registered = heap.young.push(block);
                    debug_assert!(is_registered, "there is room for all");
                }
            }
            self.revivable = self.blocks.len();
        }
        for &block in &self.blocks {
            // A finalizer may have registered the block. It is a root already.
            heap.young.remove(block);
        }
        let limit = (self.work_limit - self.blocks.len()).div_ceil(2);
        heap.young.drain_some_into(&mut self.blocks, limit).map_err(|_| GivenUp::NoMemory)?;
        self.young_waits = heap.young.registered() > 0;
        Ok(())
    }

    /// Traces the roots and all that they reach.
    pub(crate) fn trace_all(&mut self) -> Result<(), GivenUp> {
        audit::start(true);
        let mut ring = Ring::new();
        loop {
            let mut known = self.blocks.len();
            if self.traced == known {
                self.drain(&mut ring);
                known = self.blocks.len();
                if self.traced == known {
                    break;
                }
            }
            while self.traced < known {
                let block = self.blocks[self.traced];
                self.traced += 1;
                if let Some(ahead) = self.blocks.get(self.traced + AHEAD) {
                    prefetch_value(ahead.as_ptr());
                }
                let (tags, vtable) = block.header().traced(self.first_round);
                self.tags.join(tags);
                self.kinds.join(vtable.kind);
                // SAFETY: by *captured* the block is not freed; its value is whole because it has handles or waits for
                // `reclaim`, and by *unreached* it is not under `&mut`.
                unsafe { audit::trace(block, vtable, &mut Tracer::new(&mut ring, self)) };
                let lead = Ring::lead(self.blocks.len());
                while let Some(target) = ring.pop_beyond(lead) {
                    self.edge(target);
                }
            }
        }
        if self.no_memory {
            return Err(GivenUp::NoMemory);
        }
        audit::end_capture(&self.blocks, &self.overreported);
        Ok(())
    }

    #[inline]
    fn enter(&mut self, block: BlockPtr, unexplained: u32) {
        if self.blocks.len() >= self.room && !self.grow() {
            return;
        }
        if (block.header().is_in_old() | self.young_waits) && !heap(|heap| self.note(heap, block)) {
            self.no_memory = true;
            return;
        }
        block.header().capture(unexplained);
        self.unexplained += unexplained as usize;
        let len = self.blocks.len();
        debug_assert!(len < self.blocks.capacity());
        // SAFETY: the list is shorter than `room`, so by *room* there is memory for one more entry.
        unsafe { self.blocks.as_mut_ptr().add(len).write(block) };
        // SAFETY: by *room* the length is within the capacity, and the entry was just written.
        unsafe { self.blocks.set_len(len + 1) };
    }

    /// Makes room for one more block; false if the work limit is reached or there is no memory.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> bool {
        if self.blocks.len() >= self.work_limit {
            // Not entered, like an old block, but not noted either. A later trace of the dead finds
            // its edges.
            self.pruned = true;
            self.outward.complete = false;
            return false;
        }
        let has_grown = grow(&mut self.blocks, live_blocks);
        self.no_memory |= !has_grown;
        self.room = self.blocks.capacity().min(self.work_limit);
        has_grown
    }

    /// Notes the place of a candidate in its list before it is captured. Returns `false` if there is
    /// no memory for that.
    #[cold]
    #[inline(never)]
    fn note(&mut self, heap: &Heap, block: BlockPtr) -> bool {
        if self.noted.try_reserve(1).is_err() || self.noted_young.try_reserve(1).is_err() {
            return false;
        }
        if self.young_waits {
            if let Some(place) = heap.young.note(block) {
                self.noted_young.push(YoungPlace { block, place, is_frozen: block.header().is_in_old() });
                return true;
            }
        }
        self.noted.extend(heap.old.note(block).map(|place| (block, place)));
        true
    }

    /// Gives the blocks whose places were noted those back, if they live; the others are candidates no more.
    pub(super) fn settle_noted(&mut self, heap: &Heap) {
        for (block, place) in self.noted.drain(..) {
            heap.old.settle(block, place);
        }
        for YoungPlace { block, place, is_frozen } in self.noted_young.drain(..) {
            let header = block.header();
            // A survivor may have become an old candidate, and is in one list only.
            heap.young.settle(block, place, !header.is_dead() && (is_frozen || !header.is_in_old()));
        }
    }

    #[cold]
    #[inline(never)]
    fn overreport(&mut self, block: BlockPtr) {
        if self.overreported.contains(&block) {
            return;
        }
        match self.overreported.try_reserve(1) {
            Ok(()) => self.overreported.push(block),
            Err(_) => self.no_memory = true,
        }
    }

    /// Gives a collection up: every block lives, every root is a candidate again.
    pub(crate) fn abandon(&mut self, heap: &Heap) {
        for block in &self.blocks {
            if block.header().is_captured() {
                block.header().set_idle();
            }
        }
        self.settle_noted(heap);
        let (roots, young_roots) = (self.roots.max(self.revivable).min(self.blocks.len()), self.young_roots);
        self.retain(heap, roots, young_roots);
    }

    /// After the last round: what would have been dead lives until the next collection.
    pub(crate) fn revive_all(&mut self, heap: &Heap) {
        self.blocks.iter().for_each(|block| block.header().set_idle());
        self.settle_noted(heap);
        let all = self.blocks.len();
        self.retain(heap, all, all);
    }

    /// Makes the first blocks candidates again, those up to `young` in the young buffer, which has kept its memory.
    fn retain(&mut self, heap: &Heap, first: usize, young: usize) {
        // A pinned block may have lost its last handle to a finalizer. It dies, but not before all are seen to.
        let depth = heap.depth.replace(DEEPEST);
        let mut left = 0;
        for at in 0..first {
            let block = self.blocks[at];
            let header = block.header();
            if header.count() == 0 {
                heap.young.remove(block);
                // SAFETY: no handle, at rest, and not in the young buffer.
                unsafe { die(block) };
            } else if !header.vtable().is_leaf() && !heap.young.contains(block) && !heap.old.contains(block) {
                header.quiet();
                let kept = (at < young && heap.young.push(block)) || heap.old.insert(block);
                if !kept {
                    // No memory. The list that it is in is memory too, and waits for the next collection.
                    self.blocks[left] = block;
                    left += 1;
                }
            }
        }
        heap.depth.set(depth);
        self.blocks.truncate(left);
    }

    /// Keeps the list's memory for the next collection.
    pub(crate) fn give_back(self, heap: &Heap) {
        audit::forget();
        heap.scratch.put(self.blocks);
    }

    pub(crate) fn traced(&self) -> usize {
        self.traced
    }

    pub(crate) fn blocks(&self) -> &[BlockPtr] {
        &self.blocks
    }

    pub(super) fn blocks_mut(&mut self) -> &mut Vec<BlockPtr> {
        &mut self.blocks
    }

    pub(crate) fn roots(&self) -> usize {
        self.roots
    }

    pub(crate) fn revivable(&self) -> usize {
        if self.first_round { 0 } else { self.revivable }
    }

    /// From now on the dead of this round are the roots of the next.
    pub(super) fn next_round(&mut self) {
        self.first_round = false;
        // The work limit holds again: the dead come first and are within it.
    }

    /// Whether the work limit has left candidates in the young buffer.
    pub(crate) fn young_waits(&self) -> bool {
        self.young_waits
    }

    pub(crate) fn is_first_round(&self) -> bool {
        self.first_round
    }

    /// Whether every captured block is dead: all their handles were found among themselves.
    pub(crate) fn all_dead(&self) -> bool {
        self.unexplained == 0 && self.overreported.is_empty()
    }

    /// Records the number of handles of captured blocks that no captured block owns, beyond those
    /// that the capture has found.
    pub(super) fn found_outside(&mut self, handles: usize) {
        self.unexplained += handles;
    }

    /// Whether the collection enters old blocks.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// How many captured blocks live, once it is decided.
    pub(super) fn live(&self) -> usize {
        if self.all_live { self.blocks.len() } else { self.marked.len() }
    }

    /// Whether the edges of the dead can be told from those of the live without another trace.
    pub(super) fn has_owners(&self) -> bool {
        // In a large capture an edge is looked at some blocks after its owner was traced.
        self.outward.complete && Ring::lead(self.blocks.len()) == 0 && !self.kinds.drops()
    }

    /// The edges that lead out of what is captured, if these and what the live know are all that the dead own, and no glue
    /// is going to give that up.
    pub(super) fn take_outward(&mut self) -> Option<Vec<Edge>> {
        let known = self.outward.complete && (self.all_dead() || self.owners_known) && !self.kinds.drops();
        known.then(|| std::mem::take(&mut self.outward.edges))
    }

    /// Whether some dead block waits for its finalizer.
    pub(crate) fn has_finalizers_to_call(&self) -> bool {
        let dead = |block: &BlockPtr| block.header().is_dead() && waits(*block);
        self.kinds.finalizes() && !self.all_live && self.blocks.iter().any(dead)
    }
}

/// Makes room for one more in a list of blocks or places that will have `most` of them; false if there is no memory, or no
/// place left.
///
/// Long lists grow by a half only, and to no more than they can come to need: the rest is memory that the program has less.
#[inline]
pub(super) fn has_room<T>(list: &mut Vec<T>, most: impl FnOnce() -> usize) -> bool {
    list.len() < list.capacity() || grow(list, most)
}

/// How many blocks there are, captured or not.
fn live_blocks() -> usize {
    heap(|heap| heap.balance.live())
}

#[cold]
#[inline(never)]
fn grow<T>(list: &mut Vec<T>, most: impl FnOnce() -> usize) -> bool {
    const SHORT: usize = 1 << 16;
    let (len, most) = (list.len(), most());
    let more = if len < SHORT { len.max(64) } else { (len / 2).min(most.saturating_sub(len)).max(64) };
    len + more < NOWHERE as usize && list.try_reserve_exact(more).is_ok()
}

/// Whether the block's finalizer is still to be called.
pub(super) fn waits(block: BlockPtr) -> bool {
    !block.header().is_finalized()
}

impl Pass for Capture {
    fn note_bytes(&mut self, bytes: usize) {
        // Without memory for the list the block counts as a small one.
        if self.large.try_reserve(1).is_ok() {
            self.large.push((self.traced as u32 - 1, bytes));
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
                self.unexplained -= 1;
            }
        } else if header.age() >= self.old_age {
            self.pruned = true;
            self.outward.push(Edge { target, owner: self.traced as u32 - 1 });
        } else {
            self.enter(target, header.count().saturating_sub(1));
        }
    }
}
