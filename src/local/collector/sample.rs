//! What new candidates own, by a sample.
//!
//! A buffer may grow after its value has moved into a block, which no count shows. So one of the
//! young candidates that came since the last sample is traced now and then, without a collection:
//! its trace reports the capacities as they are now. What it owns is taken for what each of these
//! candidates owns. The blocks that it leads to are traced as well, a few of them, as often only
//! the first block of a cycle is a candidate. Samples are taken by `Gc::new`, where a collection
//! may run, and by `is_pending` and `collect_if_needed`. They change no header and no count.

use std::cell::Cell;

use super::Running;
use crate::local::raw::BlockPtr;
use crate::local::raw::Heap;
use crate::local::raw::audit;
use crate::policy::sample::{MOST, choose};
use crate::raw::tracer::{Pass, Ring, Tracer};

/// How many blocks are traced for one sample.
const BLOCKS: usize = 4;

/// The pass of one sample.
struct Sample<'a> {
    heap: &'a Heap,
    blocks: [BlockPtr; BLOCKS],
    len: usize,
    bytes: usize,
}

impl Pass for Sample<'_> {
    fn edge(&mut self, target: BlockPtr) {
        if self.len == BLOCKS || self.blocks[..self.len].contains(&target) {
            return;
        }
        // Old blocks wait for a full collection, and other candidates have samples of their own.
        if target.header().age() < self.heap.promote_after.get()
            && !self.heap.young.contains(target)
        {
            self.blocks[self.len] = target;
            self.len += 1;
        }
    }

    fn note_bytes(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

impl Drop for Sample<'_> {
    fn drop(&mut self) {
        audit::forget();
    }
}

/// Takes a sample, and returns the number of bytes that the new candidates are estimated to take.
/// The caller has checked that no collection runs.
///
/// # Panics
///
/// If the `trace` of a value does. The sample counts as taken.
pub(super) fn take(heap: &Heap, choice: &Cell<u32>) -> usize {
    let (candidate, new) = heap.young.measure(choose(choice), MOST);
    let Some(candidate) = candidate else { return 0 };
    let _running = Running::start(heap);
    // SAFETY: by *young* the entry is such a block, and the flag keeps collections from starting.
    unsafe { bytes(heap, candidate) }.saturating_mul(new)
}

/// Returns the number of bytes that a candidate takes with the blocks near to it, as far as they
/// are large.
///
/// # Panics
///
/// If the `trace` of a value does, and in an audited build if it does not keep its contract.
/// Nothing is changed then.
///
/// # Safety
///
/// `candidate` is in the young buffer, no collection runs, and none starts during the call.
unsafe fn bytes(heap: &Heap, candidate: BlockPtr) -> usize {
    let mut sample = Sample { heap, blocks: [candidate; BLOCKS], len: 1, bytes: 0 };
    let mut ring = Ring::new();
    let mut traced = 0;
    audit::start(true);
    while traced < sample.len {
        let block = sample.blocks[traced];
        traced += 1;
        let vtable = block.header().vtable();
        // SAFETY: by *young* the candidate is not freed. A block that the trace of such a block
        // reports has a handle. By *count* their values are whole, and by *unreached* they are not
        // under `&mut`. No `trace` drops a handle, so all this holds until the last call returns.
        unsafe { audit::trace(block, vtable, &mut Tracer::new(&mut ring, &mut sample)) };
        sample.drain(&mut ring);
    }
    audit::end_sample(&sample.blocks[..sample.len]);
    sample.bytes
}
