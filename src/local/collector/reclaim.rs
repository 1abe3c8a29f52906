//! The last step: the dead are destroyed.
//!
//! Every survivor has left the collection. Untraced fields of dying values run user code, which may
//! drop, clone, upgrade, register and even free survivors.
//!
//! Not `forbid(unsafe_code)` because dead values are destroyed here, and the memory of their blocks
//! is freed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::capture::Capture;
use super::survivors::Dead;
use crate::local::raw::BlockPtr;
use crate::local::raw::Heap;
use crate::local::raw::audit;
use crate::local::rules;
use crate::raw::erased;
use crate::raw::prefetch::{AHEAD, prefetch_value};
use crate::raw::sizes::size;
use crate::raw::unwind::Payload;
use crate::raw::unwind::keep_first;
use crate::report::CollectionReport;

/// From this number of dead blocks on that the allocator gets, they are freed in the order of their
/// addresses.
///
/// The allocator merges neighbours when many small pieces are freed. On a shuffled heap that takes
/// longer than the whole collection, and sorting the addresses takes a tenth of it.
const SORT_FROM: usize = size(1024, 4);

/// Whether the addresses neither rise nor fall for the most part. A graph that was built in order
/// is freed in order without sorting, except for a few roots, which would cost a whole sort.
fn is_shuffled(dead: &[BlockPtr]) -> bool {
    let falls = dead.windows(2).filter(|pair| pair[0] > pair[1]).count();
    falls.min(dead.len() - falls) > dead.len() / 8
}

/// Destroys the dead, and empties the list.
pub(super) fn reclaim(
    heap: &Heap,
    dead: Dead<'_>,
    report: &mut CollectionReport,
    panic: &mut Option<Payload>,
) {
    let capture = dead.into_capture();
    detach(heap, capture);
    let facts = capture.found.facts;
    let dead = &mut capture.list;
    if facts.is_wide() {
        report.bytes += bytes_of_wide(dead);
    }
    report.reclaimed += dead.len();
    if dead.len() >= SORT_FROM + heap.free_lists.room() && is_shuffled(dead) {
        dead.sort_unstable();
    }
    if facts.drops() {
        drop_by_glue(heap, dead, report, panic);
    }
    discard(heap, dead, report, panic);
    dead.clear();
}

/// The bytes of the wide blocks, whose vtables have no size.
fn bytes_of_wide(dead: &[BlockPtr]) -> usize {
    dead.iter()
        .filter(|block| block.header().vtable().measure.is_some())
        .map(|block| block.size())
        .sum()
}

/// Removes all that leads to the dead from `Weak` handles and lists of candidates.
fn detach(heap: &Heap, capture: &Capture) {
    if !capture.found.tags.has_attachments() {
        return;
    }
    for &block in &capture.list {
        let header = block.header();
        if header.is_in_old() {
            heap.remove_old(block);
        }
        rules::detach(block);
    }
}

/// Drops the dead whose types cannot be disposed by glue, frees them, and takes them off the list.
///
/// That drops their handles to the dead. So all the dead get a count that such drops do not bring
/// to zero, and no memory is freed before the last of these values is gone.
fn drop_by_glue(
    heap: &Heap,
    dead: &mut Vec<BlockPtr>,
    report: &mut CollectionReport,
    panic: &mut Option<Payload>,
) {
    for block in &*dead {
        block.header().add_keepalive();
    }
    let (mut disposable, mut whole) = (0, true);
    for at in 0..dead.len() {
        let block = dead[at];
        let vtable = block.header().vtable();
        if vtable.kind.drops() {
            // SAFETY: by *detached* the value is dropped here and nowhere else.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| unsafe { erased::drop(block) }))
            {
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
            // The program may use that handle. No memory is freed, now or later: each block has one
            // count too many.
            report.reclaimed -= dead.len();
            dead.drain(..).for_each(|block| block.header().set_idle());
            return;
        }
    }
    for block in dead.drain(disposable..) {
        let vtable = block.header().vtable();
        report.bytes += vtable.size;
        heap.balance.freed(1);
        // SAFETY: by *detached* the memory is not used again: the value is gone, and the disposable
        // dead do not touch their neighbours.
        unsafe { (vtable.free)(block) };
    }
}

/// Disposes and frees the dead one by one: disposing touches no other dead block.
fn discard(
    heap: &Heap,
    dead: &[BlockPtr],
    report: &mut CollectionReport,
    panic: &mut Option<Payload>,
) {
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
                // SAFETY: by *detached* no handle, `Weak` or list leads to the block. It is
                // destroyed once, since `next` has moved on even if this panics.
                unsafe { (vtable.discard)(block) };
            }
        };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(rest)) {
            let block = dead[next - 1];
            // SAFETY: by *vtable*: the value has panicked when it was disposed, which is over, and
            // then `discard` leaves the memory to this.
            unsafe { (block.header().vtable().free)(block) };
            keep_first(panic, payload);
        }
    }
}

/// [`discard`], which frees no memory before the last value is disposed, and none at all if one of
/// them drops a handle that it has reported.
#[cold]
fn discard_audited(
    heap: &Heap,
    dead: &[BlockPtr],
    report: &mut CollectionReport,
    panic: &mut Option<Payload>,
) {
    let finding = audit::promises::dispose_all(dead, |block| {
        // SAFETY: by *detached*, as in `discard`; the memory is freed below.
        let dispose = || unsafe { (block.header().vtable().discard)(block) };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(dispose)) {
            keep_first(panic, payload);
        }
    });
    if let Err(payload) = catch_unwind(|| audit::raise(finding)) {
        keep_first(panic, payload);
        // A handle that was not dropped may lead to one of them.
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
        // SAFETY: by *detached* no handle, `Weak` or list leads to the block, and its value is
        // gone.
        unsafe { (vtable.free)(*block) };
    }
}
