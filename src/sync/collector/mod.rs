//! The collection of dead cycles while other threads run on: trial deletion twice, first as a
//! guess, then for sure.
//!
//! Each phase takes the value that the phase before has made, so no phase can be left out or taken
//! twice. The value also records how far its phase has come, since a collection may be suspended:
//!
//! | phase                  | takes        | what it does                                 |
//! |------------------------|--------------|----------------------------------------------|
//! | [`roots`], [`capture`] | [`Tracing`]  | walks from the candidates and counts handles |
//! | [`decide`]             | [`Captured`] | guesses which blocks are dead                |
//! | [`commit`]             | [`Presumed`] | verifies the guess                           |
//! | [`survivors`]          | [`Decided`]  | releases the survivors                       |
//! | [`finalize`]           | [`Waiting`]  | calls finalizers, and starts another round   |
//! | [`reclaim`]            | [`Dead`]     | destroys the dead                            |
//!
//! `capture` reads one value at a time, while the program goes on moving handles. `decide` derives
//! a guess from the counts. `commit` reads the presumed dead once more, all of a group at one time,
//! with every lock in them taken and every new handle recorded in the version of its block. A block
//! that fails that check is removed, and the rest is tried again. `finalize` and `reclaim` are as
//! in the local collector. [`collection`] leads from phase to phase.
//!
//! [`Tracing`]: capture::Tracing
//! [`Captured`]: decide::Captured
//! [`Presumed`]: commit::Presumed
//! [`Decided`]: survivors::Decided
//! [`Waiting`]: finalize::Waiting
//! [`Dead`]: reclaim::Dead
//!
//! One collection decides at a time: the others wait for the lock, which is held for decisions
//! only. No finalizer and no destructor runs under it. So a thread that waits for it while it holds
//! locks of the program waits only for code of the collector and for `trace`.
//!
//! Some modules are not `forbid(unsafe_code)` because they call `trace`, `dispose` and finalizers
//! of values of which they have only the header. That is sound by *frozen* while other threads may
//! reach the value, and afterwards because no other thread reaches a dead value.

#[forbid(unsafe_code)]
pub(crate) mod background;
mod capture;
pub(crate) mod check;
#[forbid(unsafe_code)]
mod collection;
mod commit;
#[forbid(unsafe_code)]
mod decide;
mod finalize;
#[forbid(unsafe_code)]
mod graph;
#[forbid(unsafe_code)]
mod limits;
#[forbid(unsafe_code)]
mod node;
#[forbid(unsafe_code)]
pub(crate) mod pacing;
#[forbid(unsafe_code)]
mod phase;
mod reclaim;
#[forbid(unsafe_code)]
mod reported;
mod roots;
#[forbid(unsafe_code)]
mod rules;
mod sample;
mod survivors;
#[forbid(unsafe_code)]
pub(crate) mod turn;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use super::callback;
use super::raw::candidates::{self, Entries};

use super::raw::deferred::Taken;
use super::raw::primitive::{Mutex, global};
use super::raw::thread::local;
use super::raw::{BlockPtr, dead};
use crate::clock::Stopwatch;
use crate::event::Event;
use crate::event::tell;
use crate::policy::By;
use crate::policy::Kind;
use crate::raw::guards::Guards;
use crate::raw::tracer::{Pass, Ring};
use crate::raw::unwind::Payload;
use crate::report::CollectionReport;
use crate::sync::raw::vtable::Vtable;
use crate::trace::Tracer;
use capture::CaptureBox;
use collection::Collection;
use finalize::Undecided;
use turn::{Turn, Wait};

/// The state that is kept between collections: the candidates that survived one.
pub(crate) struct Collector {
    pub(crate) young: Entries,
    pub(crate) old: Entries,
    /// The candidates that no collection starts from, see [`freeze`](crate::sync::freeze()).
    pub(crate) frozen: Entries,
    /// Lists without contents, whose memory is used again.
    scratch: Option<CaptureBox>,
    /// A collection of which a part is done.
    pub(crate) suspended: Option<Collection>,
}

/// A collection that is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) kind: Kind,
    /// Continues a suspended collection instead, if there is one. Otherwise that one is given up.
    pub(crate) continues: bool,
    /// How many blocks may be traced, or the same amount of other work done, before the collection
    /// is suspended. `usize::MAX` is no limit.
    pub(crate) share: usize,
}

global! {
    static COLLECTOR: Mutex<Collector> = Mutex::new(Collector {
        young: Entries::NEW,
        old: Entries::NEW,
        frozen: Entries::NEW,
        scratch: None,
        suspended: None,
    });
}

/// The largest number of rounds of finalizers in one collection. Finalizers may make new garbage
/// with finalizers; what is left after the last round is left to the next collection.
const MAX_ROUNDS: usize = 10;

/// Runs a collection of this kind after the wait for any thread that decides. Does nothing if a
/// collection runs on this thread.
pub(crate) fn run(kind: Kind) -> CollectionReport {
    let job = Job { kind, continues: false, share: usize::MAX };
    run_chosen(Wait::UntilFree, By::Program, &|_| Some(job)).unwrap_or_else(nothing_done)
}

/// Runs the collection that `choose` returns, or returns `None` if there is none.
///
/// `choose` is called under the collector's lock, so after the wait for any thread that decides:
/// what that thread has collected is not collected again. If the wait is over before the lock is
/// free, and on a thread that runs a collection, nothing is done. The argument of `choose` stands
/// for the handles that kept blocks for their finalizers and were dropped before the wait.
#[inline(never)]
pub(crate) fn run_chosen(
    wait: Wait,
    by: By,
    choose: &dyn Fn(Option<Taken>) -> Option<Job>,
) -> Option<CollectionReport> {
    let Some(running) = Running::start() else { return Some(nothing_done()) };
    let deferring = Deferring::start(by);
    crate::local::raw::heap(|heap| heap.free_lists.trim());
    let (mut report, mut panic) = (CollectionReport::default(), None);
    // Before the lock is taken: the last handle of a block may be among those that are dropped.
    let undecided =
        if deferring.defers { None } else { finalize::end_deferral(&mut report, &mut panic) };
    let taken = undecided.as_ref().map(Undecided::taken);
    let Some(mut collector) = Turn::take(wait) else {
        return finish(running, nothing_done(), panic);
    };
    let Some(job) = choose(taken) else {
        drop(collector);
        finish(running, report, panic);
        return None;
    };
    let full = job.kind == Kind::Full;
    // One list for both events: a callback that is registered in between is called from the next
    // collection on.
    let callbacks = callback::registered();
    if callbacks.is_some() {
        drop(collector);
        tell(callback::wanted(&callbacks), Event::Start { full }, &mut panic);
        // Another thread may have collected while the callbacks ran.
        let chosen_again = Turn::take(wait).filter(|_| choose(taken) == Some(job));
        let Some(again) = chosen_again else {
            tell(
                callback::wanted(&callbacks),
                Event::Stop { full, report: nothing_done() },
                &mut panic,
            );
            return finish(running, nothing_done(), panic);
        };
        collector = again;
    }
    let start = Stopwatch::start();
    let continued =
        collector.suspended.as_ref().filter(|suspended| job.continues && !suspended.is_given_up());
    pacing::begins(continued.is_some());
    let progress = collect(collector, job, deferring.defers, undecided, &mut report, &mut panic);
    report.elapsed = start.elapsed().saturating_sub(progress.waited);
    pacing::collected(job.kind, &report, progress.ended);
    tell(callback::wanted(&callbacks), Event::Stop { full, report }, &mut panic);
    finish(running, report, panic)
}

fn nothing_done() -> CollectionReport {
    CollectionReport { nested: true, ..CollectionReport::default() }
}

/// Ends a collection and continues a panic that it has caught.
fn finish(
    running: Running,
    report: CollectionReport,
    panic: Option<Payload>,
) -> Option<CollectionReport> {
    drop(running);
    if let Some(payload) = panic {
        raise(payload);
    }
    Some(report)
}

/// Whether a collection runs on this thread.
pub(crate) fn is_running() -> bool {
    local(|local| local.collecting.get()).unwrap_or(false)
}

/// Runs a function on the lists of young, old and frozen candidates, those of all threads included.
/// Waits for a collection that decides. The function may run no code but that of this crate.
///
/// # Panics
///
/// If this thread has the collector's lock, so in a call from a `trace`.
pub(crate) fn with_all_candidates<R>(
    f: impl FnOnce(&mut Entries, &mut Entries, &mut Entries) -> R,
) -> R {
    turn::assert_can_wait();
    let mut collector = Turn::wait();
    give_suspended_up(&mut collector, false);
    let Collector { young, old, frozen, .. } = &mut *collector;
    young.take_all();
    f(young, old, frozen)
}

/// Sweeps all lists of candidates of the dead, unless another thread decides, or `is_due` is false
/// when that is sure.
pub(crate) fn sweep_if_free(is_due: impl FnOnce() -> bool) {
    let Some(mut collector) = Turn::take(Wait::No).filter(|_| is_due()) else { return };
    // Its pins keep memory of the dead, too.
    give_suspended_up(&mut collector, false);
    let Collector { young, old, frozen, .. } = &mut *collector;
    let lists = [young, old, frozen].map(|list| {
        list.sweep_and_shrink();
        list.len()
    });
    dead::set_entries(candidates::sweep() + lists.into_iter().sum::<usize>());
    dead::swept();
}

/// The flag that a collection runs on this thread, taken back also on unwind.
struct Running;

impl Running {
    fn start() -> Option<Self> {
        // Not `then_some`: a value that is made and thrown away would clear the flag.
        local(|local| !local.collecting.replace(true))?.then(|| Self)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        local(|local| local.collecting.set(false));
    }
}

/// Whether finalizers wait. Set for the time of one collection, and valid also for values that die
/// by counting in the course of it.
struct Deferring {
    defers: bool,
}

impl Deferring {
    fn start(by: By) -> Self {
        let defers = by == By::Allocation && pacing::config().finalize_on_demand;
        local(|local| local.defers.set(defers));
        Self { defers }
    }
}

impl Drop for Deferring {
    fn drop(&mut self) {
        local(|local| local.defers.set(false));
    }
}

/// The part of a collection that one call has done.
pub(crate) struct Progress {
    /// How long this thread has waited for the lock in the meantime.
    waited: Duration,
    /// The sum of the reports of all shares, if the collection is over and was not given up.
    ended: Option<CollectionReport>,
    /// The limit of the collection has left out blocks.
    is_cut: bool,
}

/// Collects under the given lock, which is released before values are destroyed: starts a
/// collection, or continues the one that is suspended.
///
/// With `defers` no finalizer is called. The dead that wait for one are kept, and decided again as
/// blocks with a handle outside. The finalizers of the `undecided` blocks wait on if this collection
/// may have left out some of these blocks.
fn collect(
    mut collector: Turn,
    job: Job,
    defers: bool,
    undecided: Option<Undecided>,
    report: &mut CollectionReport,
    panic: &mut Option<Payload>,
) -> Progress {
    let mut waited = Duration::ZERO;
    while !job.continues && collector.suspended.is_some() {
        let given_up = give_suspended_up(&mut collector, job.kind == Kind::Full);
        let Some(suspended) = given_up.then(|| take_suspended(&mut collector)).flatten() else {
            continue;
        };
        // From here on values are destroyed. That runs user code, so no lock of the collector may
        // be held.
        drop(collector);
        suspended.reclaim(report, panic);
        let start = Stopwatch::start();
        collector = Turn::wait();
        waited += start.elapsed();
    }
    // A suspended collection may have captured the blocks before their handles were dropped.
    let finds_all =
        collector.suspended.is_none() && (job.kind == Kind::Full || !may_be_old(&undecided));
    let started =
        take_suspended(&mut collector).or_else(|| Collection::start(&mut collector, job.kind));
    let Some(collection) = started else {
        report.abandoned = true;
        return Progress { waited, ended: Some(*report), is_cut: false };
    };
    let progress = collection.advance(collector, job.share, defers, report, panic);
    if let Some(undecided) =
        undecided.filter(|_| finds_all && !report.abandoned && !progress.is_cut)
    {
        undecided.settle();
    }
    Progress { waited: waited + progress.waited, ..progress }
}

/// Whether undecided blocks may be old. The collector's lock is held.
#[inline]
fn may_be_old(undecided: &Option<Undecided>) -> bool {
    let promote_after = || pacing::config().promote_after;
    undecided.as_ref().is_some_and(|undecided| undecided.taken().needs_full(promote_after()))
}

/// Takes the suspended collection out of the collector.
fn take_suspended(collector: &mut Collector) -> Option<Collection> {
    let suspended = collector.suspended.take()?;
    pacing::set_suspended(false);
    Some(suspended)
}

/// Puts the candidates of a suspended collection back into the lists. Returns `true` if dead blocks
/// are left to be reclaimed, which the collector keeps. Runs no user code.
fn give_suspended_up(collector: &mut Collector, for_full: bool) -> bool {
    let Some(suspended) = take_suspended(collector) else { return false };
    if !for_full && !suspended.is_decided() {
        pacing::suspended_is_given_up();
    }
    let dead = suspended.give_up(collector);
    let is_left = dead.is_some();
    if is_left {
        pacing::set_suspended(true);
        collector.suspended = dead;
    }
    is_left
}

/// Lets a kept panic go on, unless this thread is unwinding already: that would abort the program.
fn raise(payload: Payload) {
    if std::thread::panicking() {
        crate::raw::unwind::swallow(payload);
    } else {
        resume_unwind(payload);
    }
}

/// The actions of a pass on the handles and locks of a value. Handles to local blocks belong to
/// another heap.
pub(crate) trait Walk {
    /// Visits a block that the traced value has a handle to. The handle cannot be dropped during
    /// the call.
    fn edge(&mut self, target: BlockPtr);

    /// The traced value owns this many bytes outside of its block.
    fn note_bytes(&mut self, _bytes: usize) {}

    /// A cell of the traced value was not read, or may be filled without a change of the block's
    /// word.
    fn note_unread_cell(&mut self) {}

    fn guards(&mut self) -> &mut Guards;
}

/// Shows a [`Walk`] to the tracer.
struct AsPass<'a, W>(&'a mut W);

impl<W: Walk> Pass for AsPass<'_, W> {
    fn edge(&mut self, _: crate::local::raw::BlockPtr) {}

    fn sync_edge(&mut self, target: BlockPtr) {
        self.0.edge(target);
    }

    fn note_bytes(&mut self, bytes: usize) {
        self.0.note_bytes(bytes);
    }

    fn note_unread_cell(&mut self) {
        self.0.note_unread_cell();
    }

    fn guards(&mut self) -> Option<&mut Guards> {
        Some(self.0.guards())
    }
}

/// Traces one value. A panic is caught here, so that no lock is released while this thread unwinds:
/// that would poison the lock.
///
/// # Safety
///
/// The block is frozen (*frozen*), or it is dead and belongs to the caller. So its value is whole
/// and not under `&mut`.
unsafe fn trace<W: Walk>(block: BlockPtr, walk: &mut W) -> Result<(), Payload> {
    // SAFETY: as the caller promises.
    unsafe { trace_as(block.header().vtable(), block, walk) }
}

/// Traces one value by the given vtable of its block, as [`trace`].
///
/// # Safety
///
/// The obligations of [`trace`]. The value that the vtable is for is visible to this thread.
unsafe fn trace_as<W: Walk>(
    vtable: &'static Vtable,
    block: BlockPtr,
    walk: &mut W,
) -> Result<(), Payload> {
    let mut ring = Ring::new();
    let mut pass = AsPass(walk);
    let mut tracer = Tracer::new(&mut ring, &mut pass);
    // SAFETY: as the caller promises.
    catch_unwind(AssertUnwindSafe(|| unsafe { (vtable.trace)(block, &mut tracer) }))
}
