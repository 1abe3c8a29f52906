//! What happens when a handle goes: nothing, a registration, or a death.
//!
//! Each drop changes the word once. The plain case is a load, a test and a subtraction. The first drop that leaves
//! handles behind registers the block, with the same compare-exchange that gives the handle up: registering first would be a
//! second write, registering after would be too late, as another thread may have ended the block by then. The last
//! drop brings the count to zero first, then waits for a collection that may be reading, then destroys.
//!
//! A death does not recurse: what dies while this thread destroys is put off until the outermost destruction is over.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::block::BlockPtr;
use super::candidates;
use super::header::PIN;
use super::sabotage::{Sabotage, is_sabotaged};
use super::thread::{Local, Waiting, local};
use super::word::Word;

/// Gives up one handle.
///
/// # Safety
///
/// The caller owns one count of the block, which it must not use again.
#[inline(always)]
pub(crate) unsafe fn release(block: BlockPtr) {
    let word = block.header().word();
    if word.is_quiet() {
        if block.header().decrement() {
            // SAFETY: the count was the caller's and is zero now.
            unsafe { die(block) }
        }
    } else {
        // SAFETY: the count is the caller's, and is given up there.
        unsafe { release_loudly(block, word) }
    }
}

/// The drop of a handle to a block that is not registered, or that has a finalizer to call.
///
/// # Safety
///
/// As for [`release`].
#[inline(never)]
unsafe fn release_loudly(block: BlockPtr, mut word: Word) {
    // SAFETY: the count is the caller's.
    if unsafe { give_up(block, &mut word, true) } {
        // SAFETY: the count is zero now.
        unsafe { die(block) }
    }
}

/// Gives up one handle, registering the block if it is not the last; returns whether it was, and the value is to be
/// destroyed or moved out by the caller. A finalizer that is due takes the handle over, if it is wanted.
///
/// # Safety
///
/// As for [`release`].
#[inline]
unsafe fn give_up(block: BlockPtr, word: &mut Word, finalize: bool) -> bool {
    let header = block.header();
    loop {
        let outcome = if word.count() == 1 {
            if finalize && !word.is_finalized() {
                if header.claim_finalizer_from(*word).is_ok() {
                    // SAFETY: the count is the caller's, and is given up there.
                    unsafe { finalize_then_release(block) };
                    return false;
                }
                *word = header.word();
                continue;
            }
            header.decrement_from(*word).map(|()| true)
        } else if word.is_registered() {
            // By compare-exchange: as the finalizer is still to be called, the last drop must know that it is the last.
            header.decrement_from(*word).map(|()| false)
        } else if is_sabotaged(Sabotage::RegisterLate) {
            // SAFETY: the count is the caller's.
            return unsafe { release_then_register(block) };
        } else {
            let new = !word.is_buffered();
            if new {
                // The entry's pin is there before the handle is gone, or nobody would keep the memory for the entry.
                header.pin();
            }
            let registered = header.register_from(*word).map(|()| false);
            if new {
                match registered {
                    Ok(_) => candidates::push(block),
                    // SAFETY: the pin was taken above, and the caller's handle keeps the block beyond it.
                    Err(_) => unsafe { block.unpin(PIN) },
                }
            }
            registered
        };
        match outcome {
            Ok(last) => return last,
            Err(now) => *word = now,
        }
    }
}

/// What a drop must not do, see [`Sabotage::RegisterLate`].
///
/// # Safety
///
/// As for [`release`], and worse.
#[cold]
unsafe fn release_then_register(block: BlockPtr) -> bool {
    let header = block.header();
    if header.decrement() {
        return true;
    }
    let header = block.header();
    if !header.register_late().is_buffered() {
        header.pin();
        candidates::push(block);
    }
    false
}

/// Gives up the last handle but leaves the value to the caller; false, and the handle is still there, if it is not the
/// last one. The finalizer is not called.
///
/// # Safety
///
/// The caller owns one count of the block. After true, it owns the value and the pin of the handles instead.
pub(crate) unsafe fn take_last(block: BlockPtr) -> bool {
    let header = block.header();
    let mut word = header.word();
    while word.count() == 1 {
        match header.decrement_from(word) {
            Ok(()) => {
                header.wait_thawed();
                return true;
            }
            Err(now) => word = now,
        }
    }
    false
}

/// Gives up one handle; true if it was the last, and then the value is left to the caller. The finalizer is not called.
///
/// # Safety
///
/// As for [`take_last`], but the handle is gone in any case.
pub(crate) unsafe fn release_or_take(block: BlockPtr) -> bool {
    let mut word = block.header().word();
    // SAFETY: the count is the caller's.
    let last = unsafe { give_up(block, &mut word, false) };
    if last {
        block.header().wait_thawed();
    }
    last
}

/// Ends a block whose value the caller has moved out.
///
/// # Safety
///
/// [`take_last`] has returned true, and neither value nor block is used again.
pub(crate) unsafe fn free_moved_out(block: BlockPtr) {
    local(Local::freed);
    // SAFETY: the pin of the handles belongs to the caller, and the value is gone.
    unsafe { block.unpin(PIN) };
}

/// Destroys the value of a block without handles; now, or before the outermost destruction on this thread returns.
///
/// # Safety
///
/// The count is zero, by the caller's doing, so nobody else destroys it.
#[inline(never)]
unsafe fn die(block: BlockPtr) {
    block.header().wait_thawed();
    local(Local::freed);
    let vtable = block.header().vtable();
    if vtable.kind.is_trivial() {
        // SAFETY: as the caller promises; there is nothing to drop, so nothing else can die of it.
        return unsafe { (vtable.destroy)(block) };
    }
    // SAFETY: dead, as the caller promises.
    unsafe { now_or_later(Waiting::Destroy(block)) };
}

/// Calls the finalizer of a block that dies by counting, then gives up the handle that kept it for that.
///
/// # Safety
///
/// The caller owns the count and the right to call the finalizer.
#[cold]
#[inline(never)]
unsafe fn finalize_then_release(block: BlockPtr) {
    // SAFETY: as the caller promises.
    unsafe { now_or_later(Waiting::Finalize(block)) };
}

/// Ends a block and all that dies of it, or leaves it to whoever is at that on this thread.
///
/// # Safety
///
/// The block is as the entry says, and belongs to the caller.
#[inline]
unsafe fn now_or_later(waiting: Waiting) {
    let outermost = local(|local| {
        if !local.draining.get() {
            local.draining.set(true);
            return true;
        }
        if !local.put_off(waiting) {
            // Without memory for the list the stack has to serve.
            // SAFETY: as the caller promises.
            unsafe { end(waiting) };
        }
        false
    });
    match outermost {
        Some(true) => {
            let rest = DrainOnUnwind;
            // SAFETY: as the caller promises.
            unsafe { end(waiting) };
            if local(Local::has_waiting) == Some(true) {
                drain();
            }
            std::mem::forget(rest);
            local(|local| local.draining.set(false));
        }
        Some(false) => {}
        // SAFETY: as the caller promises.
        None => unsafe { end(waiting) },
    }
}

/// # Safety
///
/// The block is as the entry says, and in no list.
#[inline]
unsafe fn end(waiting: Waiting) {
    match waiting {
        // SAFETY: the count is zero, and nobody reads the value any more.
        Waiting::Destroy(block) => unsafe { (block.header().vtable().destroy)(block) },
        Waiting::Finalize(block) => {
            let _handle = Handle(block);
            // SAFETY: the handle keeps the value whole.
            unsafe { (block.header().vtable().finalize)(block) };
        }
    }
}

#[cold]
fn drain() {
    while let Some(waiting) = local(Local::take_waiting).flatten() {
        // SAFETY: every entry was put off by its owner, and is out of the list now.
        unsafe { end(waiting) };
    }
}

/// Owns one count, for the time of a call into user code.
pub(crate) struct Handle(pub(crate) BlockPtr);

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: whoever made this handed a count over.
        unsafe { release(self.0) }
    }
}

/// Works the list off when a destructor has panicked. Further panics are swallowed: the first is on its way.
struct DrainOnUnwind;

impl Drop for DrainOnUnwind {
    #[cold]
    fn drop(&mut self) {
        while let Some(waiting) = local(Local::take_waiting).flatten() {
            // SAFETY: as in `drain`.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| unsafe { end(waiting) })) {
                crate::raw::release::swallow(payload);
            }
        }
        local(|local| local.draining.set(false));
    }
}
