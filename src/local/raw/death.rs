//! The end of a block without handles: its value is destroyed and its memory freed.
//!
//! Deaths nest to a fixed depth only. Beyond it a dead block is linked into the to-free list
//! through its own header, and the outermost destruction empties that list. So a chain of a million
//! blocks takes no more stack than one of two dozen.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::block::BlockPtr;
use super::finalizer;
use super::heap::Heap;
use super::heap::heap;
use super::register::deregister;
use super::side::Side;
use crate::raw::depth::DEEPEST;
use crate::raw::unwind::swallow;

/// Detaches a block without handles. Returns `true` if the block is *detached* and its finalizer is
/// over; otherwise the block has been ended.
///
/// # Safety
///
/// The block has no handle, and the caller released the last one (*count*).
#[inline(always)]
pub(super) unsafe fn ends_plainly(block: BlockPtr) -> bool {
    let header = block.header();
    if header.may_be_listed() {
        heap(|heap| heap.young.remove(block));
    }
    if header.ends_plainly() {
        return true;
    }
    // SAFETY: the last *count* was released, and the block is not in the young buffer now.
    unsafe { die(block) };
    false
}

/// Counts one level deeper, before a dead block is destroyed.
#[inline(always)]
pub(super) fn descend(heap: &Heap) -> DrainOnUnwind {
    heap.balance.freed(1);
    let depth = heap.depth.get();
    heap.depth.set(depth + 1);
    DrainOnUnwind(depth)
}

/// Takes the level back after the block is destroyed. At the outermost level, destroys the blocks
/// that were linked in the meantime. The caller forgets the guard after it.
#[inline(always)]
pub(super) fn ascend(heap: &Heap, unwinding: &DrainOnUnwind) {
    let depth = unwinding.0;
    if depth == 0 && heap.to_free.get().is_some() {
        drain_rest(heap);
    }
    heap.depth.set(depth);
}

/// Destroys a dead block through its vtable, or leaves that to the outermost destruction.
///
/// # Safety
///
/// The block is *detached*, and its finalizer is over.
pub(super) unsafe fn destroy_or_link(heap: &Heap, block: BlockPtr) {
    if heap.depth.get() >= DEEPEST {
        // SAFETY: *detached*, as the caller promises.
        unsafe { link(heap, block) }
    } else {
        let vtable = block.header().vtable();
        let unwinding = descend(heap);
        // SAFETY: *detached*, as the caller promises.
        unsafe { (vtable.destroy)(block) };
        ascend(heap, &unwinding);
        std::mem::forget(unwinding);
    }
}

/// Puts a dead block into the to-free list.
///
/// # Safety
///
/// The block is *detached*.
#[inline]
pub(super) unsafe fn link(heap: &Heap, block: BlockPtr) {
    // SAFETY: by *detached* no code reads the header before the link is taken.
    unsafe { block.set_link(heap.to_free.get()) };
    heap.to_free.set(Some(block));
}

/// Ends a block that has no handle: its finalizer runs, its value is destroyed, its memory is
/// freed; now, or before the outermost destruction on this thread returns.
///
/// # Safety
///
/// The block has no handle, and the caller released the last one (*count*). No collection has
/// captured it, and it is not in the young buffer.
#[inline(never)]
pub(crate) unsafe fn die(block: BlockPtr) {
    let header = block.header();
    let finalizes = !header.is_finalized();
    heap(|heap| {
        if header.is_in_old() {
            heap.remove_old(block);
        }
        // From here on no upgrade succeeds. A finalizer can upgrade again while it runs.
        match header.side() {
            // SAFETY: by *side* the record is alive.
            Some(side) if finalizes => unsafe { &*side }.set_upgradable(false),
            _ => Side::detach(block),
        }
        if !finalizes {
            // SAFETY: *detached*: no handle, no candidate, no open `Weak`.
            unsafe { destroy_or_link(heap, block) }
        } else if heap.deferred.is_active() {
            // SAFETY: *detached*, so only the list will lead to the block, as *deferred* demands.
            unsafe { heap.deferred.push_ended(block) }
        } else if heap.depth.get() < DEEPEST && !std::thread::panicking() {
            // SAFETY: *detached*, and the finalizer was not called.
            unsafe { finalizer::finalize_now(heap, block) }
        } else {
            // A second panic during an unwind would end the process. `drain` catches panics then.
            // SAFETY: *detached*.
            unsafe { link(heap, block) };
            drain(heap);
        }
    });
}

/// Destroys the blocks in the to-free list, unless an outer destruction on this stack does.
pub(crate) fn drain(heap: &Heap) {
    if heap.depth.get() == 0 {
        heap.depth.set(1);
        let unwinding = DrainOnUnwind(0);
        drain_rest(heap);
        std::mem::forget(unwinding);
        heap.depth.set(0);
    }
}

#[inline(never)]
fn drain_rest(heap: &Heap) {
    while let Some(block) = heap.to_free.get() {
        // SAFETY: by *to free* the first word of the block is its link.
        heap.to_free.set(unsafe { block.take_link() });
        // SAFETY: by *to free* the block is detached, and it is not in the list any more.
        unsafe { end_linked(heap, block) };
    }
}

/// Finalizes or destroys a block that comes from the to-free list.
///
/// # Safety
///
/// The block is *detached*.
#[inline]
unsafe fn end_linked(heap: &Heap, block: BlockPtr) {
    let header = block.header();
    let vtable = header.vtable();
    if !header.is_finalized() {
        // SAFETY: *detached*, as the caller promises. Dropping the handle links the block again if
        // it dies.
        drop(unsafe { finalizer::finalize(block) });
    } else {
        heap.balance.freed(1);
        // SAFETY: *detached*, as the caller promises.
        unsafe { (vtable.destroy)(block) };
    }
}

/// Empties the to-free list when a destructor has panicked, at the outermost destruction, and sets
/// the depth back. Further panics are swallowed: the first is on its way.
pub(super) struct DrainOnUnwind(pub(super) u32);

impl Drop for DrainOnUnwind {
    #[cold]
    fn drop(&mut self) {
        heap(|heap| {
            while self.0 == 0 && heap.to_free.get().is_some() {
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drain_rest(heap))) {
                    swallow(payload);
                }
            }
            heap.depth.set(self.0);
        });
    }
}

/// Ends a block whose value the caller has moved out.
///
/// # Safety
///
/// The caller owns the only count (*count*), and the value is gone. Neither is used again.
pub(crate) unsafe fn free_moved_out(block: BlockPtr) {
    deregister(block);
    Side::detach(block);
    heap(|heap| heap.balance.freed(1));
    // SAFETY: *detached* now: the only count was the caller's, and the value is gone.
    unsafe { (block.header().vtable().free)(block) };
}
