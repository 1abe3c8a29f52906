//! The edges that lead out of what is captured: to blocks that a young collection did not enter.
//!
//! Those of the dead end with them. If all are noted here, with their owners, nobody has to trace the dead again for them.
//!
//! Not `forbid(unsafe_code)` because handles are given up here on behalf of the dead, who own them.

use super::capture::has_room;
use crate::local::raw::BlockPtr;
use crate::local::raw::release::release_erased;

/// Edges that lead out of what is captured. Those of the dead end with them.
pub(super) struct Outward {
    pub(super) edges: Vec<Edge>,
    /// Whether there was room for all.
    pub(super) complete: bool,
}

/// One of them.
pub(super) struct Edge {
    pub(super) target: BlockPtr,
    /// The place of its owner among the captured blocks, if the capture is small.
    pub(super) owner: u32,
}

impl Default for Outward {
    fn default() -> Self {
        Self { edges: Vec::new(), complete: true }
    }
}

impl Outward {
    #[inline]
    pub(super) fn push(&mut self, edge: Edge) {
        if self.edges.len() < LONGEST_OUTWARD && has_room(&mut self.edges, || LONGEST_OUTWARD) {
            self.edges.push(edge);
        } else {
            self.complete = false;
        }
    }
}

/// More edges than this are found again by another trace: the list is memory that a large collection had better not take.
const LONGEST_OUTWARD: usize = 1 << 13;

/// Gives the handles of the dead back.
///
/// The last one of a block waits until all are known. If it is reported once more after that, some `trace` tells of more
/// handles than there are, and nobody knows which of them exist: the block lives for ever.
#[derive(Default)]
pub(super) struct GivenBack {
    last: Vec<BlockPtr>,
}

impl GivenBack {
    /// # Safety
    ///
    /// A dead value, which is not going to drop it, has reported this handle.
    #[inline]
    pub(super) unsafe fn handle(&mut self, target: BlockPtr) {
        if target.header().count() > 1 || !self.waits(target) {
            // SAFETY: as the caller promises.
            unsafe { release_erased(target) }
        }
    }

    #[cold]
    #[inline(never)]
    fn waits(&mut self, target: BlockPtr) -> bool {
        if has_room(&mut self.last, || usize::MAX) {
            self.last.push(target);
            return true;
        }
        // Without memory it dies at once, which is right if all tell the truth.
        self.last.contains(&target)
    }

    /// Gives back what has waited; returns how many blocks live for ever.
    pub(super) fn end(mut self) -> usize {
        self.last.sort_unstable();
        let mut overreported = 0;
        for reports in self.last.chunk_by(|one, other| one == other) {
            if let [block] = reports {
                // SAFETY: reported once, so it is the dead value's as `handle` was promised, and is given up here only.
                unsafe { release_erased(*block) };
            } else {
                reports[0].header().leak_count();
                overreported += 1;
            }
        }
        overreported
    }
}
