//! The drop of a handle: it only counts, registers a candidate, or destroys the value.
//!
//! Each drop changes the word once. The plain case is a load, a test and a subtraction. The first
//! drop that leaves handles registers the block, with the compare-exchange that releases the
//! handle. To register before would be a second write. To register after would be too late, as
//! another thread may have ended the block by then. The last drop brings the count to zero first,
//! then waits for a collection that may be reading, then destroys.
//!
//! Deaths nest to a fixed depth. Up to that depth a value is destroyed, and its finalizer called,
//! in the drop of its last handle. A death at that depth is put off until the outermost destruction
//! on this thread is over. So a chain of a million blocks takes no more stack than one of two
//! dozen.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::block::BlockPtr;
use super::candidates;
use super::deferred;
use super::header::PIN;
use super::rules;
use super::thread::{Local, Waiting, local};
use super::word::Word;
use crate::raw::depth::DEEPEST;
use crate::raw::erased;
use crate::raw::unwind::swallow;

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
            // SAFETY: by *count* the caller owned the last handle.
            unsafe { die(block) }
        }
    } else {
        // SAFETY: by *count* the handle is the caller's, and is given up there.
        unsafe { release_slow(block, word) }
    }
}

/// The drop of a handle to a block that is not registered, or that has a finalizer to call.
///
/// # Safety
///
/// As for [`release`].
#[inline(never)]
unsafe fn release_slow(block: BlockPtr, mut word: Word) {
    // SAFETY: by *count* the handle is the caller's, and is given up there.
    if unsafe { give_up(block, &mut word, true) } {
        // SAFETY: by *count* the caller owned the last handle.
        unsafe { die(block) }
    }
}

/// Keeps the caller's count of a block whose finalizer waits until the program collects. Returns
/// `false` if the finalizer is to be called now.
///
/// The age of the block does not matter: its only handle is dropped later, and that calls the
/// finalizer.
#[cold]
#[inline(never)]
fn keeps_for_later(block: BlockPtr) -> bool {
    local(|local| local.defers.get()) == Some(true) && deferred::keep(block, 0, || true)
}

/// Releases one handle, and registers the block if the handle is not the last. Returns `true` if it
/// was the last: then the caller has to destroy the value or move it out. A finalizer that is due
/// takes the handle over, if the caller wants that.
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
                if keeps_for_later(block) {
                    return false;
                }
                if header.claim_finalizer_from(*word).is_ok() {
                    // SAFETY: by *count* the handle is the caller's, and is given up there.
                    unsafe { finalize_then_release(block) };
                    return false;
                }
                *word = header.word();
                continue;
            }
            header.decrement_from(*word).map(|()| true)
        } else if word.is_registered() {
            // By compare-exchange: as the finalizer is still to be called, the last drop must be
            // decided before the count changes.
            header.decrement_from(*word).map(|()| false)
        } else {
            // SAFETY: by *count* the handle is the caller's.
            unsafe { rules::register(block, *word) }
        };
        match outcome {
            Ok(last) => return last,
            Err(now) => *word = now,
        }
    }
}

/// Registers the block and releases one handle, by one change of the word. Returns the present word
/// if it differs from `word`; then nothing was done.
///
/// # Safety
///
/// The caller owns one count of the block, which it must not use again after a success.
#[inline(always)]
pub(super) unsafe fn register_by_drop(block: BlockPtr, word: Word) -> Result<(), Word> {
    let header = block.header();
    let new = !word.is_buffered();
    if new {
        // The entry's pin is added before the handle is released. Otherwise no pin would keep the
        // memory for the entry.
        header.pin();
    }
    let registered = header.register_from(word);
    if new {
        match registered {
            Ok(()) => candidates::push(block),
            // SAFETY: by *pins*: it was taken above, and the caller's handle keeps the block beyond
            // it.
            Err(_) => unsafe { block.unpin(PIN) },
        }
    }
    registered
}

/// Releases the last handle and leaves the value to the caller. Returns `false`, and keeps the
/// handle, if it is not the last one. The finalizer is not called.
///
/// # Safety
///
/// The caller owns one count of the block. After `true`, it owns the value and the pin of the
/// handles instead.
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

/// Releases one handle. Returns `true` if it was the last: then the value is left to the caller.
/// The finalizer is not called.
///
/// # Safety
///
/// The caller owns one count of the block, which it must not use again. After `true`, it owns the
/// value and the pin of the handles instead.
pub(crate) unsafe fn release_or_take(block: BlockPtr) -> bool {
    let mut word = block.header().word();
    // SAFETY: by *count* the handle is the caller's.
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
/// [`take_last`] or [`release_or_take`] has returned `true`, and the caller uses neither value nor
/// block again.
pub(crate) unsafe fn free_moved_out(block: BlockPtr) {
    local(Local::freed);
    // SAFETY: by *pins* the one of the handles belongs to the caller, and the value is gone.
    unsafe { block.end_pinned(PIN) };
}

/// Destroys the value of a block without handles; now, or before the outermost destruction on this
/// thread returns.
///
/// # Safety
///
/// The count is zero, by the caller's doing, so no other thread destroys the value.
#[inline(never)]
unsafe fn die(block: BlockPtr) {
    block.header().wait_thawed();
    local(Local::freed);
    let vtable = block.header().vtable();
    if vtable.kind.is_trivial() {
        // SAFETY: by *vtable*: by *count* no handle is left. There is nothing to drop, so no other
        // block can die by this.
        return unsafe { (vtable.destroy)(block) };
    }
    if !is_put_off(Waiting::Destroy(block)) {
        // SAFETY: by *vtable*: by *count* no handle is left, and by *frozen* no collection reads
        // the value any more.
        descend(|| unsafe { (block.header().vtable().destroy)(block) });
    }
}

/// Calls the finalizer of a block that dies by counting, then gives up the handle that kept it for
/// that; now, or before the outermost destruction on this thread returns.
///
/// # Safety
///
/// The caller owns the count and the right to call the finalizer.
#[cold]
#[inline(never)]
unsafe fn finalize_then_release(block: BlockPtr) {
    if is_put_off(Waiting::Finalize(block)) {
        return;
    }
    // SAFETY: by *count* the handle is the caller's; it and the right to call the finalizer go with
    // the call.
    let end = || unsafe { finalize_and_release(block) };
    if !std::thread::panicking() {
        end();
    } else if let Err(payload) = catch_unwind(AssertUnwindSafe(end)) {
        // A second panic during an unwind would end the process.
        swallow(payload);
    }
}

/// Calls a finalizer one level deeper, then gives up the handle at this depth, also if the
/// finalizer panics.
///
/// # Safety
///
/// As for [`finalize_then_release`].
#[cold]
unsafe fn finalize_and_release(block: BlockPtr) {
    let unwinding = ReleaseOnUnwind(block);
    // SAFETY: by *count* the caller's handle keeps the value whole.
    descend(|| unsafe { erased::finalize(block) });
    std::mem::forget(unwinding);
    // SAFETY: by *count* the handle is the caller's, and the guard does not give it up any more.
    unsafe { release(block) }
}

/// Puts the end of a block off if this thread is at the deepest level. Returns whether the end was
/// put off.
#[inline]
fn is_put_off(waiting: Waiting) -> bool {
    // Without memory for the list the block is ended here, one level deeper.
    local(|local| local.depth.get() >= DEEPEST && local.put_off(waiting)) == Some(true)
}

/// Ends a block by `end` one level deeper, and, if it is the outermost, all that was put off in the
/// meantime.
#[inline]
fn descend(end: impl FnOnce()) {
    local(|local| local.depth.set(local.depth.get() + 1));
    let unwinding = AscendOnUnwind;
    end();
    // Each level below has taken its own step back, so the depth need not be kept on the stack.
    let is_last = |local: &Local| local.depth.get() == 1 && local.has_waiting();
    if local(is_last) == Some(true) {
        drain_outermost();
    }
    std::mem::forget(unwinding);
    local(|local| local.depth.set(local.depth.get() - 1));
}

/// Works the list off after the outermost destruction. A second panic during an unwind would end
/// the process, so all are caught there.
#[cold]
fn drain_outermost() {
    if std::thread::panicking() { drain_and_swallow() } else { drain() }
}

/// Works the list off at depth 1, and swallows the panics. Does nothing at another depth.
#[cold]
fn drain_and_swallow() {
    while local(|local| local.depth.get() == 1 && local.has_waiting()) == Some(true) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(drain)) {
            swallow(payload);
        }
    }
}

/// Works the list off, at depth 1.
#[cold]
fn drain() {
    while let Some(waiting) = local(Local::take_waiting).flatten() {
        match waiting {
            // SAFETY: by *waiting* the entry owned the block without handles, and it is not in the
            // list any more.
            Waiting::Destroy(block) => unsafe { (block.header().vtable().destroy)(block) },
            // SAFETY: by *waiting* the entry owned the handle and the right to call the finalizer,
            // and it is not in the list any more.
            Waiting::Finalize(block) => unsafe { finalize_and_release(block) },
        }
    }
}

/// Owns one count, for the time of a call into user code.
pub(crate) struct Handle(pub(crate) BlockPtr);

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: by *count* the guard owns one handle.
        unsafe { release(self.0) }
    }
}

/// Gives up one count when a finalizer has panicked. A panic of the destructor is swallowed: the
/// first is on its way.
struct ReleaseOnUnwind(BlockPtr);

impl Drop for ReleaseOnUnwind {
    #[cold]
    fn drop(&mut self) {
        // SAFETY: by *count* the maker of the guard owned the handle, and has unwound.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| unsafe { release(self.0) })) {
            swallow(payload);
        }
    }
}

/// When a destructor or finalizer has panicked: takes the depth back, and at the outermost works
/// the list off. Further panics are swallowed: the first is on its way.
struct AscendOnUnwind;

impl Drop for AscendOnUnwind {
    #[cold]
    fn drop(&mut self) {
        drain_and_swallow();
        local(|local| local.depth.set(local.depth.get() - 1));
    }
}
