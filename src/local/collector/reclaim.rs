//! The end of a collection: survivors go back to rest, then the dead are destroyed.
//!
//! The order matters, because a dying value's untraced fields run user code, which may drop, clone, upgrade, register and
//! even free survivors. So everything that reads or writes a survivor's header comes first. From the first handle taken
//! back on there is no giving up: all memory that is needed was reserved before.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::GivenUp;
use super::capture::Capture;
use super::outward::{Edge, GivenBack};
use super::survivors;
use crate::local::raw::BlockPtr;
use crate::local::raw::Heap;
use crate::local::raw::audit;
use crate::local::raw::heap::Mutant;
use crate::local::raw::side::Side;
use crate::raw::depth::DEEPEST;
use crate::raw::prefetch::{AHEAD, prefetch_value};
use crate::raw::tracer::{Pass, Ring, Tracer};
use crate::raw::unwind::Payload;
use crate::raw::unwind::keep_first;
use crate::report::CollectionReport;

/// If the allocator gets this many dead blocks they are freed in the order of their addresses.
///
/// It merges neighbours when many small pieces are freed; on a shuffled heap that costs more than the whole collection, and
/// sorting the addresses costs a tenth of it.
const SORT_FROM: usize = 1024;

/// Whether the addresses neither rise nor fall for the most part. A graph that was built in order is freed in order
/// without sorting, but for some roots here and there, and those would cost a whole sort.
fn is_shuffled(dead: &[BlockPtr]) -> bool {
    let falls = dead.windows(2).filter(|pair| pair[0] > pair[1]).count();
    falls.min(dead.len() - falls) > dead.len() / 8
}

/// Makes room for the survivors that must be kept as candidates.
pub(crate) fn reserve(heap: &Heap, capture: &Capture) -> Result<(), GivenUp> {
    if heap.old.reserve(most_kept(capture)) { Ok(()) } else { Err(GivenUp::NoMemory) }
}

/// How many survivors may have to be kept as candidates.
fn most_kept(capture: &Capture) -> usize {
    if capture.pruned { capture.live() } else { 0 }
}

/// Destroys the dead.
pub(crate) fn reclaim(heap: &Heap, capture: &mut Capture, report: &mut CollectionReport, panic: &mut Option<Payload>) {
    let live = capture.live();
    report.survivors += live;
    report.overreported += capture.overreported.len();
    let some_dead = live < capture.blocks().len();
    if some_dead && (live > 0 || capture.pruned) {
        match capture.take_outward() {
            Some(edges) => report.overreported += drop_outward_edges(heap, capture, &edges),
            None => report.overreported += drop_edges_of_dead(heap, capture, panic),
        }
    }
    report.resurrected += survivors::rest(heap, capture, some_dead);
    detach(heap, capture);
    if capture.kinds.is_wide() {
        report.bytes += bytes_of_wide(capture.blocks());
    }
    let dead = capture.blocks_mut();
    report.reclaimed += dead.len();
    if dead.len() >= SORT_FROM + heap.free_lists.room() && is_shuffled(dead) {
        dead.sort_unstable();
    }
    if capture.kinds.drops() {
        drop_by_glue(heap, capture, report, panic);
    }
    discard(heap, capture.blocks(), report, panic);
}

/// The bytes of the wide blocks, which no vtable knows.
fn bytes_of_wide(dead: &[BlockPtr]) -> usize {
    let measures = dead.iter().filter_map(|block| Some((block, block.header().vtable().measure?)));
    // SAFETY: by *captured* no block is freed, and each has its own vtable.
    measures.map(|(block, measure)| unsafe { measure(*block) }.size).sum()
}

/// Takes the handles back that the dead have to blocks that go on.
///
/// Returns how many blocks had more handles reported than they have.
///
/// The dead do not drop their traced handles when they are disposed: that would touch the header of every neighbour,
/// most of which are dead. So if it is not known which handles to the others they own, one more trace finds them. What is
/// dropped by glue gives its handles up itself.
fn drop_edges_of_dead(heap: &Heap, capture: &mut Capture, panic: &mut Option<Payload>) -> usize {
    // Whatever dies by this is only linked into the to-free list: no user code may run yet.
    let depth = heap.depth.replace(DEEPEST);
    // What registers by this must find other room than that of the survivors.
    heap.old.hold_back(most_kept(capture));
    let mut pass = DropEdges::default();
    let mut ring = Ring::new();
    audit::start(false);
    for (at, block) in capture.blocks().iter().enumerate() {
        if let Some(ahead) = capture.blocks().get(at + AHEAD) {
            prefetch_value(ahead.as_ptr());
        }
        let header = block.header();
        let vtable = header.vtable();
        if !header.is_dead() || vtable.kind.drops() {
            continue;
        }
        // SAFETY: by *captured* the block is not freed and its value is whole; nobody else can reach it.
        let trace = || unsafe { audit::trace(*block, vtable, &mut Tracer::new(&mut ring, &mut pass)) };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(trace)) {
            // What it did not report leaks; what it reported is real.
            keep_first_unseen(panic, payload);
        }
        let lead = Ring::lead(capture.blocks().len());
        while let Some(target) = ring.pop_beyond(lead) {
            pass.edge(target);
        }
    }
    pass.drain(&mut ring);
    if let Err(payload) = catch_unwind(audit::end_pass) {
        keep_first_unseen(panic, payload);
    }
    let overreported = pass.outward.end();
    heap.old.hold_back(0);
    heap.depth.set(depth);
    overreported
}

/// Keeps the first panic. A second payload is not even dropped: no user code may run.
fn keep_first_unseen(panic: &mut Option<Payload>, payload: Payload) {
    match panic {
        None => *panic = Some(payload),
        Some(_) => std::mem::forget(payload),
    }
}

/// The same, if it is known who owns what.
fn drop_outward_edges(heap: &Heap, capture: &Capture, edges: &[Edge]) -> usize {
    let depth = heap.depth.replace(DEEPEST);
    heap.old.hold_back(most_kept(capture));
    let mut given_back = GivenBack::default();
    for edge in edges {
        if capture.blocks()[edge.owner as usize].header().is_dead() {
            // SAFETY: the handle belongs to a dead value, which is not going to drop it.
            unsafe { given_back.handle(edge.target) };
        }
    }
    let overreported = given_back.end();
    heap.old.hold_back(0);
    heap.depth.set(depth);
    overreported
}

#[derive(Default)]
struct DropEdges {
    outward: GivenBack,
}

impl Pass for DropEdges {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        let header = target.header();
        if header.is_live() {
            header.lose_one();
        } else if !header.is_captured() {
            // SAFETY: the handle belongs to a dead value, which is not going to drop it.
            unsafe { self.outward.handle(target) };
        }
    }
}

/// Lets no `Weak` and no candidate list lead to the dead any more.
fn detach(heap: &Heap, capture: &Capture) {
    if !capture.tags.has_attachments() {
        return;
    }
    for &block in capture.blocks() {
        let header = block.header();
        if header.is_in_old() {
            heap.remove_old(block);
        }
        if !heap.is_mutant(Mutant::WeaksClearedLate) {
            Side::detach(block);
        }
    }
}

/// Destroys the dead whose types cannot be disposed, by ordinary drop glue, and takes them off the list.
///
/// Their handles to the dead are dropped, so all the dead get a count that such drops do not bring to an end, and no
/// memory is freed before the last of these values is gone.
fn drop_by_glue(heap: &Heap, capture: &mut Capture, report: &mut CollectionReport, panic: &mut Option<Payload>) {
    let dead = capture.blocks_mut();
    for block in &*dead {
        block.header().add_keepalive();
    }
    let (mut disposable, mut whole) = (0, true);
    for at in 0..dead.len() {
        let block = dead[at];
        let vtable = block.header().vtable();
        if vtable.kind.drops() {
            // SAFETY: dead and detached; the value is dropped here and nowhere else.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| unsafe { (vtable.drop)(block) })) {
                whole = false;
                keep_first(panic, payload);
            }
        } else {
            dead.swap(at, disposable);
            disposable += 1;
        }
    }
    if audit::AUDITED && whole {
        let finding = audit::handle_that_is_left(dead);
        if let Err(payload) = catch_unwind(|| audit::raise(finding)) {
            keep_first(panic, payload);
            // Somebody may use that handle: no memory is freed, and with one count too many none will be.
            report.reclaimed -= dead.len();
            dead.drain(..).for_each(|block| block.header().set_idle());
            return;
        }
    }
    for block in dead.drain(disposable..) {
        let vtable = block.header().vtable();
        report.bytes += vtable.size;
        heap.balance.freed(1);
        // SAFETY: the value is gone, and the disposable dead do not touch their neighbours.
        unsafe { (vtable.free)(block) };
    }
}

/// Disposes and frees the dead, each in one go: disposing touches no other dead block.
fn discard(heap: &Heap, dead: &[BlockPtr], report: &mut CollectionReport, panic: &mut Option<Payload>) {
    if audit::AUDITED {
        return discard_audited(heap, dead, report, panic);
    }
    heap.balance.freed(dead.len());
    let mut next = 0;
    while next < dead.len() {
        let rest = || {
            while next < dead.len() {
                let block = dead[next];
                next += 1;
                if let Some(ahead) = dead.get(next + AHEAD) {
                    prefetch_value(ahead.as_ptr());
                }
                let vtable = block.header().vtable();
                report.bytes += vtable.size;
                // SAFETY: dead and detached: no handle, `Weak` or list leads to the block; it is destroyed once, since
                // `next` has moved on even if this panics.
                unsafe { (vtable.discard)(block) };
            }
        };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(rest)) {
            keep_first(panic, payload);
        }
    }
}

/// [`discard`], which frees no memory before the last value is disposed, and none at all if one of
/// them drops a handle that it has reported.
#[cold]
fn discard_audited(heap: &Heap, dead: &[BlockPtr], report: &mut CollectionReport, panic: &mut Option<Payload>) {
    let finding = audit::promises::dispose_all(dead, |block| {
        // SAFETY: as in `discard`; the memory is freed below.
        let dispose = || unsafe { (block.header().vtable().discard)(block) };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(dispose)) {
            keep_first(panic, payload);
        }
    });
    if let Err(payload) = catch_unwind(|| audit::raise(finding)) {
        keep_first(panic, payload);
        // A handle that was not dropped leads to one of them, perhaps.
        report.reclaimed -= dead.len();
        for block in dead {
            block.header().leak_count();
            block.header().set_idle();
        }
        return;
    }
    heap.balance.freed(dead.len());
    for block in dead {
        let vtable = block.header().vtable();
        report.bytes += vtable.size;
        // SAFETY: the value is gone, and no handle, `Weak` or list leads to the block.
        unsafe { (vtable.free)(*block) };
    }
}
