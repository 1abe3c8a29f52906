//! What happens when a handle goes: nothing, a registration, or a death.
//!
//! The plain case is two instructions and a branch in the caller. Deaths nest to a fixed depth only: beyond it, whatever
//! dies is linked into a list through its own header, and the outermost drop works that list off. So a chain of a million
//! blocks takes no more stack than one of two dozen.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use super::audit;
use super::block::{Block, BlockPtr};
use super::exit;
use super::heap::Heap;
use super::heap::heap;
use super::heap::this_heap;
use super::side::Side;
use crate::raw::depth::DEEPEST;
use crate::raw::unwind::swallow;

/// Gives up one handle whose type is known.
///
/// # Safety
///
/// The caller owns one count of the block, which it must not use again.
#[inline(always)]
pub(crate) unsafe fn release<T: ?Sized>(block: NonNull<Block<T>>) {
    if audit::AUDITED {
        // SAFETY: by *count* the block is not freed while the caller's count is there.
        audit::promises::check_leaf(unsafe { BlockPtr::new(block) });
    }
    // SAFETY: by *count* the block is not freed while the caller's count is there.
    if unsafe { BlockPtr::new(block) }.header().decrement() {
        // SAFETY: the count was the caller's, and it is given up exactly here.
        unsafe { released(block) }
    }
}

/// Gives up one handle to a block that is known by its header only.
///
/// # Safety
///
/// The caller owns one count of the block, which it must not use again.
pub(crate) unsafe fn release_erased(block: BlockPtr) {
    if audit::AUDITED {
        audit::promises::check_leaf(block);
    }
    if !block.header().decrement() {
        return;
    }
    if block.header().becomes_candidate() {
        register::<()>(block);
    } else if ends_plainly(block) {
        // SAFETY: the count is zero and nothing leads to the block.
        heap(|heap| unsafe { destroy_or_link(heap, block) });
    }
}

/// The rest of a drop that was the first since the block was armed, or the last.
///
/// Both ends of it are hot: a value that never had a second handle dies here, and every value that had one comes here
/// once for each collection. So they are functions of their own, and this one needs no stack frame.
///
/// # Safety
///
/// [`Header::decrement`](super::Header::decrement) has just returned true for a count that the caller owned.
#[cold]
#[inline(never)]
unsafe fn released<T: ?Sized>(block: NonNull<Block<T>>) {
    // SAFETY: the block is not freed before `end`, and this is not used after that.
    let erased = unsafe { BlockPtr::new(block) };
    if erased.header().becomes_candidate() {
        register::<Here>(erased);
    } else {
        // SAFETY: the count is zero.
        unsafe { end(block) }
    }
}

/// Ends a block without handles. The handle's own type destroys the value, so the plain end asks no vtable: that is a
/// third of what an end costs besides the allocator.
///
/// # Safety
///
/// The count is zero.
#[inline(never)]
unsafe fn end<T: ?Sized>(block: NonNull<Block<T>>) {
    // SAFETY: the block is freed below at the earliest, and `erased` is not used after that.
    let erased = unsafe { BlockPtr::new(block) };
    if !ends_plainly(erased) {
        return;
    }
    // SAFETY: the reference is used in this call only.
    let heap = unsafe { this_heap() };
    if !std::mem::needs_drop::<T>() {
        heap.balance.freed(1);
        // SAFETY: the count is zero and nothing leads to the block; with nothing to drop, nothing else can die.
        unsafe { Block::destroy(block) }
    } else if heap.depth.get() >= DEEPEST {
        // SAFETY: the count is zero and nothing leads to the block.
        unsafe { link(heap, erased) }
    } else {
        // SAFETY: as above.
        unsafe { destroy_typed(block) }
    }
}

/// Destroys a dead block, and whatever dies of that. In a function of its own, so that linking needs no stack frame.
///
/// # Safety
///
/// The count is zero, nothing leads to the block, and its finalizer is over.
#[inline(never)]
unsafe fn destroy_typed<T: ?Sized>(block: NonNull<Block<T>>) {
    // SAFETY: the reference is used in this call only.
    let heap = unsafe { this_heap() };
    let unwinding = descend(heap);
    // SAFETY: as the caller promises.
    unsafe { Block::destroy(block) };
    ascend(heap, &unwinding);
    std::mem::forget(unwinding);
}

/// Takes a block without handles out of the young buffer, and ends it if it needs more than its value destroyed.
/// Returns true if that is all it needs.
#[inline(always)]
fn ends_plainly(block: BlockPtr) -> bool {
    let header = block.header();
    if header.may_be_listed() {
        heap(|heap| heap.young.remove(block));
    }
    if header.ends_plainly() {
        return true;
    }
    // SAFETY: the count is zero, and the block is in no young buffer now.
    unsafe { die(block) };
    false
}

/// The argument of [`register`] in functions that are compiled where the handles are.
struct Here;

/// Makes a quiet block a candidate.
///
/// Generic only so that it is compiled where the handles are, with [`Here`]: a program knows where its thread-locals are, a
/// library has to ask, and that takes a stack frame.
#[inline(never)]
#[expect(clippy::extra_unused_type_parameters, reason = "it decides in which crate this is compiled")]
fn register<T: ?Sized>(block: BlockPtr) {
    heap(|heap| {
        let young = block.header().registers_as_young(heap.promote_after.get());
        if !(if young { heap.young.push_unmeasured(block) } else { heap.old.push(block) }) {
            register_otherwise(block);
        }
    });
}

/// Registers a quiet block that is old, or in the old set though it is young, or for which the young buffer must grow.
/// Without memory for that it is armed again, so that the next drop tries anew.
#[cold]
#[inline(never)]
fn register_otherwise(block: BlockPtr) {
    heap(|heap| {
        let is_old = block.header().age() >= heap.promote_after.get();
        // At the end of the thread nothing is registered any more: nobody would look at it.
        let registered =
            exit::prepare(heap) && if is_old { heap.old.insert(block) } else { register_as_young(heap, block) };
        if !registered {
            block.header().arm();
        }
    });
}

/// Registers a block that is not old and may be in the old set: a young collection may look at it again.
fn register_as_young(heap: &Heap, block: BlockPtr) -> bool {
    if heap.young.must_be_measured() {
        heap.pacing.measure_soon(heap);
    }
    if heap.young.has_room() || grow_young(heap) {
        heap.old.remove(block);
        heap.young.push(block)
    } else {
        heap.old.contains(block)
    }
}

fn grow_young(heap: &Heap) -> bool {
    if heap.young.compact() {
        return true;
    }
    heap.pacing.young_grows(heap);
    heap.young.reserve(32)
}

/// Counts one level deeper, before a dead block is destroyed.
#[inline(always)]
fn descend(heap: &Heap) -> DrainOnUnwind {
    heap.balance.freed(1);
    let depth = heap.depth.get();
    heap.depth.set(depth + 1);
    DrainOnUnwind(depth)
}

/// Takes the level back after the block is destroyed. At the outermost level, destroys what was
/// linked in the meantime. The caller forgets the guard after it.
#[inline(always)]
fn ascend(heap: &Heap, unwinding: &DrainOnUnwind) {
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
/// The count is zero, nothing leads to the block, and its finalizer is over.
unsafe fn destroy_or_link(heap: &Heap, block: BlockPtr) {
    if heap.depth.get() >= DEEPEST {
        // SAFETY: as the caller promises.
        unsafe { link(heap, block) }
    } else {
        let vtable = block.header().vtable();
        let unwinding = descend(heap);
        // SAFETY: as the caller promises.
        unsafe { (vtable.destroy)(block) };
        ascend(heap, &unwinding);
        std::mem::forget(unwinding);
    }
}

/// Puts a dead block into the to-free list.
///
/// # Safety
///
/// The count is zero, and no handle, `Weak` or candidate list leads to the block.
#[inline]
unsafe fn link(heap: &Heap, block: BlockPtr) {
    // SAFETY: as the caller promises, nobody reads the header before the link is taken.
    unsafe { block.set_link(heap.to_free.get()) };
    heap.to_free.set(Some(block));
}

/// Ends a block that has no handle: its finalizer runs, its value is destroyed, its memory is freed; now, or before the
/// outermost destruction on this thread returns.
///
/// # Safety
///
/// The count is zero, no collection has captured the block, and it is in no young buffer.
#[inline(never)]
pub(crate) unsafe fn die(block: BlockPtr) {
    let header = block.header();
    let finalizes = !header.is_finalized();
    heap(|heap| {
        if header.is_in_old() {
            heap.remove_old(block);
        }
        // From here on no upgrade succeeds; a finalizer gets the way back opened again for its time.
        match header.side() {
            // SAFETY: by *side* the record is alive.
            Some(side) if finalizes => unsafe { &*side }.set_upgradable(false),
            _ => Side::detach(block),
        }
        if !finalizes {
            // SAFETY: no handles, no candidate, no open `Weak`: nothing leads to the block.
            unsafe { destroy_or_link(heap, block) }
        } else if heap.deferred.is_active() {
            // SAFETY: no handles, no candidate, no open `Weak`: only the list will lead to the block, as *deferred* wants.
            unsafe { heap.deferred.push_ended(block) }
        } else if heap.depth.get() < DEEPEST && !std::thread::panicking() {
            // SAFETY: as above.
            unsafe { finalize_now(heap, block) }
        } else {
            // A second panic during an unwind would end the process. The list is worked off with
            // panics caught then.
            // SAFETY: as above.
            unsafe { link(heap, block) };
            drain(heap);
        }
    });
}

/// Destroys what is in the to-free list, unless somebody up the stack does.
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
        // SAFETY: every block in the list was linked by `die`, and nothing has touched its header since.
        heap.to_free.set(unsafe { block.take_link() });
        // SAFETY: the block was dead when it was linked, and it is in the list no more.
        unsafe { end_linked(heap, block) };
    }
}

/// Finalizes or destroys a block that comes from the to-free list.
///
/// # Safety
///
/// As for [`die`]; the block is in no list.
#[inline]
unsafe fn end_linked(heap: &Heap, block: BlockPtr) {
    let header = block.header();
    let vtable = header.vtable();
    if !header.is_finalized() {
        // SAFETY: as the caller promises. Dropping the handle links the block again if it dies.
        drop(unsafe { finalize(block) });
    } else {
        heap.balance.freed(1);
        // SAFETY: dead, and detached from everything when it was linked.
        unsafe { (vtable.destroy)(block) };
    }
}

/// Finalizes a block that died by counting one level deeper, then destroys its value and what was
/// linked in the meantime, as [`destroy_typed`] does.
///
/// # Safety
///
/// As for [`end_linked`].
#[cold]
#[inline(never)]
unsafe fn finalize_now(heap: &Heap, block: BlockPtr) {
    let depth = heap.depth.get();
    heap.depth.set(depth + 1);
    let unwinding = DrainOnUnwind(depth);
    // SAFETY: as the caller promises.
    let handle = unsafe { finalize(block) };
    std::mem::forget(unwinding);
    heap.depth.set(depth);
    std::mem::forget(handle);
    // If the destructor panics, the outermost `DrainOnUnwind` works the list off.
    // SAFETY: the count was that of the handle, which is not dropped.
    unsafe { release_erased(block) };
    drain(heap);
}

/// The count that keeps a block for its finalizer. An ordinary drop ends it, so that a block that was resurrected is a
/// candidate like any other.
struct FinalizerHandle(BlockPtr);

impl Drop for FinalizerHandle {
    fn drop(&mut self) {
        heap(|heap| {
            // A block that dies now is linked. The list is worked off with panics caught, and the panic of the
            // finalizer may be on its way.
            let depth = heap.depth.replace(DEEPEST);
            // SAFETY: `reset` made this count.
            unsafe { release_erased(self.0) }
            heap.depth.set(depth);
        });
    }
}

/// Calls the finalizer of a block that died by counting. It is a block like any other for that time.
///
/// # Safety
///
/// As for [`end_linked`].
#[cold]
#[inline(never)]
unsafe fn finalize(block: BlockPtr) -> FinalizerHandle {
    let header = block.header();
    header.reset();
    header.set_finalized();
    if let Some(side) = header.side() {
        // SAFETY: by *side* the record is alive.
        unsafe { &*side }.set_upgradable(true);
    }
    let handle = FinalizerHandle(block);
    // SAFETY: the value is whole: it was not destroyed yet, and `handle` keeps it.
    unsafe { (header.vtable().finalize)(block) };
    handle
}

/// Calls the finalizer of a block that has ended. If that does not bring the block back, it is
/// linked.
///
/// # Safety
///
/// The block comes from [`Deferred::take_ended`](super::deferred::Deferred::take_ended).
#[cold]
pub(crate) unsafe fn finalize_ended(block: BlockPtr) {
    // SAFETY: by *deferred* nothing leads to the block, and its finalizer was not called.
    drop(unsafe { finalize(block) });
}

/// Gives up the count that has kept a block for its finalizer. A block that lives on is a
/// candidate.
///
/// # Safety
///
/// The block comes from [`Deferred::take_kept`](super::deferred::Deferred::take_kept).
#[cold]
pub(crate) unsafe fn release_kept(heap: &Heap, block: BlockPtr) {
    let header = block.header();
    // A candidate is quiet, and stays one (*young*, *old*).
    if !header.is_in_old() && !heap.young.contains(block) {
        header.arm();
    }
    // SAFETY: by *deferred* the count belonged to the list, which has given it to the caller.
    unsafe { release_erased(block) }
}

/// When a destructor has panicked: takes the depth back, and at the outermost works the list off. Further panics are
/// swallowed: the first is on its way.
struct DrainOnUnwind(u32);

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

/// Takes a block out of all candidate lists, so that no collection starts from it, and lets its next drop register it.
#[inline]
pub(crate) fn deregister(block: BlockPtr) {
    heap(|heap| {
        if heap.young.remove(block) {
            block.header().set_idle();
            block.header().arm();
        }
        if block.header().is_in_old() {
            heap.remove_old(block);
            block.header().arm();
        }
    });
}

/// Ends a block whose value the caller has moved out.
///
/// # Safety
///
/// The caller owns the only count; the value is gone; neither is used again.
pub(crate) unsafe fn free_moved_out(block: BlockPtr) {
    deregister(block);
    Side::detach(block);
    heap(|heap| heap.balance.freed(1));
    // SAFETY: no handle, no candidate and no `Weak` leads to the block any more, and its value is gone.
    unsafe { (block.header().vtable().free)(block) };
}
