//! What the shape of a type promises, compared with what its values do.
//!
//! A value of a type whose shape is `LEAF` reports no handle. That is checked where a collection
//! traces the value, and, as no collection starts from such a value, also where a handle to it is
//! dropped. A `dispose` drops none of the handles that `trace` reports. So an audited build
//! disposes all dead values before it frees the memory of the first, and each handle that is
//! dropped in the meantime is compared with the reports.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{ASKED, Audit, Report, name};
use crate::local::raw::block::BlockPtr;
use crate::local::raw::header::Header;
use crate::raw::block;
use crate::raw::heaps::Shared;
use crate::raw::tracer::{Pass, Ring, Tracer};
use crate::raw::unwind::swallow;

thread_local! {
    /// The value that is being disposed.
    static DISPOSED: Cell<Option<BlockPtr>> = const { Cell::new(None) };
    /// Whether [`trace_leaf`] runs.
    static CHECKS: Cell<bool> = const { Cell::new(false) };
}

/// Notes a report of a value that has no handles by its shape. No user code runs in it.
pub(super) fn reported(owner: BlockPtr, handle: impl FnOnce() -> String) {
    if owner.header().vtable().kind.has_no_handles() {
        Audit::with(|audit| {
            audit.violation.get_or_insert_with(|| broken_leaf(owner, &handle())).len()
        });
    }
}

fn broken_leaf(owner: BlockPtr, handle: &str) -> String {
    format!(
        "the `Trace` of `{}` reports {handle}, and its `shape` promises that it owns none: the shape of the type or of a \
         part of it may not be `LEAF`",
        name(owner)
    )
}

/// Checks a value that has no handles by its shape, before a handle to it is dropped.
#[inline]
pub(crate) fn check_leaf(block: BlockPtr) {
    if block.header().vtable().kind.has_no_handles() && block.header().count() > 1 {
        trace_leaf(block);
    }
}

#[cold]
fn trace_leaf(block: BlockPtr) {
    if ASKED.get().is_some() || CHECKS.replace(true) {
        return;
    }
    let mut handle = None;
    let trace = || {
        let mut ring = Ring::new();
        let mut pass = FirstHandle(None);
        // SAFETY: by *count* the value is whole, and by *unreached* it is not under `&mut`: there
        // is another handle.
        unsafe { (block.header().vtable().trace)(block, &mut Tracer::new(&mut ring, &mut pass)) };
        pass.drain(&mut ring);
        handle = pass.0;
    };
    if let Err(payload) = catch_unwind(AssertUnwindSafe(trace)) {
        swallow(payload);
    }
    CHECKS.set(false);
    if let Some(handle) = handle {
        Audit::with(|audit| audit.broken.get_or_insert_with(|| broken_leaf(block, &handle)).len());
    }
}

/// Describes the first handle that is reported.
struct FirstHandle(Option<String>);

impl Pass for FirstHandle {
    fn edge(&mut self, target: BlockPtr) {
        self.0.get_or_insert_with(|| format!("a handle to a `{}`", name(target)));
    }

    fn sync_edge(&mut self, _: block::BlockPtr<Shared>) {
        self.0.get_or_insert_with(|| "a handle to a value that threads share".into());
    }
}

/// Disposes dead values in the order of the list, each by `dispose`, and returns the first broken
/// promise.
///
/// `dispose` catches the panics of the value.
pub(crate) fn dispose_all(dead: &[BlockPtr], mut dispose: impl FnMut(BlockPtr)) -> Option<String> {
    Audit::with(|audit| {
        audit.violation = None;
        audit.first.sort_unstable_by_key(|report| (report.owner, report.number));
    });
    for &block in dead {
        DISPOSED.set(Some(block));
        dispose(block);
    }
    DISPOSED.set(None);
    Audit::with(|audit| audit.violation.take()).flatten()
}

/// Whether a `dispose` runs that may not drop the handle at `place`: its `trace` has reported it,
/// or the target is dead.
#[inline]
pub(crate) fn forbids_drop(target: BlockPtr, place: usize) -> bool {
    DISPOSED.get().is_some_and(|owner| disapprove(owner, target, place))
}

#[cold]
fn disapprove(owner: BlockPtr, target: BlockPtr, place: usize) -> bool {
    Audit::with(|audit| {
        if audit.blind {
            return false;
        }
        let from = audit.first.partition_point(|report| report.owner < owner);
        let own = audit.first[from..].iter().take_while(|report| report.owner == owner);
        let is_it = |report: &&Report| report.number > 0 && report.place == place && report.target == target;
        let reported = own.clone().find(is_it).or_else(|| {
            // The handle may have moved. All handles to a dead value are reported, by this value or
            // another.
            let is_dead = Header::is_dead(target.header());
            own.clone().find(|report| report.number > 0 && report.target == target).filter(|_| is_dead)
        });
        if let Some(report) = reported {
            let what = || {
                format!(
                    "the `dispose` of `{}` drops the handle to a `{}` that its `Trace` reports as number {}: `dispose` \
                     leaves such handles alone, and a `shape` that promises it for a part must be true",
                    name(owner),
                    name(target),
                    report.number
                )
            };
            audit.violation.get_or_insert_with(what);
        }
        reported.is_some()
    })
    .unwrap_or(false)
}
