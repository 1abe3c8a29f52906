//! Calls the finalizers of the dead, as in the local collector, while other threads run on.
//!
//! The dead are not marked dead yet, and a `Weak` to them may be upgraded. So each finalizer is
//! called with a handle that was made as by an upgrade and is dropped like any other. Then the dead
//! are the roots of a new walk and a new decision. Another collection that reaches them reads that
//! they are held, and does not enter them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::capture::{Capture, CaptureBox, Tracing};
use super::node::Node;
use crate::raw::erased;
use crate::raw::unwind::Payload;
use crate::raw::unwind::keep_first;
use crate::report::CollectionReport;
use crate::sync::raw::deferred::Taken;
use crate::sync::raw::release::Handle;
use crate::sync::raw::rules;
use crate::sync::raw::{BlockPtr, deferred};

/// The dead of a round, which wait for their finalizers. No other captured block is left.
pub(super) struct Waiting(CaptureBox);

/// The blocks of a round that were dead before their finalizers were called.
pub(super) struct Finalized {
    capture: CaptureBox,
    /// How many of them, from the first on, count as resurrected if they live.
    revivable: usize,
}

impl Waiting {
    /// Pins the dead, so that other collections, which could reach them along edges, do not enter
    /// them while their finalizers run.
    pub(super) fn new(mut capture: CaptureBox) -> Self {
        capture.graph.nodes.iter_mut().for_each(Node::hold);
        Self(capture)
    }

    pub(super) fn capture(&self) -> &Capture {
        &self.0
    }

    /// Calls the finalizers of the dead. Runs user code.
    pub(super) fn finalize(
        self,
        report: &mut CollectionReport,
        panic: &mut Option<Payload>,
    ) -> Finalized {
        finalize_dead(&self.0, report, panic);
        Finalized { revivable: self.0.graph.nodes.len(), capture: self.0 }
    }

    /// Keeps the dead that wait for their finalizers, which are called on demand. Runs no user
    /// code.
    pub(super) fn keep(self) -> Finalized {
        keep_finalizable(&self.0);
        Finalized { revivable: 0, capture: self.0 }
    }
}

impl Finalized {
    /// Makes these blocks the roots of the next round. The collector's lock is held.
    pub(super) fn start_next_round(self) -> Tracing {
        let Self { mut capture, revivable } = self;
        (capture.first_round, capture.revivable) = (false, revivable);
        (capture.no_memory, capture.reading.guards.refused) = (false, false);
        for (place, node) in capture.graph.nodes.iter_mut().enumerate() {
            node.block.header().set_place(Some(place));
            node.next_round();
        }
        Tracing::of_roots(capture)
    }
}

/// Calls the finalizers of the dead.
fn finalize_dead(capture: &Capture, report: &mut CollectionReport, panic: &mut Option<Payload>) {
    for node in &capture.graph.nodes {
        let header = node.block.header();
        if header.word().is_finalized() {
            continue;
        }
        let Some(handle) = rules::handle_for_finalizer(node.block) else {
            // A finalizer has resurrected the block. If its last handle was dropped since, the
            // finalizer was called then. If not, a thread had the only handle and withdrew the
            // block from collections.
            continue;
        };
        if header.claim_finalizer() {
            // SAFETY: by *count*, the handle keeps the value whole. By *unreached*, there is no
            // `&mut` to it: the block was a candidate when the handle was made, so no thread had
            // withdrawn it, and no thread can withdraw it while the handle exists.
            unsafe { call(node.block, report, panic) };
        }
        // It may be the last one by now, and what it destroys may panic as well.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(handle))) {
            keep_first(panic, payload);
        }
    }
}

/// Keeps the dead that wait for their finalizers by one handle each. Without memory for that a
/// block gets none.
fn keep_finalizable(capture: &Capture) {
    let nodes = &capture.graph.nodes;
    let highest_age = nodes.iter().map(|node| node.block.header().age()).max().unwrap_or(0);
    for node in nodes.iter().filter(|node| !node.block.header().word().is_finalized()) {
        let block = node.block;
        deferred::keep(block, highest_age, || block.header().try_increment_candidate());
    }
}

/// The blocks of handles that were taken and are dropped. Their finalizers wait on unless a
/// collection [decides](Self::settle) what becomes of the blocks.
pub(super) struct Undecided(Taken);

impl Undecided {
    pub(super) fn taken(&self) -> Taken {
        self.0
    }

    /// To be called when a collection has decided that was sure to find the dead among the blocks.
    pub(super) fn settle(self) {
        std::mem::forget(self);
    }
}

impl Drop for Undecided {
    fn drop(&mut self) {
        deferred::put_back(self.0);
    }
}

/// Drops the handles that keep blocks for their finalizers, so that the blocks are candidates like
/// others. A block that has no other handle is finalized here. Returns `None` if there are none.
pub(super) fn end_deferral(
    report: &mut CollectionReport,
    panic: &mut Option<Payload>,
) -> Option<Undecided> {
    let (kept, taken) = deferred::take_all()?;
    let undecided = Undecided(taken);
    for block in kept {
        let header = block.header();
        let word = header.word();
        if word.count() == 1 && !word.is_finalized() && header.claim_finalizer_from(word).is_ok() {
            // SAFETY: by *deferred* the only handle is that of the list, which is the caller's now.
            // So no thread has the value under `&mut`.
            unsafe { call(block, report, panic) };
        }
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(Handle(block)))) {
            keep_first(panic, payload);
        }
    }
    Some(undecided)
}

/// Calls one finalizer, and keeps its panic.
///
/// # Safety
///
/// The caller owns a handle to the block and the right to call the finalizer, and no thread has the
/// value under `&mut`.
unsafe fn call(block: BlockPtr, report: &mut CollectionReport, panic: &mut Option<Payload>) {
    let vtable = block.header().vtable();
    report.finalized += 1;
    // SAFETY: as the caller promises.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| unsafe { erased::finalize(block) })) {
        report.panicked_finalizer.get_or_insert_with(vtable.name);
        keep_first(panic, payload);
    }
}
