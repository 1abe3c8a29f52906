//! The collections that a program starts, and the switch for automatic ones.

use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::rc::Rc;

use crate::config::{Config, InvalidConfig};
use crate::local::collector::run;
use crate::local::raw::heap;
use crate::policy::Kind;
use crate::report::CollectionReport;
use crate::report::Stats;

/// Finds and frees every dead cycle of this thread that can be found; the analogue of Python's
/// `gc.collect()`.
///
/// Looks at all that the candidates reach, old or young, so it takes time in proportion to that, at
/// worst to the whole heap. Called from a finalizer, or from a destructor that a collection runs,
/// it does nothing and reports that in [`CollectionReport::nested`].
///
/// # Panics
///
/// If a destructor, a finalizer or a `trace` does: all the others have run by then, and the
/// collector goes on to work.
///
/// # Examples
///
/// ```
/// use recyc::{Gc, GcCell, Trace};
///
/// #[derive(Trace)]
/// struct Ouroboros(GcCell<Option<Gc<Ouroboros>>>);
///
/// let snake = Gc::new(Ouroboros(GcCell::new(None)));
/// snake.0.set(Some(snake.clone()));
/// drop(snake);
/// assert_eq!(recyc::collect().reclaimed, 1);
/// assert_eq!(recyc::collect().reclaimed, 0);
/// ```
pub fn collect() -> CollectionReport {
    run(Kind::Full)
}

/// Runs a young collection: starts from the young candidates only, and does not enter old blocks.
/// Most automatic collections are young ones.
///
/// Obeys [`Config::work_limit`](crate::Config::work_limit). Dead cycles that have an old member are
/// left to [`collect`].
///
/// # Panics
///
/// As [`collect`].
pub fn collect_young() -> CollectionReport {
    run(Kind::Young { work_limit: heap(|heap| heap.pacing.config.get().work_limit) })
}

/// A collection like [`collect_young`] that captures no more than `limit` blocks, whatever the
/// configuration is.
///
/// The pause is bounded by the limit, and by what the finalizers and destructors of the dead do.
/// After finalizers the dead are traced again, with what the finalizers have touched and under the
/// same limit. If there are finalizers to call after that too, this is repeated, in ten rounds at
/// most. [`CollectionReport::captured`] is the sum of all rounds. What is beyond the limit stays a
/// candidate. A step starts from a number of candidates that is at most half of the limit, whatever
/// number of them waits. The candidates that are left count towards the next full collection. A
/// value is traced in one go, whatever number of handles it owns.
///
/// A dead cycle is only recognised when all of it is traced in one step: the collector does not
/// learn of moves between its steps, so no step continues where the last one stopped. Garbage that
/// is larger than the limit needs [`collect`].
///
/// # Panics
///
/// As [`collect`].
///
/// # Examples
///
/// A host that gives the collector some time after each frame:
///
/// ```
/// # use std::num::NonZeroUsize;
/// # let render = || {};
/// let limit = NonZeroUsize::new(500).unwrap();
/// # for _frame in 0..2 {
/// render();
/// let done = recyc::collect_step(limit);
/// assert!(done.captured <= 500);
/// # }
/// ```
pub fn collect_step(limit: NonZeroUsize) -> CollectionReport {
    run(Kind::Young { work_limit: Some(limit) })
}

/// Runs the collection that is due, young or full, if one is; for programs that collect at points
/// of their own.
///
/// If finalizers wait for such a point, see
/// [`Config::finalize_on_demand`](crate::Config::finalize_on_demand), runs a collection in any
/// case: a full one if some of the dead that wait may be old.
///
/// # Panics
///
/// As [`collect`], and if the `trace` of a value in a sample panics, as in [`is_pending`].
///
/// # Examples
///
/// An interpreter that collects between statements only:
///
/// ```
/// use recyc::Config;
/// # let statements = [1, 2, 3];
///
/// recyc::configure(Config::manual())?;
/// for statement in statements {
///     // … run it; no collection gets in between …
///     recyc::collect_if_needed();
/// }
/// # Ok::<(), recyc::InvalidConfig>(())
/// ```
pub fn collect_if_needed() -> Option<CollectionReport> {
    heap(|heap| heap.pacing.needed(heap)).map(run)
}

/// Calls the finalizers that automatic collections have left to the program, see
/// [`Config::finalize_on_demand`](crate::Config::finalize_on_demand). Returns `None` if none waits.
///
/// Runs a full collection, as [`collect`] does: the dead are decided again, so the finalizer of a
/// value that is in use again is not called, and what is dead after the finalizers is destroyed.
/// [`collect_if_needed`] does the same with a young collection if young collections have found the
/// dead. It takes less time, and leaves the finalizers of values that have become old in the
/// meantime to a later call. [`is_pending`] returns `true` until then. Called from a finalizer or
/// destructor it does nothing, as [`collect`].
///
/// # Panics
///
/// As [`collect`].
///
/// # Examples
///
/// A registry that finalizers borrow, and a point where it is not borrowed:
///
/// ```
/// use recyc::{Config, Finalize, Gc, GcCell, Trace};
/// use std::cell::RefCell;
/// thread_local!(static OPEN: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) });
///
/// #[derive(Trace)]
/// #[trace(finalize)]
/// struct File {
///     number: u32,
///     me: GcCell<Option<Gc<File>>>,
/// }
///
/// impl Finalize for File {
///     fn finalize(&self) {
///         OPEN.with_borrow_mut(|open| open.retain(|number| *number != self.number));
///     }
/// }
///
/// recyc::configure(Config::default().with_finalize_on_demand(true))?;
/// for number in 0..5_000 {
///     OPEN.with_borrow_mut(|open| {
///         open.push(number);
///         // Collects from time to time, and calls no finalizer.
///         let file = Gc::new(File { number, me: GcCell::new(None) });
///         file.me.set(Some(file.clone()));
///     });
/// }
/// let report = recyc::run_finalizers().expect("some files are dead");
/// assert_eq!(report.finalized + OPEN.with_borrow(Vec::len), 5_000);
/// # Ok::<(), recyc::InvalidConfig>(())
/// ```
pub fn run_finalizers() -> Option<CollectionReport> {
    heap(|heap| heap.deferred.is_pending()).then(|| run(Kind::Full))
}

/// Whether [`collect_if_needed`] would collect.
///
/// Measures a sample of the young candidates if one is due, which traces their values.
///
/// # Panics
///
/// If the `trace` of a value in the sample panics.
#[must_use]
pub fn is_pending() -> bool {
    heap(|heap| heap.pacing.needed(heap)).is_some()
}

/// Lets [`Gc::new`](crate::Gc::new) collect; the same as setting
/// [`Config::automatic`](crate::Config::automatic). What came due in the meantime is collected by
/// the next one. A [`pause`] goes on.
pub fn enable() {
    heap(|heap| heap.pacing.set_automatic(heap, true));
}

/// Keeps [`Gc::new`](crate::Gc::new) from collecting. Counting goes on, and explicit collections
/// work.
pub fn disable() {
    heap(|heap| heap.pacing.set_automatic(heap, false));
}

/// Whether [`Gc::new`](crate::Gc::new) may collect.
#[must_use]
pub fn is_enabled() -> bool {
    heap(|heap| heap.pacing.is_automatic())
}

/// [`disable`] for a scope: there are no automatic collections until the result is dropped, also on
/// unwind.
///
/// Pauses may overlap, and end in any order: collections are automatic again after the last, if
/// they were.
///
/// # Examples
///
/// ```
/// {
///     let _paused = recyc::pause();
///     assert!(!recyc::is_enabled());
///     // … a stretch in which no foreign destructor may run …
/// }
/// assert!(recyc::is_enabled());
/// ```
pub fn pause() -> PauseGuard {
    heap(|heap| heap.pacing.pause());
    PauseGuard { _local: PhantomData }
}

/// The scope of a [`pause`].
#[derive(Debug)]
#[must_use = "dropping it ends the pause"]
pub struct PauseGuard {
    /// The pause is one of this thread.
    _local: PhantomData<Rc<()>>,
}

impl Drop for PauseGuard {
    fn drop(&mut self) {
        heap(|heap| heap.pacing.resume(heap));
    }
}

/// Puts a configuration in force on this thread and returns the one before.
///
/// It takes effect at once, also from inside a finalizer or destructor.
///
/// # Errors
///
/// If a field is out of its range; the configuration before stays in force then.
///
/// # Examples
///
/// ```
/// use recyc::Config;
///
/// let refused = recyc::configure(Config::default().with_promote_after(4)).unwrap_err();
/// assert_eq!(refused.to_string(), "`Config::promote_after` is 4, allowed is 1 to 3");
/// ```
pub fn configure(config: Config) -> Result<Config, InvalidConfig> {
    config.check()?;
    heap(|heap| {
        let before = heap.pacing.config.get();
        heap.pacing.configure(heap, config);
        Ok(before)
    })
}

/// The configuration in force on this thread.
#[must_use]
pub fn config() -> Config {
    heap(|heap| heap.pacing.config.get())
}

/// The sums of this thread's heap so far, and its present size. Takes constant time.
///
/// # Examples
///
/// ```
/// let one = recyc::Gc::new(1);
/// assert_eq!(recyc::stats().live, 1);
/// drop(one);
/// assert_eq!(recyc::stats().live, 0);
/// ```
#[must_use]
pub fn stats() -> Stats {
    heap(|heap| Stats {
        live: heap.balance.live(),
        young_candidates: heap.young.registered(),
        old_candidates: heap.old.len(),
        frozen_candidates: heap.frozen.len(),
        allocated: heap.balance.net(),
        external: heap.pacing.external(),
        young_threshold: heap.pacing.threshold(),
        ..heap.pacing.stats.get()
    })
}
