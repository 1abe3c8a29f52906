//! The collection of dead cycles: trial deletion from candidates, without touching the counts.
//!
//! Each step takes the value that the step before has made, so no step can be left out or taken
//! twice:
//!
//! | step                        | makes        | what it does                                  |
//! |-----------------------------|--------------|-----------------------------------------------|
//! | [`roots`], [`capture`]      | [`Captured`] | finds the blocks and their external counts    |
//! | [`decide`], [`defer`]       | [`Decided`]  | marks what an external count leads to as live |
//! | [`losses`]                  | [`Losses`]   | gives up handles of the dead to other blocks  |
//! | [`survivors`]               | [`Dead`]     | makes the survivors idle                      |
//! | [`finalize`] or [`reclaim`] |              | calls finalizers, then again; or destroys     |
//!
//! A collection that cannot decide is [given up](abandon).
//!
//! Two facts carry the proof. A count above the handles found means a handle from outside, so every
//! block that is reachable from outside is marked. And nothing is written to a count before the
//! decision is complete, so a collection can be given up at any point before that (a panic in a
//! `trace`, no memory) and nothing is lost but time.
//!
//! Some modules are not `forbid(unsafe_code)` because a collection calls `trace`, `dispose` and
//! the finalizer of values of which it has only the header. The invariant that makes it sound is
//! **captured**: from the moment a block is put into the list of captured blocks until `reclaim`,
//! no user code but `trace` runs, so nothing is freed. While finalizers run, each dead block is
//! pinned by a count of the collection.
//!
//! [`Captured`]: capture::Captured
//! [`Decided`]: decide::Decided
//! [`Losses`]: losses::Losses
//! [`Dead`]: survivors::Dead

mod abandon;
mod capture;
mod decide;
mod defer;
#[forbid(unsafe_code)]
mod displaced;
mod finalize;
#[forbid(unsafe_code)]
mod limits;
mod losses;
#[forbid(unsafe_code)]
mod outward;
#[forbid(unsafe_code)]
pub(crate) mod pacing;
mod reclaim;
#[forbid(unsafe_code)]
mod roots;
pub(crate) mod sample;
#[forbid(unsafe_code)]
mod survivors;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::clock::Stopwatch;
use crate::event;
use crate::event::Event;
use crate::local::callback;
use crate::local::raw::Heap;
use crate::local::raw::death;
use crate::local::raw::exit::LastCollections;
use crate::local::raw::heap;
use crate::local::raw::heap::Exit;
use crate::policy::bytes::Traced;
use crate::policy::{By, Kind};
use crate::raw::heaps::Local;
use crate::raw::unwind::{Payload, keep_first, swallow};
use crate::report::CollectionReport;
use capture::Capture;
use losses::Losses;

/// Why a collection ends without a decision.
enum GivenUp {
    /// There was no memory for the lists.
    NoMemory,
    /// A `trace` panicked.
    Panicked(Payload),
}

/// Finalizers may make new garbage with finalizers. After this number of rounds the rest is left to
/// the next collection.
const MAX_ROUNDS: usize = 10;

/// Runs a collection that the program has started, unless one is running.
pub(crate) fn run(kind: Kind) -> CollectionReport {
    run_by(kind, By::Program)
}

/// Runs a collection, unless one is running.
#[inline(never)]
pub(crate) fn run_by(kind: Kind, by: By) -> CollectionReport {
    heap(|heap| {
        if heap.collecting.replace(true) {
            return CollectionReport { nested: true, ..CollectionReport::default() };
        }
        let running = Running(heap);
        let _deferring = Deferring::start(heap, by);
        heap.free_lists.trim();
        let start = Stopwatch::start();
        let mut report = CollectionReport::default();
        let mut panic = None;
        let full = kind == Kind::Full;
        // One list for both events: a callback that is registered in between hears of the next
        // collection.
        let callbacks = if heap.has_callbacks.get() { callback::registered() } else { None };
        event::tell(callback::wanted(&callbacks), Event::Start { full }, &mut panic);
        let are_released = defer::end_deferral(heap, kind, &mut report, &mut panic);
        let (young_waits, traced) = collect(heap, kind, &mut report, &mut panic);
        if are_released && report.abandoned {
            heap.deferred.set_undecided();
        }
        report.elapsed = start.elapsed();
        heap.pacing.collected(heap, kind, &report, young_waits, traced);
        event::tell(callback::wanted(&callbacks), Event::Stop { full, report }, &mut panic);
        drop(running);
        // Blocks of which the dead owned the last handle are destroyed here. That may panic as
        // well.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| death::drain(heap))) {
            keep_first(&mut panic, payload);
        }
        if let Some(payload) = panic {
            raise(payload);
        }
        report
    })
}

/// The flag that a collection is running, taken back also on unwind.
struct Running<'a>(&'a Heap);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.collecting.set(false);
    }
}

impl<'a> Running<'a> {
    /// Sets the flag, which is not set.
    fn start(heap: &'a Heap) -> Self {
        heap.collecting.set(true);
        Self(heap)
    }
}

/// Whether finalizers wait. Set for the time of one collection, and valid also for values that die
/// by counting in the course of it.
struct Deferring<'a> {
    heap: &'a Heap,
    /// A destructor that an outer collection runs may collect.
    outer: bool,
}

impl<'a> Deferring<'a> {
    fn start(heap: &'a Heap, by: By) -> Self {
        let defers = by == By::Allocation && heap.pacing.config.get().finalize_on_demand;
        // After the end of the thread no collection would call them.
        Self { heap, outer: heap.deferred.set_active(defers && heap.exit.get() != Exit::Over) }
    }
}

impl Drop for Deferring<'_> {
    fn drop(&mut self) {
        self.heap.deferred.set_active(self.outer);
    }
}

/// Returns whether the work limit has left young candidates, and how large the traced blocks are.
fn collect(
    heap: &Heap,
    kind: Kind,
    report: &mut CollectionReport,
    panic: &mut Option<Payload>,
) -> (bool, Traced) {
    let mut capture = Capture::new(heap, kind);
    let mut traced = Traced::default();
    for round in 1.. {
        let decided = capture::capture(heap, &mut capture)
            .and_then(decide::decide)
            .and_then(|decided| defer::keep_finalizable(heap, decided))
            .and_then(|decided| survivors::reserve(heap, decided));
        let mut decided = match decided {
            Ok(decided) => decided,
            Err(reason) => {
                report.captured += capture.traced;
                report.abandoned = true;
                abandon::abandon(heap, &mut capture);
                if let GivenUp::Panicked(payload) = reason {
                    keep_first(panic, payload);
                }
                break;
            }
        };
        report.captured += decided.captured().traced;
        traced = Traced::of(&decided, heap.promote_after.get());
        let has_finalizers_to_call = decided.has_finalizers_to_call();
        if has_finalizers_to_call && round == MAX_ROUNDS {
            abandon::revive_all(heap, decided);
            break;
        }
        // Survivors leave the collection in each round.
        report.survivors += decided.live_count();
        report.overreported += decided.captured().found.overreported.len();
        let losses = if has_finalizers_to_call {
            Losses::None
        } else {
            losses::take(heap, &mut decided, report, panic)
        };
        let dead = survivors::part(heap, decided, losses);
        report.resurrected += dead.resurrected;
        if !has_finalizers_to_call {
            reclaim::reclaim(heap, dead, report, panic);
            break;
        }
        finalize::finalize(dead, report, panic);
    }
    let young_waits = capture.displaced.young_waits;
    capture.end(heap);
    (young_waits, traced)
}

/// Runs something that calls user code, and turns a panic into a value.
#[inline(always)]
fn guard<R>(f: impl FnOnce() -> Result<R, GivenUp>) -> Result<R, GivenUp> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|payload| Err(GivenUp::Panicked(payload)))
}

/// Resumes a kept panic, unless this thread is unwinding already: that would abort the program.
fn raise(payload: Payload) {
    if std::thread::panicking() {
        swallow(payload);
    } else {
        resume_unwind(payload);
    }
}

impl LastCollections for Local {
    fn collect_at_exit(heap: &Heap) {
        at_thread_exit(heap);
    }
}

/// The last collections of a thread: a destructor may leave new garbage, so a few in a row.
fn at_thread_exit(heap: &Heap) {
    if !heap.pacing.config.get().collect_on_thread_exit {
        return;
    }
    for _ in 0..MAX_ROUNDS {
        // A panic that leaves the destructor of a thread-local aborts the program; its message is
        // printed already.
        match catch_unwind(|| run(Kind::Full)) {
            Ok(report) if report.reclaimed == 0 && heap.young.len() == 0 => break,
            Ok(_) => {}
            Err(payload) => swallow(payload),
        }
    }
}
