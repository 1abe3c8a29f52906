//! One collection, which can be suspended: a full collection that `Gc::new` runs is done in shares.
//!
//! It is suspended between two steps, when nothing is frozen and no lock is kept. Then the
//! collector keeps it, its lock is free, and the next collection that is due continues it. All that
//! a suspended collection relies on is in its own lists. Each captured block is kept by the pin of
//! its entry or of the collection. The counts are a guess, however old, that the commit verifies.
//! No other collection runs while one is suspended. A collection that the program starts gives the
//! suspended one up first.

use std::time::Duration;

use super::capture::{Capture, Extent};
use super::turn::{Turn, Wait};
use super::{Collector, MAX_ROUNDS, Progress, commit, decide, finalize, give_suspended_up, pacing, reclaim};
use crate::clock::Stopwatch;
use crate::policy::Kind;
use crate::policy::bytes::Traced;
use crate::raw::unwind::Payload;
use crate::raw::unwind::keep_first;
use crate::report::CollectionReport;
use crate::sync::raw::deferred;
use crate::sync::raw::mutants::{Mutant, is_mutant};
use crate::sync::raw::thread::local;

/// A block is traced or committed in the time in which this many places are visited for the guess.
const GUESSES: usize = 16;
/// A block is traced or committed in the time in which this many survivors are released.
const RELEASES: usize = 4;
/// A block is traced or committed in the time in which this many dead blocks are reclaimed.
const RECLAIMS: usize = 2;

/// A collection between its start and its end.
pub(crate) struct Collection {
    capture: Capture,
    kind: Kind,
    step: Step,
    round: usize,
    /// Finalizers are to be called before the blocks found dead in this round are reclaimed.
    waits_for_finalizers: bool,
    /// The present round has come to a decision.
    decided: bool,
    /// How many of the dead are subtracted from the number of blocks.
    subtracted: usize,
    /// The bytes of the blocks that were released in the present round.
    bytes: Traced,
    /// How many blocks were reported as captured before they are released.
    reported: usize,
    /// The sum of the reports of earlier shares.
    total: CollectionReport,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Trace,
    Guess,
    Commit,
    Release,
    Reclaim,
}

impl Collection {
    /// Starts a collection of this kind with the candidates of all threads.
    pub(crate) fn start(collector: &mut Collector, kind: Kind) -> Self {
        let mut capture = collector.scratch.take().unwrap_or_default();
        capture.start(collector, kind);
        capture.start_trace();
        let total = CollectionReport::default();
        Self {
            capture,
            kind,
            step: Step::Trace,
            round: 1,
            waits_for_finalizers: false,
            decided: false,
            subtracted: 0,
            bytes: Traced::default(),
            reported: 0,
            total,
        }
    }

    /// The number of candidates that the collection has taken from the lists and not put back.
    pub(crate) fn candidates(&self) -> usize {
        if self.step == Step::Reclaim { 0 } else { self.capture.roots.entries.len() }
    }

    /// Runs the collection until it is over, or until the work of tracing `share` blocks is done and
    /// the collection is suspended. The lock is released before values are destroyed.
    ///
    /// With `defers` no finalizer is called, and the dead that wait for one are kept.
    pub(crate) fn advance(
        mut self,
        mut collector: Turn,
        share: usize,
        defers: bool,
        report: &mut CollectionReport,
        panic: &mut Option<Payload>,
    ) -> Progress {
        let mut left = share;
        let mut waited = Duration::ZERO;
        let mut trace_panic = None;
        while self.step != Step::Reclaim {
            if left == 0 || !self.step(&mut collector, &mut left, defers, report, &mut trace_panic) {
                return self.suspend(collector, report, waited);
            }
            if self.step != Step::Reclaim {
                continue;
            }
            if !self.waits_for_finalizers {
                if defers && self.kind == Kind::Full {
                    deferred::require_full();
                }
                continue;
            }
            // With finalizers the rest is done at once, as the dead wait for it.
            left = usize::MAX;
            self.capture.hold_dead();
            if defers {
                // Runs no user code.
                finalize::keep_finalizable(&self.capture);
            } else {
                drop(collector);
                finalize::finalize_dead(&self.capture, report, panic);
                let start = Stopwatch::start();
                collector = Turn::wait();
                waited += start.elapsed();
                // Another thread may have suspended a collection in the meantime. Blocks that both
                // reach have places in that one, which end here.
                if !is_mutant(Mutant::LeaveSuspended) {
                    give_suspended_up(&mut collector, false);
                }
            }
            self.capture.next_round();
            if defers {
                self.capture.revivable = 0;
            }
            self.capture.start_trace();
            (self.round, self.step, self.waits_for_finalizers) = (self.round + 1, Step::Trace, false);
        }
        // From here on values are destroyed. That runs user code, so no lock of the collector may
        // be held.
        let held = is_mutant(Mutant::LockWhileDestroying).then_some(collector);
        if let Some(payload) = trace_panic {
            keep_first(panic, payload);
        }
        while !reclaim::reclaim(&mut self.capture, left.max(1).saturating_mul(RECLAIMS), report, panic) {
            // If another thread decides or has suspended a collection, this one goes on.
            let is_free = |collector: &Turn| collector.suspended.is_none() || is_mutant(Mutant::SuspendTwice);
            if let Some(collector) = Turn::take(Wait::No).filter(is_free) {
                return self.suspend(collector, report, waited);
            }
        }
        // Under the model checker every lock multiplies the executions.
        if let Some(mut collector) = held.or_else(|| if cfg!(loom) { None } else { Turn::take(Wait::No) }) {
            collector.scratch = Some(self.capture);
        }
        self.total.add(report);
        Progress { waited, ended: Some(self.total) }
    }

    /// Keeps the collection in the collector, for a later collection to continue.
    fn suspend(mut self, mut collector: Turn, report: &CollectionReport, waited: Duration) -> Progress {
        self.total.add(report);
        pacing::set_suspended(true);
        debug_assert!(
            collector.suspended.is_none() || is_mutant(Mutant::SuspendTwice),
            "one collection is suspended at a time"
        );
        collector.suspended = Some(self);
        Progress { waited, ended: None }
    }

    /// Does the present step, or a part of it. Returns `true` if the step is over. Subtracts the
    /// work that was done from `left`.
    fn step(
        &mut self,
        collector: &mut Collector,
        left: &mut usize,
        defers: bool,
        report: &mut CollectionReport,
        trace_panic: &mut Option<Payload>,
    ) -> bool {
        let capture = &mut self.capture;
        let share = *left;
        // A limit is not reached by a collection without one.
        let subtract = |left: &mut usize, done: usize| {
            if *left < usize::MAX {
                *left = left.saturating_sub(done);
            }
        };
        self.step = match self.step {
            Step::Trace => {
                let (work, blocks) = (capture.work(), capture.blocks_traced());
                capture.limits.suspend_at = work.saturating_add(share);
                match capture.trace_on() {
                    Ok(Extent::Part) => {
                        let traced = capture.blocks_traced() - blocks;
                        report.captured += traced;
                        self.reported += traced;
                        return false;
                    }
                    Ok(Extent::All) => {
                        self.decided = true;
                        subtract(left, capture.work() - work);
                        Step::Guess
                    }
                    Err(payload) => {
                        self.decided = false;
                        *trace_panic = payload;
                        // The rest is done at once, as the panic goes on after it.
                        *left = usize::MAX;
                        Step::Release
                    }
                }
            }
            Step::Guess => {
                if !decide::presume_dead(capture, share.saturating_mul(GUESSES)) {
                    return false;
                }
                subtract(left, capture.graph.nodes.len() / GUESSES);
                Step::Commit
            }
            Step::Commit => {
                if !commit::commit(capture, share, &mut self.waits_for_finalizers, report) {
                    return false;
                }
                subtract(left, capture.groups.dead.len());
                Step::Release
            }
            Step::Release => {
                return self.release(collector, left, defers, report);
            }
            Step::Reclaim => Step::Reclaim,
        };
        true
    }

    /// Releases the survivors of the round, or a part of them. Returns `true` when all are
    /// released.
    fn release(
        &mut self,
        collector: &mut Collector,
        left: &mut usize,
        defers: bool,
        report: &mut CollectionReport,
    ) -> bool {
        // Not every share of a collection defers if the configuration changes in between.
        let is_last = self.round >= if defers { 2 } else { MAX_ROUNDS };
        if self.capture.released == 0 {
            self.decided &= !self.capture.lacks_memory();
            if self.waits_for_finalizers && is_last {
                self.capture.revive_all();
            }
        }
        report.abandoned |= !self.decided;
        let at_once = self.waits_for_finalizers || !self.decided;
        let share = if at_once { usize::MAX } else { left.saturating_mul(RELEASES) };
        let released = self.capture.released;
        if released == 0 {
            self.bytes = Traced::default();
        }
        let places = released..self.capture.graph.nodes.len().min(released.saturating_add(share));
        self.capture.add_traced_bytes(places, &mut self.bytes);
        let (captured, nodes) = (report.captured, self.capture.graph.nodes.len());
        let is_over = self.capture.release_survivors(collector, report, self.decided, share);
        // Earlier shares have reported some of these.
        let again = self.reported.min(report.captured - captured);
        report.captured -= again;
        self.reported -= again;
        if !is_over {
            return false;
        }
        if *left < usize::MAX {
            *left = left.saturating_sub(nodes / RELEASES);
        }
        // Counted before another thread decides, which would take these blocks for growth of the heap.
        local(|local| local.freed_many(self.capture.dead.len() - self.subtracted));
        self.subtracted = self.capture.dead.len();
        let captured = self.total.captured + report.captured;
        pacing::decided(
            (self.round == 1).then_some((self.kind, captured, self.capture.roots.left, self.bytes)),
            collector.old.len(),
        );
        self.waits_for_finalizers &= !is_last;
        self.step = Step::Reclaim;
        true
    }

    /// Puts all candidates back, without a decision if there is none yet. Blocks that were found
    /// dead before are still to be reclaimed.
    pub(crate) fn give_up(&mut self, collector: &mut Collector) {
        let report = &mut CollectionReport::default();
        match self.step {
            Step::Reclaim => return,
            // Dead blocks that wait for finalizers are candidates again: no later round comes.
            Step::Release if self.waits_for_finalizers => self.capture.revive_all(),
            Step::Release => {}
            Step::Trace | Step::Guess | Step::Commit => {
                self.capture.revive_all();
                self.decided = false;
            }
        }
        self.capture.release_survivors(collector, report, self.decided, usize::MAX);
        if self.kind == Kind::Full {
            // Kept blocks may be old now.
            deferred::require_full();
        }
        local(|local| local.freed_many(self.capture.dead.len() - self.subtracted));
        self.subtracted = self.capture.dead.len();
        self.step = Step::Reclaim;
    }

    /// Whether it is decided which blocks are dead, and only these are left.
    pub(crate) fn is_decided(&self) -> bool {
        self.step == Step::Reclaim
    }

    /// Whether nothing is left of a collection that was given up.
    pub(crate) fn is_over(&self) -> bool {
        self.step == Step::Reclaim && self.capture.has_reclaimed()
    }

    /// Reclaims the dead blocks that are left of a collection that was given up. Runs user code.
    pub(crate) fn reclaim(mut self, report: &mut CollectionReport, panic: &mut Option<Payload>) {
        reclaim::reclaim(&mut self.capture, usize::MAX, report, panic);
    }
}
