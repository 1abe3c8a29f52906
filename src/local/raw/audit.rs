//! The audit of what `Trace` reports: it detects wrong reports where that is possible, and names
//! their type.
//!
//! The collector relies on every `Trace`, and one that is written by hand may be wrong in ways that
//! free live values. So builds with `--cfg recyc_audit` record every report of a collection and
//! compare: each handle is reported once, no handle stands in another value, a second trace reports
//! the same handles, no block is reported more often than it has handles, no handle outlives its
//! owner, and no count changes in the meantime. A difference becomes a panic before any value is
//! destroyed, so the collection is abandoned and everything lives. There are two exceptions, which
//! show when values are destroyed: a handle that outlives its owner, and a `dispose` that drops a
//! handle. All memory is kept then.
//!
//! What the shape of a type promises is compared in [`promises`].
//!
//! Without the audit, [`AUDITED`] is false and everything here folds away.

mod listening;
pub(crate) mod promises;

use std::cell::{Cell, RefCell};

use super::block::BlockPtr;
use super::vtable::Vtable;
pub(crate) use crate::raw::tracer::AUDITED;
use crate::raw::tracer::Tracer;
use listening::Listening;

/// One report, or with number 0 the fact that a value was asked.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Report {
    owner: BlockPtr,
    number: u32,
    /// The address of the handle.
    place: usize,
    target: BlockPtr,
}

/// What was reported in the collection or the sample that runs.
///
/// The blocks in it are captured or sampled, so they are not freed while it is looked at.
struct Audit {
    /// The first answers, from the capture.
    first: Vec<Report>,
    /// The answers of a later pass.
    again: Vec<Report>,
    in_first: bool,
    /// There was no memory for a report: nothing is compared until the next collection.
    blind: bool,
    /// What the value that is being traced did, except for reports.
    violation: Option<String>,
    /// A promise of a shape that was found broken between two collections.
    broken: Option<String>,
}

thread_local! {
    static AUDIT: RefCell<Audit> = const {
        RefCell::new(Audit { first: Vec::new(), again: Vec::new(), in_first: true, blind: false, violation: None, broken: None })
    };
    /// The value that is being traced, and the number of its last report.
    static ASKED: Cell<Option<(BlockPtr, u32)>> = const { Cell::new(None) };
}

fn name(block: BlockPtr) -> &'static str {
    (block.header().vtable().name)()
}

impl Audit {
    /// Runs `f` unless nothing is written down. No user code runs in it.
    fn with<R>(f: impl FnOnce(&mut Self) -> R) -> Option<R> {
        if !AUDITED {
            return None;
        }
        AUDIT
            .try_with(|audit| audit.try_borrow_mut().ok().map(|mut audit| f(&mut audit)))
            .ok()
            .flatten()
    }

    fn pass(&mut self) -> &mut Vec<Report> {
        if self.in_first { &mut self.first } else { &mut self.again }
    }

    fn note(&mut self, report: Report) {
        if self.blind {
            return;
        }
        let list = self.pass();
        if list.try_reserve(1).is_ok() {
            list.push(report);
        } else {
            self.blind = true;
        }
    }

    /// A handle that was reported twice, or that stands inside one of `blocks` and not in its
    /// owner.
    fn misplaced(&mut self, blocks: &[BlockPtr]) -> Option<String> {
        let mut places: Vec<Report> = Vec::new();
        let mut starts: Vec<BlockPtr> = Vec::new();
        if places.try_reserve_exact(self.first.len()).is_err()
            || starts.try_reserve_exact(blocks.len()).is_err()
        {
            return None;
        }
        places.extend(self.first.iter().filter(|report| report.number > 0));
        places.sort_unstable_by_key(|report| (report.place, report.number));
        if let Some([one, two]) = places.windows(2).find(|pair| pair[0].place == pair[1].place) {
            let (owner, also, target) = (name(one.owner), name(two.owner), name(one.target));
            let (number, again) = (one.number, two.number);
            return Some(format!(
                "the `Trace` of `{owner}` reports as number {number} a handle to a `{target}` which that of `{also}` \
                 reports as number {again}: each handle may be reported once, and by its owner only"
            ));
        }
        // Wide blocks have no size here, so nothing is found in them.
        starts.extend_from_slice(blocks);
        starts.sort_unstable();
        places.iter().find_map(|report| {
            let after = starts.partition_point(|block| block.as_ptr().addr() <= report.place);
            let around = *starts.get(after.checked_sub(1)?)?;
            let inside = report.place < around.as_ptr().addr() + around.header().vtable().size;
            (inside && around != report.owner).then(|| {
                let (owner, target, other) = (name(report.owner), name(report.target), name(around));
                format!(
                    "the `Trace` of `{owner}` reports as number {} a handle to a `{target}` which stands in another \
                     value, a `{other}`: report the handle to that value, and not what is in it",
                    report.number
                )
            })
        })
    }

    /// An answer of a later pass that is not the first.
    fn changed(&mut self) -> Option<String> {
        self.first.sort_unstable_by_key(|report| (report.owner, report.number));
        let of = |owner: BlockPtr, list: &[Report]| {
            let from = list.partition_point(|report| report.owner < owner);
            from..list.partition_point(|report| report.owner <= owner)
        };
        self.again.chunk_by(|one, two| one.owner == two.owner).find_map(|again| {
            let owner = again[0].owner;
            let first = &self.first[of(owner, &self.first)];
            (first != again).then(|| {
                let number = first.iter().zip(again).take_while(|(one, two)| one == two).count();
                format!(
                    "the `Trace` of `{}` reports {} handles, and {} when it is asked again in the same collection; the \
                     first difference is in number {number}",
                    name(owner),
                    first.len() - 1,
                    again.len() - 1
                )
            })
        })
    }

    fn reporter_of(&self, target: BlockPtr, fits: impl Fn(BlockPtr) -> bool) -> Option<&Report> {
        self.first
            .iter()
            .find(|report| report.number > 0 && report.target == target && fits(report.owner))
    }
}

/// A pass starts; `first` if it is a capture or a sample.
#[inline]
pub(crate) fn start(first: bool) {
    Audit::with(|audit| {
        audit.in_first = first;
        audit.again.clear();
        audit.violation = None;
        if first {
            audit.first.clear();
            audit.blind = false;
        }
    });
}

/// The collection or the sample is over: nothing that was written down may be looked at any more.
#[inline]
pub(crate) fn forget() {
    Audit::with(|audit| (audit.first, audit.again) = (Vec::new(), Vec::new()));
}

/// Whether a value is being traced, so that no count may change. Notes what changes one.
#[inline(always)]
pub(crate) fn forbids(violation: &str, target: impl FnOnce() -> &'static str) -> bool {
    AUDITED && ASKED.get().is_some_and(|(owner, _)| disapprove(owner, violation, target()))
}

/// Whether the value of a last handle may not be moved out: a value is being traced, or a `dispose`
/// runs that has to leave the handle alone.
#[inline(always)]
pub(crate) fn forbids_unwrap(target: BlockPtr) -> bool {
    // The handle is not in its place any more.
    AUDITED && (forbids("unwraps", || name(target)) || promises::forbids_drop(target, 0))
}

#[cold]
fn disapprove(owner: BlockPtr, violation: &str, target: &'static str) -> bool {
    Audit::with(|audit| {
        let what = || {
            format!(
                "the `Trace` of `{}` {violation} a handle to a `{target}`: it may only report",
                name(owner)
            )
        };
        audit.violation.get_or_insert_with(what);
    });
    true
}

/// Has a value report its handles.
///
/// # Panics
///
/// If the value's own code does, and in an audited build if it does anything but report.
///
/// # Safety
///
/// `vtable` is that of the block, and the value is as its `trace` needs it.
#[inline(always)]
pub(crate) unsafe fn trace(block: BlockPtr, vtable: &'static Vtable, tracer: &mut Tracer<'_>) {
    if AUDITED {
        // SAFETY: by *vtable*, as the caller promises.
        return unsafe { trace_listening(block, vtable, tracer) };
    }
    // SAFETY: by *vtable*, as the caller promises.
    unsafe { (vtable.trace)(block, tracer) };
}

/// [`trace`] in an audited build, which records the reports.
///
/// # Safety
///
/// `vtable` is that of the block, and the value is as its `trace` needs it.
unsafe fn trace_listening(block: BlockPtr, vtable: &'static Vtable, tracer: &mut Tracer<'_>) {
    let turn = Turn::of(block);
    let (ring, pass) = tracer.parts();
    let mut listening = Listening(pass);
    // SAFETY: by *vtable*, as the caller promises.
    unsafe { (vtable.trace)(block, &mut Tracer::new(ring, &mut listening)) };
    turn.end();
}

/// While it lives a value is being traced.
struct Turn {
    /// How many reports there were before it.
    before: usize,
    complete: bool,
}

impl Turn {
    fn of(block: BlockPtr) -> Self {
        let asked = Report { owner: block, number: 0, place: 0, target: block };
        let before = Audit::with(|audit| {
            let before = audit.pass().len();
            audit.note(asked);
            before
        });
        ASKED.set(Some((block, 0)));
        Self { before: before.unwrap_or(0), complete: false }
    }

    fn end(mut self) {
        self.complete = true;
        drop(self);
        raise(Audit::with(|audit| audit.violation.take()).flatten());
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        ASKED.set(None);
        if !self.complete {
            // A trace that panics has given no answer.
            Audit::with(|audit| audit.pass().truncate(self.before));
        }
    }
}

/// Checks the reports once everything is captured, before the decision uses them.
///
/// # Panics
///
/// If some value reports what it may not.
#[inline]
pub(crate) fn end_capture(blocks: &[BlockPtr], overreported: &[BlockPtr]) {
    for block in blocks.iter().filter(|_| AUDITED) {
        let header = block.header();
        assert!(
            header.is_captured(),
            "a block in the list of captured blocks is not captured: {header:?}"
        );
        assert!(
            header.captured_index() <= header.count(),
            "more handles are missing than there are: {header:?}"
        );
    }
    let finding = Audit::with(|audit| {
        if audit.blind {
            return audit.broken.take();
        }
        audit.broken.take().or_else(|| audit.misplaced(blocks)).or_else(|| {
            let target = *overreported.first()?;
            let report = audit.reporter_of(target, |_| true)?;
            Some(format!(
                "more handles to a `{}` are reported than there are, one of them by the `Trace` of `{}` as number {}",
                name(target),
                name(report.owner),
                report.number
            ))
        })
    });
    raise(finding.flatten());
}

/// The blocks of a sample were traced.
///
/// # Panics
///
/// If one of them reports a handle twice, or a handle of another value.
#[inline]
pub(crate) fn end_sample(blocks: &[BlockPtr]) {
    raise(Audit::with(|audit| if audit.blind { None } else { audit.misplaced(blocks) }).flatten());
}

/// A later pass is over.
///
/// # Panics
///
/// If some value has answered otherwise than in the capture.
#[inline]
pub(crate) fn end_pass() {
    raise(Audit::with(|audit| if audit.blind { None } else { audit.changed() }).flatten());
}

/// The dead whose types have no dispose were dropped, and each dead block has one count more than
/// its handles: is there one with a handle that no dead value owned?
#[inline]
pub(crate) fn handle_that_is_left(dead: &[BlockPtr]) -> Option<String> {
    Audit::with(|audit| {
        if audit.blind {
            return None;
        }
        let (mut known, mut kept): (Vec<BlockPtr>, Vec<BlockPtr>) = Default::default();
        known.try_reserve_exact(dead.len()).ok()?;
        kept.try_reserve_exact(audit.first.len()).ok()?;
        known.extend_from_slice(dead);
        known.sort_unstable();
        // Survivors may be freed by now, so only the dead are looked at. Values with a dispose
        // still have their handles.
        let is_dead = |owner: BlockPtr| known.binary_search(&owner).is_ok();
        let drops = |owner: BlockPtr| is_dead(owner) && owner.header().vtable().kind.drops();
        let disposes = |owner: BlockPtr| is_dead(owner) && !owner.header().vtable().kind.drops();
        kept.extend(audit.first.iter().filter(|report| report.number > 0 && disposes(report.owner)).map(|r| r.target));
        kept.sort_unstable();
        dead.iter().find_map(|&block| {
            let from = kept.partition_point(|target| *target < block);
            let kept = kept.partition_point(|target| *target <= block) - from;
            let left = (block.header().count() as usize).saturating_sub(1 + kept);
            let report = (left > 0).then(|| audit.reporter_of(block, drops))??;
            Some(format!(
                "a `{}` is dead and {left} of its handles are left: one that the `Trace` of `{}` reports, perhaps number \
                 {}, is not its own",
                name(block),
                name(report.owner),
                report.number
            ))
        })
    })
    .flatten()
}

#[inline]
pub(crate) fn raise(finding: Option<String>) {
    if let Some(finding) = finding {
        panic!("{finding}");
    }
}
