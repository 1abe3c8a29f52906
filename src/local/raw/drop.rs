//! The drop of a handle: it counts, or registers its block, or ends it.
//!
//! The plain case is two instructions and a branch in the caller. [`register`](super::register) has
//! the first drop since a block was armed, and [`death`](super::death) the last. The functions that
//! know the type of the value are here: they are compiled where the handles are.

use std::ptr::NonNull;

use super::audit;
use super::block::{Block, BlockPtr};
use super::death;
use super::heap::Heap;
use super::heap::heap;
use super::register::register_slow;
use crate::raw::layout::layout_of_place;

/// Releases one count, which the caller owns and does not use again. Returns whether that has more
/// to do, by [`released`] if the type of the block is known.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn decrement(block: BlockPtr) -> bool {
    if audit::AUDITED {
        audit::promises::check_leaf(block);
    }
    block.header().decrement()
}

/// Releases one handle to a block that is known by its header only.
///
/// # Safety
///
/// The caller owns one count of the block (*count*), which it must not use again.
pub(crate) unsafe fn release_erased(block: BlockPtr) {
    if decrement(block) {
        // SAFETY: by *count*, as the caller promises.
        unsafe { released_erased(block) }
    }
}

/// The rest of a drop that was the first since the block was armed, or the last, for a block that
/// is known by its header only.
///
/// # Safety
///
/// As for [`released`].
#[inline]
pub(crate) unsafe fn released_erased(block: BlockPtr) {
    if block.header().becomes_candidate() {
        return register::<()>(block);
    }
    // SAFETY: by *count* the last count was the caller's, and no handle is left.
    if unsafe { death::ends_plainly(block) } {
        // SAFETY: *detached*, as `ends_plainly` has reported.
        unsafe { death::destroy_or_link(block) };
    }
}

/// The rest of a drop that was the first since the block was armed, or the last.
///
/// Both are hot: a value that never had a second handle dies here, and every value that had one
/// comes here once for each collection. So they are functions of their own, and this one needs no
/// stack frame.
///
/// # Safety
///
/// [`decrement`] has just returned `true` for a count that the caller owned (*count*).
#[cold]
#[inline(never)]
pub(crate) unsafe fn released<T: ?Sized>(block: NonNull<Block<T>>) {
    // SAFETY: by *count* the block is not freed before `end`, and this pointer is not used after
    // it.
    let erased = unsafe { BlockPtr::new(block) };
    if erased.header().becomes_candidate() {
        register::<Here>(erased);
    } else {
        // SAFETY: by *count* the last count was the caller's, and no handle is left.
        unsafe { end(block) }
    }
}

/// The argument of [`register`] in functions that are compiled where the handles are.
struct Here;

/// Makes a quiet block a candidate.
///
/// Generic only so that it is compiled where the handles are, with [`Here`]. A program has the
/// address of its thread-locals; a library has to call a function for it, which takes a stack
/// frame.
#[inline(never)]
#[expect(
    clippy::extra_unused_type_parameters,
    reason = "it decides in which crate this is compiled"
)]
fn register<T: ?Sized>(block: BlockPtr) {
    heap(|heap| {
        let young = block.header().registers_as_young(heap.promote_after.get());
        if !(if young { heap.young.push_unmeasured(block) } else { heap.old.push(block) }) {
            register_slow(block);
        }
    });
}

/// Ends a block without handles. The handle's own type destroys the value, so a plain end reads no
/// vtable: that would be a third of its instructions, apart from the allocator.
///
/// # Safety
///
/// The block has no handle, and the caller released the last one (*count*).
#[inline(never)]
unsafe fn end<T: ?Sized>(block: NonNull<Block<T>>) {
    // SAFETY: by *pointer*: the block is freed below at the earliest, and `erased` is not used
    // after.
    let erased = unsafe { BlockPtr::new(block) };
    // SAFETY: as the caller promises, the last *count* was released.
    if !unsafe { death::ends_plainly(erased) } {
        return;
    }
    if const { !std::mem::needs_drop::<T>() } {
        // SAFETY: by *pointer* the block is not freed before the call below.
        let value = unsafe { layout_of_place(&raw const (*block.as_ptr()).value) };
        // SAFETY: *detached*. There is nothing to drop, so no other block can die by this.
        unsafe { death::free_counted(erased, value) }
    // SAFETY: *detached*.
    } else if !unsafe { death::links(erased) } {
        // SAFETY: *detached*.
        unsafe { destroy_typed(block) }
    }
}

/// Destroys a dead block and the blocks that die by that. In a function of its own, so that linking
/// needs no stack frame.
///
/// # Safety
///
/// The block is *detached*, and its finalizer is over.
#[inline(never)]
unsafe fn destroy_typed<T: ?Sized>(block: NonNull<Block<T>>) {
    // SAFETY: by *pointer*: the block is freed below at the earliest, and `erased` is not used
    // after.
    let erased = unsafe { BlockPtr::new(block) };
    // SAFETY: by *pointer* the place is inside the block.
    let value = unsafe { &raw mut (*block.as_ptr()).value };
    // SAFETY: by *pointer* the block is not freed yet.
    let layout = unsafe { layout_of_place(value) };
    // SAFETY: *detached*, as the caller promises.
    let death = unsafe { death::descend(erased) };
    // SAFETY: by *detached* the value is whole and not used again.
    unsafe { std::ptr::drop_in_place(value) };
    // SAFETY: by *layout*, it is that of the value.
    unsafe { death::ascend(death, layout) };
}

/// Releases the count that has kept a block for its finalizer. A block that lives on is a
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
