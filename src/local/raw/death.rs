//! The end of a block without handles: its value is destroyed and its memory freed.
//!
//! Deaths nest to a fixed depth only. Beyond it a dead block is linked into the to-free list
//! through its own header, and the outermost destruction empties that list. So a chain of a million
//! blocks takes no more stack than one of two dozen.

use std::alloc::Layout;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::block::{BlockPtr, layout_around};
use super::finalizer;
use super::heap::Heap;
use super::heap::heap;
use super::memory;
use super::register::deregister;
use super::side::Side;
use crate::raw::depth::DEEPEST;
use crate::raw::erased;
use crate::raw::unwind::swallow;

/// Detaches a block without handles. Returns `true` if the block is *detached* and its finalizer is
/// over; otherwise the block has been ended.
///
/// # Safety
///
/// The block has no handle, and the caller released the last one (*count*).
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
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

/// Counts a block less, and frees it.
///
/// # Safety
///
/// The block is *detached* and not used again, and not wide. `value` is the layout of its value,
/// which is gone.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) unsafe fn free_counted(block: BlockPtr, value: Layout) {
    // Outside of the closure, as in `ascend`.
    let layout = layout_around(value);
    heap(|heap| {
        heap.balance.freed(1);
        // SAFETY: by *layout*; the block is not used again, as the caller promises.
        unsafe { memory::free(heap, block.start(), layout) }
    });
}

/// A block whose value is being destroyed. If that panics, the block is freed, and at the outermost
/// destruction the to-free list is emptied.
pub(super) struct Death {
    block: BlockPtr,
    /// The depth of the destructions around it.
    depth: u32,
}

impl Drop for Death {
    #[cold]
    fn drop(&mut self) {
        let _unwinding = DrainOnUnwind(self.depth);
        // SAFETY: by *vtable*: the maker of this destroyed the value, and does not use the block
        // again.
        unsafe { (self.block.header().vtable().free)(self.block) }
    }
}

/// Counts a block less, and one level deeper, before the value of the block is destroyed.
///
/// # Safety
///
/// The block is *detached*. The caller destroys its value and uses it in [`ascend`] only.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) unsafe fn descend(block: BlockPtr) -> Death {
    heap(|heap| {
        heap.balance.freed(1);
        let depth = heap.depth.get();
        heap.depth.set(depth + 1);
        Death { block, depth }
    })
}

/// Frees the block and takes the level back after the value is destroyed. At the outermost level,
/// destroys the blocks that were linked in the meantime.
///
/// # Safety
///
/// The block is not wide, and `value` is the layout of its value.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) unsafe fn ascend(death: Death, value: Layout) {
    let Death { block, depth } = *std::mem::ManuallyDrop::new(death);
    // Not in the closure, which the compiler may compile once for all types. Here the layout is a
    // constant if the type of the value is known.
    let layout = layout_around(value);
    heap(|heap| {
        // SAFETY: by *layout*; the value is gone, and the block is not used again.
        unsafe { memory::free(heap, block.start(), layout) };
        if depth == 0 && heap.to_free.get().is_some() {
            drain_outermost(heap);
        }
        heap.depth.set(depth);
    });
}

/// Puts a dead block into the to-free list if deaths are nested as deep as is allowed.
///
/// # Safety
///
/// The block is *detached*, and if the result is `true` it is not used again.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) unsafe fn links(block: BlockPtr) -> bool {
    heap(|heap| {
        let is_deepest = heap.depth.get() >= DEEPEST;
        if is_deepest {
            // SAFETY: *detached*, as the caller promises.
            unsafe { link(heap, block) }
        }
        is_deepest
    })
}

/// Destroys a dead block through its vtable, or leaves that to the outermost destruction.
///
/// # Safety
///
/// The block is *detached*, and its finalizer is over.
pub(super) unsafe fn destroy_or_link(block: BlockPtr) {
    // SAFETY: *detached*, as the caller promises.
    if !unsafe { links(block) } {
        // SAFETY: *detached*, as the caller promises.
        let death = unsafe { descend(block) };
        let depth = death.depth;
        // SAFETY: *detached*, as the caller promises.
        unsafe { erased::drop(block) };
        std::mem::forget(death);
        // SAFETY: by *vtable*: the value is gone, and the block is not used again.
        unsafe { (block.header().vtable().free)(block) };
        heap(|heap| {
            if depth == 0 && heap.to_free.get().is_some() {
                drain_outermost(heap);
            }
            heap.depth.set(depth);
        });
    }
}

/// Puts a dead block into the to-free list.
///
/// # Safety
///
/// The block is *detached*.
#[inline]
unsafe fn link(heap: &Heap, block: BlockPtr) {
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
            unsafe { destroy_or_link(block) }
        } else if heap.deferred.is_active() {
            // SAFETY: *detached*, so only the list will lead to the block, as *deferred* demands.
            unsafe { heap.deferred.push_ended(block) }
        } else if heap.depth.get() < DEEPEST && !std::thread::panicking() {
            // SAFETY: *detached*, and the finalizer was not called.
            unsafe { finalizer::finalize_now(heap, block) }
        } else {
            // SAFETY: *detached*.
            unsafe { link(heap, block) };
            if heap.depth.get() == 0 {
                // A second panic during an unwind would end the process, so all are caught here.
                heap.depth.set(1);
                drop(DrainOnUnwind(0));
            }
        }
    });
}

/// Destroys the blocks in the to-free list, unless an outer destruction on this stack does.
pub(crate) fn drain(heap: &Heap) {
    if heap.depth.get() == 0 {
        heap.depth.set(1);
        drain_outermost(heap);
        heap.depth.set(0);
    }
}

/// Destroys the blocks in the to-free list after the outermost destruction. The caller sets the
/// depth afterwards.
#[inline(never)]
fn drain_outermost(heap: &Heap) {
    let unwinding = DrainOnUnwind(0);
    // A second panic during an unwind would end the process, so there the guard catches all.
    if !std::thread::panicking() {
        drain_rest(heap);
        std::mem::forget(unwinding);
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
    if !header.is_finalized() {
        // SAFETY: *detached*, as the caller promises. Dropping the handle links the block again if
        // it dies.
        drop(unsafe { finalizer::finalize(block) });
    } else {
        heap.balance.freed(1);
        let _memory = FreeOnDrop(block);
        // SAFETY: *detached*, as the caller promises.
        unsafe { erased::drop(block) };
    }
}

/// Frees a block at the end of the scope in which its value is destroyed.
struct FreeOnDrop(BlockPtr);

impl Drop for FreeOnDrop {
    fn drop(&mut self) {
        // SAFETY: by *vtable*: the maker of this destroyed the value, and does not use the block
        // again.
        unsafe { (self.0.header().vtable().free)(self.0) }
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
