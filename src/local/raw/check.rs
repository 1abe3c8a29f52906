//! Whether the heap is in order: the invariants of the floor, asserted.
//!
//! Three prices. What is asked of the heap's own words takes constant time; what is asked of the
//! candidates takes time in proportion to their number; the rest needs a walk through all that can
//! be reached, because blocks are listed nowhere. Tests and fuzzers run all three after each step.

use std::collections::{HashMap, HashSet};

use super::BlockPtr;
use super::heap::{Exit, Heap};
use crate::raw::tracer::{Pass, Ring, Tracer};

/// What takes constant time.
pub(crate) fn state(heap: &Heap) {
    let idle = !heap.collecting.get() && heap.depth.get() == 0;
    assert!(!idle || heap.to_free.get().is_none(), "a dead block was left in the to-free list");
    if heap.exit.get() == Exit::Over {
        assert_eq!(
            (heap.young.len(), heap.old.len(), heap.frozen.len()),
            (0, 0, 0),
            "a candidate after the end"
        );
        assert!(!heap.deferred.is_pending(), "a finalizer waits after the end");
    }
    assert!(
        heap.collecting.get() || (heap.old.is_settled() && heap.young.is_settled()),
        "a place is still noted"
    );
    let live = heap.balance.live() as isize;
    assert!(live >= 0, "more blocks were freed than made: {live}");
}

/// What takes time in proportion to the candidates: *young*, *old* and *idle* for each of them.
pub(crate) fn candidates(heap: &Heap) {
    state(heap);
    let young = heap.young.snapshot();
    assert_eq!(
        young.iter().collect::<HashSet<_>>().len(),
        young.len(),
        "a young candidate is in two places"
    );
    for block in young {
        let header = block.header();
        assert!(
            heap.young.contains(block),
            "a young candidate does not know its index: {header:?}"
        );
        assert!(!header.is_armed(), "a young candidate is armed: {header:?}");
        assert!(!header.vtable().is_leaf(), "a leaf is a young candidate: {header:?}");
        candidate(block);
    }
    for block in heap.old.snapshot() {
        assert!(
            heap.old.contains(block),
            "an old candidate does not know its place: {:?}",
            block.header()
        );
        assert!(
            !heap.young.contains(block),
            "a candidate is young and old at once: {:?}",
            block.header()
        );
    }
    for set in [heap.old.snapshot(), heap.frozen.snapshot(), heap.scratch.snapshot()] {
        for block in set {
            assert!(
                block.header().is_in_old(),
                "an old candidate does not know it: {:?}",
                block.header()
            );
            candidate(block);
        }
    }
}

fn candidate(block: BlockPtr) {
    let header = block.header();
    assert!(!header.is_captured(), "a candidate is in the captured state: {header:?}");
    assert!(header.count() > 0, "a candidate has no handle: {header:?}");
}

/// What takes a walk: the header of each block that the handles which `report` reports, or
/// candidates, lead to. Returns how many those are. Does nothing in the middle of a collection.
pub(crate) fn reachable(heap: &Heap, report: impl FnOnce(&mut Tracer<'_>)) -> usize {
    if heap.collecting.get() {
        return 0;
    }
    candidates(heap);
    let old: HashSet<_> = heap.old.snapshot().into_iter().chain(heap.frozen.snapshot()).collect();
    let waiting: HashSet<_> = heap.scratch.snapshot().into_iter().collect();
    let mut walk = Walk { handles: HashMap::new(), blocks: Vec::new() };
    let mut ring = Ring::new();
    report(&mut Tracer::new(&mut ring, &mut walk));
    walk.drain(&mut ring);
    for block in heap.young.snapshot().into_iter().chain(old.iter().copied()) {
        walk.find(block, 0);
    }
    heap.deferred.snapshot().into_iter().for_each(|block| walk.find(block, 1));
    let mut next = 0;
    while let Some(&block) = walk.blocks.get(next) {
        next += 1;
        // SAFETY: by *count* what a handle or a candidate leads to is whole; by *unreached* it is
        // not under `&mut`.
        unsafe { (block.header().vtable().trace)(block, &mut Tracer::new(&mut ring, &mut walk)) };
        walk.drain(&mut ring);
    }
    for (block, handles) in &walk.handles {
        let header = block.header();
        assert!(!header.is_captured(), "a block is in the captured state: {header:?}");
        assert!(header.count() >= *handles, "{handles} handles were found: {header:?}");
        let is_in_old = old.contains(block) || waiting.contains(block);
        assert_eq!(
            header.is_in_old(),
            is_in_old,
            "the tag of the old set is not right: {header:?}"
        );
        let registered = is_in_old || heap.young.contains(*block);
        let leaf = header.vtable().is_leaf();
        assert!(!leaf || !header.is_armed(), "a leaf is armed: {header:?}");
        assert!(
            leaf || header.is_armed() || registered,
            "a quiet block is registered nowhere: {header:?}"
        );
        if let Some(side) = header.side() {
            // SAFETY: by *side* the record is alive.
            unsafe { &*side }.check(*block);
        }
    }
    walk.handles.len()
}

/// All that was found so far, and by how many handles each.
struct Walk {
    handles: HashMap<BlockPtr, u32>,
    blocks: Vec<BlockPtr>,
}

impl Walk {
    fn find(&mut self, block: BlockPtr, handles: u32) {
        let known = self.handles.entry(block).or_insert_with(|| {
            self.blocks.push(block);
            0
        });
        *known += handles;
    }
}

impl Pass for Walk {
    fn edge(&mut self, target: BlockPtr) {
        self.find(target, 1);
    }
}
