//! The end of a collection: the dead are destroyed. No lock of the collector is held.
//!
//! The dead do not drop the handles that `trace` reports. Handles to other dead blocks do not
//! matter any more. Handles to live blocks are found by one more trace and dropped here; a block
//! that was found to have none is not traced again. This trace must come after the commit. A
//! `OnceLock` that was empty may have been filled by a thread whose handle still existed when the
//! commit read the value, and was dropped when the commit read the count.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::capture::{AHEAD, Capture, CaptureBox};
use super::node::DeadBlock;
use super::phase::Extent;
use super::{Walk, trace};
use crate::raw::erased;
use crate::raw::guards::Guards;
use crate::raw::prefetch::prefetch;
use crate::raw::sizes::size;
use crate::raw::unwind::Payload;
use crate::raw::unwind::keep_first;
use crate::report::CollectionReport;
use crate::sync::raw::BlockPtr;
use crate::sync::raw::release::Handle;
use crate::trace::Disposer;

/// From this many dead blocks on they are freed in the order of their addresses, as in the local
/// collector.
const SORT_FROM: usize = size(1024, 4);

/// Whether addresses neither rise nor fall for the most part, as in the local collector. `falls`
/// has `true` for each address that is below the one before.
pub(super) fn is_shuffled(falls: impl ExactSizeIterator<Item = bool>) -> bool {
    let all = falls.len();
    let falls = falls.filter(|falls| *falls).count();
    falls.min(all - falls) > all / 8
}

/// The dead, which are all that is left of a capture. They are being reclaimed.
pub(super) struct Dead {
    capture: CaptureBox,
    progress: Reclaiming,
}

impl Dead {
    pub(super) fn new(capture: CaptureBox) -> Self {
        Self { capture, progress: Reclaiming::default() }
    }

    /// The number of blocks that are left.
    pub(super) fn len(&self) -> usize {
        self.capture.dead.len()
    }

    /// Whether no dead block and no handle of one is left.
    pub(super) fn is_over(&self) -> bool {
        self.capture.dead.is_empty() && self.progress.outside.is_empty()
    }

    /// Destroys the dead. Visits about `share` of them. Runs user code. The capture that is left in
    /// the end has no contents.
    pub(super) fn reclaim(
        mut self,
        share: usize,
        report: &mut CollectionReport,
        panic: &mut Option<Payload>,
    ) -> Extent<CaptureBox, Self> {
        let mut left = share;
        while !self.is_over() {
            if left == 0 {
                return Extent::Part(self);
            }
            self.reclaim_some(&mut left, report, panic);
        }
        self.capture.clear();
        Extent::All(self.capture)
    }
}

/// How far the reclaiming of the dead has come.
#[derive(Default)]
struct Reclaiming {
    step: Step,
    /// The first dead block that the step has not visited.
    next: usize,
    /// The handles of the dead to live blocks. Each stands for a count.
    outside: Vec<BlockPtr>,
    /// The number of dead blocks, from the first on, that can be disposed. Set in the step that
    /// drops the others.
    disposable: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Step {
    /// Finds the handles of the dead to live blocks. No memory of the dead is freed before that.
    #[default]
    FindHandles,
    /// Drops the values that cannot be disposed. No memory of the dead is freed before that.
    DropByGlue,
    Discard,
    DropHandles,
}

impl Dead {
    /// Does the present step for up to `left` places, and subtracts them.
    fn reclaim_some(
        &mut self,
        left: &mut usize,
        report: &mut CollectionReport,
        panic: &mut Option<Payload>,
    ) {
        let capture = &mut *self.capture;
        let Reclaiming { step, next, .. } = self.progress;
        let of = if step == Step::DropHandles { next } else { capture.dead.len() };
        let places = next..of.min(next.saturating_add(*left));
        *left -= places.len().max(1);
        let is_over = places.end == of;
        // Set before user code runs, which may panic.
        self.progress.next = places.end;
        let following = match step {
            Step::FindHandles => {
                find_handles(capture, &mut self.progress.outside, places, panic);
                if is_over {
                    // Done before user code can make more handles: after that, one report too many
                    // would look like a handle.
                    report.overreported += forget_overreported(&mut self.progress.outside);
                }
                Step::DropByGlue
            }
            Step::DropByGlue => {
                if capture.drops {
                    drop_by_glue(
                        &mut capture.dead,
                        &mut self.progress.disposable,
                        places,
                        report,
                        panic,
                    );
                }
                Step::Discard
            }
            Step::Discard => {
                let dead = &mut capture.dead[places];
                if dead.len() >= SORT_FROM && is_shuffled(falls(dead)) {
                    dead.sort_unstable();
                }
                report.reclaimed += dead.len();
                discard(dead, report, panic);
                if is_over {
                    capture.dead.clear();
                }
                Step::DropHandles
            }
            Step::DropHandles => {
                let handles = &mut self.progress.outside;
                let rest = handles.len().saturating_sub((*left).max(1));
                *left = left.saturating_sub(handles.len() - rest);
                for target in handles.drain(rest..) {
                    // The handle belonged to a dead value, which has not dropped it.
                    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(Handle(target)))) {
                        keep_first(panic, payload);
                    }
                }
                return;
            }
        };
        if is_over {
            (self.progress.step, self.progress.next) = (following, 0);
        }
    }
}

fn falls(dead: &[DeadBlock]) -> impl ExactSizeIterator<Item = bool> {
    dead.windows(2).map(|pair| pair[0].block > pair[1].block)
}

fn drops(dead_block: &DeadBlock) -> bool {
    dead_block.block.header().vtable().kind.drops()
}

/// Finds the handles that some of the dead have to live blocks.
fn find_handles(
    capture: &mut Capture,
    outside: &mut Vec<BlockPtr>,
    places: Range<usize>,
    panic: &mut Option<Payload>,
) {
    let mut found = Outside { handles: std::mem::take(outside), guards: Guards::new() };
    for dead_block in &capture.dead[places] {
        if dead_block.settled || capture.drops && drops(dead_block) {
            continue;
        }
        // SAFETY: the block is dead, so no other thread reaches it, and its value was not destroyed
        // yet.
        let traced = unsafe { trace(dead_block.block, &mut found) };
        found.guards.release();
        if let Err(payload) = traced {
            // The handles that it did not report leak. The handles that it reported exist.
            keep_first(panic, payload);
        }
    }
    *outside = std::mem::take(&mut found.handles);
}

/// Removes from `handles` all handles to a block that was reported more often than it has handles,
/// since it is unknown which of the reports are true. These handles leak. Returns the number of
/// such blocks.
fn forget_overreported(handles: &mut Vec<BlockPtr>) -> usize {
    handles.sort_unstable();
    let (mut overreported, mut kept, mut next) = (0, 0, 0);
    while let Some(&target) = handles.get(next) {
        let reports = handles[next..].iter().take_while(|&&other| other == target).count();
        // Acquire, in `settled_word`: the handles that were reported are in the count that is read.
        if reports > target.header().settled_word().count() as usize {
            overreported += 1;
        } else {
            handles.copy_within(next..next + reports, kept);
            kept += reports;
        }
        next += reports;
    }
    handles.truncate(kept);
    overreported
}

struct Outside {
    handles: Vec<BlockPtr>,
    guards: Guards,
}

impl Walk for Outside {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        // All blocks of the group were marked dead by this thread. Without memory for the list the
        // handle is leaked.
        if !target.header().word().is_dead() && self.handles.try_reserve(1).is_ok() {
            self.handles.push(target);
        }
    }

    fn guards(&mut self) -> &mut Guards {
        &mut self.guards
    }
}

/// Drops the values of those dead blocks whose types cannot be disposed by ordinary drop glue, and
/// at the end removes these blocks from the list.
///
/// Their handles to the dead are dropped, so each dead block gets one more count, which such drops
/// do not release, and no memory is given up before the last of these values is gone.
fn drop_by_glue(
    dead: &mut Vec<DeadBlock>,
    disposable_blocks: &mut usize,
    places: Range<usize>,
    report: &mut CollectionReport,
    panic: &mut Option<Payload>,
) {
    if places.start == 0 {
        dead.iter().for_each(|dead_block| dead_block.block.header().saturate());
    }
    let is_over = places.end == dead.len();
    let mut disposable = *disposable_blocks;
    for at in places {
        let block = dead[at].block;
        if drops(&dead[at]) {
            // SAFETY: the block is dead, so no other thread reaches the value, which is dropped
            // here and nowhere else.
            let drop = || unsafe { erased::drop(block) };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(drop)) {
                keep_first(panic, payload);
            }
        } else {
            dead.swap(at, disposable);
            disposable += 1;
        }
    }
    *disposable_blocks = disposable;
    if !is_over {
        return;
    }
    report.reclaimed += dead.len() - disposable;
    for dead_block in dead.drain(disposable..) {
        report.bytes += dead_block.block.size();
        // SAFETY: the value is gone. By *pins*, the memory stays until the pins of `dead_block` are
        // released here, and disposing the remaining dead does not touch other dead blocks.
        unsafe { dead_block.block.end_pinned(dead_block.pins) };
    }
}

/// Disposes each dead value and frees its memory in one step, as disposing touches no other dead
/// block.
fn discard(dead: &[DeadBlock], report: &mut CollectionReport, panic: &mut Option<Payload>) {
    let mut next = 0;
    while next < dead.len() {
        let rest = || {
            while next < dead.len() {
                let dead_block = &dead[next];
                next += 1;
                if let Some(ahead) = dead.get(next + AHEAD) {
                    let header = std::ptr::from_ref(ahead.block.header()).cast::<u8>();
                    prefetch(header);
                    prefetch(header.wrapping_add(64));
                }
                let vtable = dead_block.block.header().vtable();
                report.bytes += dead_block.block.size();
                // SAFETY: the block is dead, so no other thread reaches the value. The value is
                // destroyed once, since `next` has moved on even if this panics. By *pins*, the
                // memory stays until the pins of `dead_block` are released here.
                unsafe {
                    (vtable.discard)(
                        dead_block.block,
                        dead_block.pins,
                        &Disposer::sync(dead_block.settled),
                    )
                };
            }
        };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(rest)) {
            keep_first(panic, payload);
        }
    }
}
