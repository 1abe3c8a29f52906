//! The fourth step: the dead give up their handles to blocks that live on.
//!
//! The dead do not drop their traced handles when they are disposed: that would touch the header of
//! every neighbour, most of which are dead. So the counts of the others are reduced here. From the
//! first one on the collection cannot be given up: all memory that is needed was reserved before.
//!
//! Not `forbid(unsafe_code)` because the handles of the dead are given up here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::decide::Decided;
use super::outward::Edge;
use super::survivors;
use crate::local::raw::BlockPtr;
use crate::local::raw::Heap;
use crate::local::raw::audit;
use crate::local::raw::drop::release_erased;
use crate::raw::depth::DEEPEST;
use crate::raw::fallible::has_room;
use crate::raw::prefetch::{AHEAD, prefetch_value};
use crate::raw::tracer::{Pass, Ring, Tracer};
use crate::raw::unwind::Payload;
use crate::report::CollectionReport;

/// What the survivors lose to the dead.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Losses {
    /// Nothing: no value is destroyed.
    None,
    /// The handles that they have not counted as retained, which are still to be subtracted.
    Counted,
    /// The handles that another trace of the dead has found, which are subtracted.
    Traced,
}

/// Takes from blocks that live on the handles that the dead own, except for survivors that have
/// [counted](Losses::Counted) them.
pub(super) fn take(
    heap: &Heap,
    decided: &mut Decided<'_>,
    report: &mut CollectionReport,
    panic: &mut Option<Payload>,
) -> Losses {
    let live = decided.live_count();
    if live == decided.captured().blocks().len() {
        return Losses::None;
    }
    if live > 0 || decided.captured().found.is_pruned {
        report.overreported += match decided.take_outward() {
            Some(edges) => {
                without_user_code(heap, decided, |decided| give_up_outward(decided, &edges))
            }
            None => without_user_code(heap, decided, |decided| give_up_traced(decided, panic)),
        };
    }
    if decided.are_owners_known { Losses::Counted } else { Losses::Traced }
}

/// Runs `f`, which gives handles up. A block that dies is only linked into the to-free list. A
/// block that becomes a candidate does not take the room that is reserved for survivors.
fn without_user_code(
    heap: &Heap,
    decided: &Decided<'_>,
    f: impl FnOnce(&Decided<'_>) -> usize,
) -> usize {
    let depth = heap.depth.replace(DEEPEST);
    heap.old.hold_back(survivors::most_kept(decided));
    let overreported = f(decided);
    heap.old.hold_back(0);
    heap.depth.set(depth);
    overreported
}

/// Gives up the edges that the dead own. Returns the number of blocks of which more handles were
/// reported than they have.
fn give_up_outward(decided: &Decided<'_>, edges: &[Edge]) -> usize {
    let blocks = decided.captured().blocks();
    let mut given_up = GivenUpHandles::default();
    for edge in edges {
        if blocks[edge.owner as usize].header().is_dead() {
            // SAFETY: by *given up* the dead value that owns the handle is not going to drop it.
            unsafe { given_up.handle(edge.target) };
        }
    }
    given_up.end()
}

/// Traces the dead once more, and gives up the handles that lead to other blocks. Returns the
/// number of blocks of which more handles were reported than they have.
///
/// A value that is dropped by glue gives its handles up itself.
fn give_up_traced(decided: &Decided<'_>, panic: &mut Option<Payload>) -> usize {
    let blocks = decided.captured().blocks();
    let mut pass = GiveUp::default();
    let mut ring = Ring::new();
    audit::start(false);
    for (at, block) in blocks.iter().enumerate() {
        if let Some(ahead) = blocks.get(at + AHEAD) {
            prefetch_value(ahead.as_ptr());
        }
        let header = block.header();
        let vtable = header.vtable();
        if !header.is_dead() || vtable.kind.drops() {
            continue;
        }
        // SAFETY: by *captured* the block is not freed and its value is whole; no handle from
        // outside leads to it.
        let trace =
            || unsafe { audit::trace(*block, vtable, &mut Tracer::new(&mut ring, &mut pass)) };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(trace)) {
            // A handle that the value did not report leaks. Those that it reported exist.
            keep_first_unseen(panic, payload);
        }
        let lead = Ring::lead(blocks.len());
        while let Some(target) = ring.pop_beyond(lead) {
            pass.edge(target);
        }
    }
    pass.drain(&mut ring);
    if let Err(payload) = catch_unwind(audit::end_pass) {
        keep_first_unseen(panic, payload);
    }
    pass.outward.end()
}

/// Keeps the first panic. A second payload is not even dropped: no user code may run.
fn keep_first_unseen(panic: &mut Option<Payload>, payload: Payload) {
    match panic {
        None => *panic = Some(payload),
        Some(_) => std::mem::forget(payload),
    }
}

/// The pass of [`give_up_traced`].
#[derive(Default)]
struct GiveUp {
    outward: GivenUpHandles,
}

impl Pass for GiveUp {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        let header = target.header();
        if header.is_live() {
            header.lose_one();
        } else if !header.is_captured() {
            // SAFETY: by *given up* the dead value that owns the handle is not going to drop it.
            unsafe { self.outward.handle(target) };
        }
    }
}

/// Gives up handles to blocks that were not captured.
///
/// The last handle of a block waits until all are known. If it is reported again after that, some
/// `trace` reports more handles than there are. It is not known which of them exist, so the block
/// is leaked.
#[derive(Default)]
struct GivenUpHandles {
    last: Vec<BlockPtr>,
}

impl GivenUpHandles {
    /// Gives up one handle.
    ///
    /// # Safety
    ///
    /// A dead value has reported this handle, and is not going to drop it.
    #[inline]
    unsafe fn handle(&mut self, target: BlockPtr) {
        if target.header().count() > 1 || !self.waits(target) {
            // SAFETY: by *count*, which the caller gives up: no value uses or drops the handle.
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
        // Without memory the block dies at once, which is right if no `trace` reports too much.
        self.last.contains(&target)
    }

    /// Gives up the handles that have waited. Returns the number of blocks that are leaked.
    fn end(mut self) -> usize {
        self.last.sort_unstable();
        let mut overreported = 0;
        for reports in self.last.chunk_by(|one, other| one == other) {
            if let [block] = reports {
                // SAFETY: by *count*: the handle was reported once, and it is given up here only.
                unsafe { release_erased(*block) };
            } else {
                reports[0].header().leak_count();
                overreported += 1;
            }
        }
        overreported
    }
}
