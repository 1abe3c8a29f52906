//! One collection, which can be suspended: a full collection that `Gc::new` runs is done in shares.
//!
//! It is suspended between two phases or within one, at a point where nothing is frozen and no lock
//! is kept. Then the collector keeps it, its lock is free, and the next collection that is due
//! continues it. All that a suspended collection relies on is in the value of its phase. Each
//! captured block is kept by the pin of its entry or of the collection. The counts are a guess,
//! however old, that the commit verifies. No other collection runs while one is suspended. A
//! collection that the program starts gives the suspended one up first.

use std::time::Duration;

use super::capture::Tracing;
use super::commit::Presumed;
use super::decide::Captured;
use super::finalize::Waiting;
use super::phase::{Extent, Phase};
use super::reclaim::Dead;
use super::survivors::{Decided, Outcome, Released};
use super::turn::{Turn, Wait};
use super::{Collector, MAX_ROUNDS, Progress, pacing, rules};
use crate::clock::Stopwatch;
use crate::policy::Kind;
use crate::raw::unwind::Payload;
use crate::raw::unwind::keep_first;
use crate::report::CollectionReport;
use crate::sync::raw::deferred;
use crate::sync::raw::thread::local;

/// A block is traced or committed in the time in which this many places are visited for the guess.
const GUESSES: usize = 16;
/// A block is traced or committed in the time in which this many survivors are released.
const RELEASES: usize = 4;
/// A block is traced or committed in the time in which this many dead blocks are reclaimed.
const RECLAIMS: usize = 2;

/// A collection between its start and its end.
pub(crate) struct Collection {
    phase: Phase,
    course: Course,
}

/// What a collection keeps from phase to phase.
struct Course {
    kind: Kind,
    round: usize,
    /// How many of the dead are subtracted from the number of blocks.
    subtracted: usize,
    /// How many blocks were reported as captured before they are released.
    reported: usize,
    /// The collection was given up before its end, and is not counted.
    is_given_up: bool,
    /// The limit of the collection has left out blocks, or exactly none.
    is_cut: bool,
    /// The sum of the reports of earlier shares.
    total: CollectionReport,
}

/// What one call has done and may still do.
struct Share<'a> {
    /// How many blocks may still be traced, or the same amount of other work done. `usize::MAX` is
    /// no limit.
    left: usize,
    /// No finalizer is called, and the dead that wait for one are kept.
    defers: bool,
    report: &'a mut CollectionReport,
    /// The panic of a `trace`, which goes on once the survivors are released.
    trace_panic: Option<Payload>,
    /// How long this thread has waited for the lock.
    waited: Duration,
}

impl Share<'_> {
    /// Subtracts work that was done. A limit is not reached by a collection without one.
    fn subtract(&mut self, done: usize) {
        if self.left < usize::MAX {
            self.left = self.left.saturating_sub(done);
        }
    }

    /// Guesses which blocks are dead.
    fn guess(&mut self, captured: Captured) -> Extent<Phase, Phase> {
        let blocks = captured.capture().graph.nodes.len();
        match captured.presume_dead(self.left.saturating_mul(GUESSES)) {
            Extent::All(presumed) => {
                self.subtract(blocks / GUESSES);
                Extent::All(Phase::Commit(presumed))
            }
            Extent::Part(captured) => Extent::Part(Phase::Guess(captured)),
        }
    }

    /// Verifies the guess.
    fn commit(&mut self, presumed: Presumed) -> Extent<Phase, Phase> {
        let blocks = presumed.capture().groups.dead.len();
        match presumed.commit(self.left, self.report) {
            Extent::All(decided) => {
                self.subtract(blocks);
                Extent::All(Phase::Release(decided))
            }
            Extent::Part(presumed) => Extent::Part(Phase::Commit(presumed)),
        }
    }
}

impl Collection {
    /// Starts a collection of this kind with the candidates of all threads, or does nothing and
    /// returns `None` if there is no memory.
    pub(crate) fn start(collector: &mut Collector, kind: Kind) -> Option<Self> {
        let phase = Phase::Trace(Tracing::start(collector, kind)?);
        let course = Course {
            kind,
            round: 1,
            subtracted: 0,
            reported: 0,
            is_given_up: false,
            is_cut: false,
            total: CollectionReport::default(),
        };
        Some(Self { phase, course })
    }

    /// The number of candidates that the collection has taken from the lists and not put back.
    pub(crate) fn candidates(&self) -> usize {
        self.phase.candidates()
    }

    /// Runs the collection until it is over, or until the work of tracing `share` blocks is done
    /// and the collection is suspended. The lock is released before values are destroyed.
    ///
    /// With `defers` no finalizer is called, and the dead that wait for one are kept.
    pub(crate) fn advance(
        self,
        mut collector: Turn,
        share: usize,
        defers: bool,
        report: &mut CollectionReport,
        panic: &mut Option<Payload>,
    ) -> Progress {
        let Self { mut phase, mut course } = self;
        let mut share =
            Share { left: share, defers, report, trace_panic: None, waited: Duration::ZERO };
        let mut dead = loop {
            let extent = match phase {
                Phase::Reclaim(dead) => break dead,
                phase if share.left == 0 => Extent::Part(phase),
                Phase::Trace(tracing) => course.trace(tracing, &mut share),
                Phase::Guess(captured) => share.guess(captured),
                Phase::Commit(presumed) => share.commit(presumed),
                Phase::Release(decided) => {
                    match course.release(decided, &mut collector, &mut share) {
                        Extent::All(Outcome::Reclaim(dead)) => {
                            if course.kind == Kind::Full {
                                deferred::full_has_decided();
                            }
                            Extent::All(Phase::Reclaim(dead))
                        }
                        Extent::All(Outcome::Finalize(waiting)) => {
                            let tracing;
                            (tracing, collector) =
                                course.finalize(waiting, collector, &mut share, panic);
                            Extent::All(Phase::Trace(tracing))
                        }
                        Extent::Part(decided) => Extent::Part(Phase::Release(decided)),
                    }
                }
            };
            phase = match extent {
                Extent::All(next) => next,
                Extent::Part(phase) => {
                    return Self { phase, course }.suspend(collector, share.report, share.waited);
                }
            };
        };
        let Share { left, trace_panic, waited, .. } = share;
        // From here on values are destroyed. That runs user code, so no lock of the collector may
        // be held.
        let _unlocked = rules::unlock_for_destructors(collector);
        if let Some(payload) = trace_panic {
            keep_first(panic, payload);
        }
        let capture = loop {
            dead = match dead.reclaim(left.max(1).saturating_mul(RECLAIMS), report, panic) {
                Extent::All(capture) => break capture,
                Extent::Part(dead) => dead,
            };
            // If another thread decides or has suspended a collection, this one goes on.
            if let Some(collector) =
                Turn::take(Wait::No).filter(|collector| rules::may_suspend(collector))
            {
                return Self { phase: Phase::Reclaim(dead), course }
                    .suspend(collector, report, waited);
            }
        };
        if let Some(mut collector) = Turn::take_to_keep() {
            collector.scratch = Some(capture);
        }
        course.total.add(report);
        let ended = (!course.is_given_up).then_some(course.total);
        Progress { waited, ended, is_cut: course.is_cut }
    }

    /// Keeps the collection in the collector, for a later collection to continue.
    fn suspend(
        mut self,
        mut collector: Turn,
        report: &CollectionReport,
        waited: Duration,
    ) -> Progress {
        self.course.total.add(report);
        let is_cut = self.course.is_cut;
        pacing::set_suspended(true);
        debug_assert!(rules::may_suspend(&collector), "one collection is suspended at a time");
        collector.suspended = Some(self);
        Progress { waited, ended: None, is_cut }
    }

    /// Puts all candidates back, without a decision if there is none yet. Returns the blocks that
    /// were found dead before, which are still to be reclaimed.
    pub(crate) fn give_up(mut self, collector: &mut Collector) -> Option<Self> {
        let dead = match self.phase.give_up() {
            Ok(decided) => {
                self.course.is_given_up = true;
                self.course.release_all(decided, collector)
            }
            Err(dead) => dead,
        };
        (!dead.is_over()).then_some(Self { phase: Phase::Reclaim(dead), course: self.course })
    }

    /// Whether the collection was given up, so that only dead blocks are left.
    pub(crate) fn is_given_up(&self) -> bool {
        self.course.is_given_up
    }

    /// Whether it is decided which blocks are dead, and only these are left.
    pub(crate) fn is_decided(&self) -> bool {
        matches!(self.phase, Phase::Reclaim(_))
    }

    /// Gives the collection up without a lock of the collector, which is possible when only dead
    /// blocks are left: reclaims them. Runs user code.
    pub(crate) fn reclaim(self, report: &mut CollectionReport, panic: &mut Option<Payload>) {
        let Phase::Reclaim(dead) = self.phase else { unreachable!("the collection was given up") };
        dead.reclaim(usize::MAX, report, panic);
    }
}

impl Course {
    /// Traces, and counts the traced blocks as captured if the survivors are released in a later
    /// share.
    fn trace(&mut self, tracing: Tracing, share: &mut Share<'_>) -> Extent<Phase, Phase> {
        let (work, blocks) = (tracing.capture().work(), tracing.capture().blocks_traced());
        match tracing.trace(share.left) {
            Ok(Extent::Part(tracing)) => {
                let traced = tracing.capture().blocks_traced() - blocks;
                share.report.captured += traced;
                self.reported += traced;
                Extent::Part(Phase::Trace(tracing))
            }
            Ok(Extent::All(captured)) => {
                share.subtract(captured.capture().work() - work);
                Extent::All(Phase::Guess(captured))
            }
            Err((decided, payload)) => {
                share.trace_panic = payload;
                // The rest is done at once, as the panic goes on after it.
                share.left = usize::MAX;
                Extent::All(Phase::Release(decided))
            }
        }
    }

    /// Releases the survivors of the round, or a part of them.
    fn release(
        &mut self,
        mut decided: Decided,
        collector: &mut Collector,
        share: &mut Share<'_>,
    ) -> Extent<Outcome, Decided> {
        let blocks =
            if decided.is_urgent() { usize::MAX } else { share.left.saturating_mul(RELEASES) };
        // Not every share of a collection defers if the configuration changes in between.
        if self.round >= if share.defers { 2 } else { MAX_ROUNDS } {
            decided.revive_waiting();
        }
        let (captured, nodes) = (share.report.captured, decided.capture().graph.nodes.len());
        let limits = &decided.capture().limits;
        let (is_full, promote_after) = (limits.is_full(), limits.promote_after);
        self.is_cut |= nodes >= limits.this_round;
        let extent = decided.release(collector, share.report, blocks);
        // Earlier shares have reported some of these.
        let again = self.reported.min(share.report.captured - captured);
        share.report.captured -= again;
        self.reported -= again;
        let Released { dead, bytes, left } = match extent {
            Extent::All(released) => released,
            Extent::Part(decided) => return Extent::Part(decided),
        };
        self.is_cut |= left > 0;
        if self.round == 1 && !is_full {
            deferred::young_has_decided(promote_after);
        }
        share.subtract(nodes / RELEASES);
        self.subtract_dead(dead.len());
        let captured = self.total.captured + share.report.captured;
        pacing::decided(
            (self.round == 1).then_some((self.kind, captured, left, bytes)),
            collector.old.len(),
        );
        Extent::All(dead)
    }

    /// Releases all survivors of a collection that was given up, and reports nothing.
    fn release_all(&mut self, decided: Decided, collector: &mut Collector) -> Dead {
        let dead = match decided.release(collector, &mut CollectionReport::default(), usize::MAX) {
            Extent::All(Released { dead: Outcome::Reclaim(dead), .. }) => dead,
            _ => unreachable!("there is no limit, and no block waits for a finalizer"),
        };
        if self.kind == Kind::Full {
            // Kept blocks may be old now.
            deferred::full_has_decided();
        }
        self.subtract_dead(dead.len());
        dead
    }

    /// Subtracts the dead from the number of blocks. Done before another thread decides, which
    /// would take these blocks for growth of the heap.
    fn subtract_dead(&mut self, dead: usize) {
        local(|local| local.freed_many(dead - self.subtracted));
        self.subtracted = dead;
    }

    /// Calls the finalizers of the dead without the lock, or keeps them for later. Then the dead
    /// are the roots of the next round.
    fn finalize(
        &mut self,
        waiting: Waiting,
        mut collector: Turn,
        share: &mut Share<'_>,
        panic: &mut Option<Payload>,
    ) -> (Tracing, Turn) {
        // With finalizers the rest is done at once, as the dead wait for it.
        share.left = usize::MAX;
        self.round += 1;
        let finalized = if share.defers {
            waiting.keep()
        } else {
            drop(collector);
            let finalized = waiting.finalize(share.report, panic);
            let start = Stopwatch::start();
            collector = Turn::wait();
            share.waited += start.elapsed();
            // Another thread may have suspended a collection in the meantime. Blocks that both
            // reach have places in that one, which end here.
            rules::give_suspended_up(&mut collector);
            finalized
        };
        (finalized.start_next_round(), collector)
    }
}
