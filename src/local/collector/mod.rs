//! The collection of dead cycles: trial deletion from candidates, without touching the counts.
//!
//! `capture` walks from the candidates and notes in each header how many handles of the block it has found; `decide`
//! marks as live what has a handle that was not found, and all that such a block reaches; the rest is dead. `finalize`
//! gives the dead their last words and has it decided again; `survivors` go back to rest; `reclaim` destroys the dead.
//!
//! Two facts carry the proof. A count above the handles found means a handle outside, so everything reachable from
//! outside is marked; and nothing is written to a count before the decision has fallen, so a collection can be given
//! up at any point before that (a panic in a `trace`, no memory) and nothing is lost but time.
//!
//! These modules are not `forbid(unsafe_code)` because a collection calls `trace`, `dispose` and the finalizer of values
//! that it knows by header only. The invariant that pays for it is **captured**: from the moment a block is put into
//! the list of captured blocks until `reclaim`, no user code but `trace` runs, so nothing is freed; while finalizers
//! run, each dead block is pinned by a count of its own.

pub(crate) mod capture;
pub(crate) mod decide;
mod defer;
pub(crate) mod finalize;
mod outward;
pub(crate) mod pacing;
pub(crate) mod reclaim;
#[forbid(unsafe_code)]
mod roots;
#[forbid(unsafe_code)]
mod survivors;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::clock::Stopwatch;
use crate::event;
use crate::event::Event;
use crate::local::callback;
use crate::local::raw::Heap;
use crate::local::raw::heap;
use crate::local::raw::heap::Exit;
use crate::local::raw::release;
use crate::policy::Kind;
use crate::policy::bytes::Traced;
use crate::raw::unwind::{Payload, keep_first, swallow};
use crate::report::CollectionReport;
use capture::Capture;

/// Why a collection ends without a decision.
pub(crate) enum GivenUp {
    /// There was no memory for the lists.
    NoMemory,
    /// A `trace` panicked.
    Panicked(Payload),
}

/// Finalizers may make new garbage with finalizers; after so many rounds the rest is left to the next collection.
const MAX_ROUNDS: usize = 10;

/// Runs a collection that the program has asked for, unless one is running.
pub(crate) fn run(kind: Kind) -> CollectionReport {
    run_by(kind, By::Program)
}

/// What has started a collection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum By {
    /// A function that collects, or the end of the thread.
    Program,
    /// A new block. The program has chosen no point for finalizers.
    Allocation,
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
        // One list for both events: what is registered in between is told of the next collection.
        let callbacks = if heap.has_callbacks.get() { callback::registered() } else { None };
        event::tell(callback::wanted(&callbacks), Event::Start { full }, &mut panic);
        finalize::end_deferral(heap, kind, &mut report, &mut panic);
        let (young_waits, traced) = collect(heap, kind, &mut report, &mut panic);
        report.elapsed = start.elapsed();
        heap.pacing.collected(heap, kind, &report, young_waits, traced);
        event::tell(callback::wanted(&callbacks), Event::Stop { full, report }, &mut panic);
        drop(running);
        // What the dead held by the last handle is destroyed here: it may panic as well.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| release::drain(heap))) {
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

/// Whether finalizers wait, set for one collection and what dies by counting in the course of it.
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
fn collect(heap: &Heap, kind: Kind, report: &mut CollectionReport, panic: &mut Option<Payload>) -> (bool, Traced) {
    let mut capture = Capture::new(heap, kind);
    let mut traced = Traced::default();
    for round in 1.. {
        let decided = capture
            .take_roots(heap)
            .and_then(|()| guard(|| capture.trace_all()))
            .and_then(|()| guard(|| decide::mark_live(&mut capture)))
            .and_then(|()| guard(|| defer::keep_finalizable(heap, &mut capture)))
            .and_then(|()| reclaim::reserve(heap, &capture));
        report.captured += capture.traced();
        if let Err(reason) = decided {
            report.abandoned = true;
            capture.abandon(heap);
            if let GivenUp::Panicked(payload) = reason {
                keep_first(panic, payload);
            }
            break;
        }
        traced = Traced::of(&capture, heap.promote_after.get());
        if !capture.has_finalizers_to_call() {
            reclaim::reclaim(heap, &mut capture, report, panic);
            capture.blocks_mut().clear();
            break;
        }
        if round == MAX_ROUNDS {
            capture.revive_all(heap);
            break;
        }
        finalize::finalize_dead(heap, &mut capture, report, panic);
    }
    let young_waits = capture.young_waits();
    capture.give_back(heap);
    (young_waits, traced)
}

/// Runs something that calls user code, and turns a panic into a value.
fn guard<R>(f: impl FnOnce() -> Result<R, GivenUp>) -> Result<R, GivenUp> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|payload| Err(GivenUp::Panicked(payload)))
}

/// Lets a kept panic go on, unless this thread is unwinding already: that would abort the program.
fn raise(payload: Payload) {
    if std::thread::panicking() {
        swallow(payload);
    } else {
        resume_unwind(payload);
    }
}

/// The last collections of a thread: a destructor may leave new garbage, so a few in a row.
pub(crate) fn at_thread_exit(heap: &Heap) {
    if !heap.pacing.config.get().collect_on_thread_exit {
        return;
    }
    for _ in 0..MAX_ROUNDS {
        // A panic that leaves the destructor of a thread-local aborts the program; its message is printed already.
        match catch_unwind(|| run(Kind::Full)) {
            Ok(report) if report.reclaimed == 0 && heap.young.len() == 0 => break,
            Ok(_) => {}
            Err(payload) => swallow(payload),
        }
    }
}
