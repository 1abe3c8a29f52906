//! The collections that a program asks for, and the settings and sums of the shared heap.

use std::cell::OnceCell;
use std::num::NonZeroUsize;

use super::collector::turn::Wait;
use super::collector::{pacing, run, run_chosen};
use super::raw::deferred::{self, Taken};
use crate::config::{Config, InvalidConfig};
use crate::policy::By;
use crate::policy::Kind;
use crate::report::{CollectionReport, Stats};

/// Finds and frees every dead cycle of shared values that can be found, while other threads run on.
///
/// Any thread may call it at any time, also with locks held. If another thread is deciding, waits
/// for it, and for no other thread. Called from a finalizer, or from a destructor that a collection
/// runs, it does nothing and reports that in [`CollectionReport::nested`].
///
/// A cycle that became unreachable before the call is found, on whatever thread that was, if a
/// join, a lock or a message orders it before the call. There are two exceptions. Dead values that
/// a collection of another thread has captured while it calls finalizers or destructors are left to
/// that collection, and may outlive this call. Dead values that are checked together with values
/// that other threads are changing are left to the next collection if all four attempts are
/// disturbed.
///
/// # Panics
///
/// If a destructor, a finalizer or a `trace` panics. All other destructors and finalizers have run
/// by then, and the collector can be used again.
///
/// # Examples
///
/// ```
/// use recyc::{Trace, sync};
/// use std::sync::OnceLock;
///
/// #[derive(Trace)]
/// struct Ouroboros(OnceLock<sync::Gc<Ouroboros>>);
///
/// let snake = sync::Gc::new(Ouroboros(OnceLock::new()));
/// assert!(snake.0.set(snake.clone()).is_ok());
/// drop(snake);
/// assert_eq!(sync::collect().reclaimed, 1);
/// ```
pub fn collect() -> CollectionReport {
    run(Kind::Full)
}

/// Runs a young collection: starts from the young candidates only, and does not enter old blocks.
/// Most automatic collections are young ones.
///
/// Obeys [`Config::work_limit`]. Dead cycles that have an old member are left to [`collect`].
///
/// # Panics
///
/// As [`collect`].
pub fn collect_young() -> CollectionReport {
    run(Kind::Young { work_limit: config().work_limit })
}

/// Runs a collection like [`collect_young`] that captures no more than `limit` blocks, whatever the
/// configuration is. The limit is applied as by the [local `collect_step`](crate::collect_step).
///
/// # Panics
///
/// As [`collect`].
///
/// # Examples
///
/// ```
/// use recyc::sync;
///
/// let done = sync::collect_step(std::num::NonZeroUsize::new(500).unwrap());
/// assert!(done.captured <= 500);
/// ```
pub fn collect_step(limit: NonZeroUsize) -> CollectionReport {
    run(Kind::Young { work_limit: Some(limit) })
}

/// Runs the collection that is due, young or full, if one is; for programs that collect at points
/// of their own.
///
/// If another thread is deciding, waits for it, and returns `None` if nothing is due any more after
/// that.
///
/// # Panics
///
/// As [`collect`], and if the `trace` of a value in a sample panics, as in [`is_pending`].
pub fn collect_if_needed() -> Option<CollectionReport> {
    if !pacing::is_needed() {
        return None;
    }
    // Chosen once if finalizers have waited: nothing but this collection finds their blocks.
    let chosen = OnceCell::new();
    let choose = |taken: Taken| *chosen.get_or_init(|| pacing::after_deferral(taken));
    run_chosen(Wait::UntilFree, By::Program, &|taken| taken.map(choose).or_else(pacing::pending))
}

/// Calls the finalizers that automatic collections of any thread have left to the program, see
/// [`Config::finalize_on_demand`]. Returns `None` if none waits.
///
/// Runs a full collection, as [`collect`] does. The documentation of
/// [`run_finalizers`](crate::run_finalizers) for the heap of a thread holds here too.
///
/// # Panics
///
/// As [`collect`].
pub fn run_finalizers() -> Option<CollectionReport> {
    deferred::is_pending().then(|| run(Kind::Full))
}

/// Whether [`collect_if_needed`] would collect: this thread and those that have ended have
/// allocated enough, or a collection was due on another one and was not run, or finalizers wait.
/// Not any more when a collection has begun since. While another thread is about to call the
/// finalizers that wait, this may return `false`.
///
/// Measures a sample of the young candidates if one is due, which traces their values.
///
/// # Panics
///
/// If the `trace` of a value in the sample panics.
#[must_use]
pub fn is_pending() -> bool {
    pacing::is_needed()
}

/// Lets [`Gc::new`](crate::sync::Gc::new) collect, on all threads; the same as setting
/// [`Config::automatic`](crate::Config::automatic). What came due in the meantime is collected by
/// the next one on this thread, or the first one on another. A [`pause`] goes on.
pub fn enable() {
    pacing::set_automatic(true);
}

/// Keeps [`Gc::new`](crate::sync::Gc::new) from collecting, on all threads. Counting goes on, and
/// explicit collections work.
pub fn disable() {
    pacing::set_automatic(false);
}

/// Whether [`Gc::new`](crate::sync::Gc::new) may collect.
#[must_use]
pub fn is_enabled() -> bool {
    pacing::is_automatic()
}

/// [`disable`] for a scope: no thread starts an automatic collection until the result is dropped,
/// also on unwind.
///
/// Pauses may overlap, and end in any order and on any thread: collections are automatic again
/// after the last, if they were. A collection that another thread has started already goes on.
///
/// # Examples
///
/// ```
/// use recyc::sync;
///
/// let _paused = sync::pause();
/// assert!(!sync::is_enabled());
/// ```
pub fn pause() -> PauseGuard {
    pacing::pause();
    PauseGuard(())
}

/// The scope of a [`pause`].
#[derive(Debug)]
#[must_use = "dropping it ends the pause"]
pub struct PauseGuard(());

impl Drop for PauseGuard {
    fn drop(&mut self) {
        pacing::resume();
    }
}

/// Puts a configuration in force for the shared heap and returns the one before.
///
/// Thresholds count for each thread by itself. This thread follows a new one at once, and what it
/// has allocated before counts; the others follow when they have allocated what was left to them by
/// the one before. What a thread has allocated when it ends counts for all: the next thread that
/// makes its first block, or has reached the threshold, collects. `collect_on_thread_exit` has no
/// meaning here: the candidates of a thread that ends are left to the others.
///
/// # Errors
///
/// If a field is out of its range; the configuration before stays in force then.
///
/// # Examples
///
/// ```
/// use recyc::{Config, sync};
///
/// let before = sync::configure(Config::default().with_young_threshold(10_000))?;
/// assert_eq!(before, Config::default());
/// # Ok::<(), recyc::InvalidConfig>(())
/// ```
pub fn configure(config: Config) -> Result<Config, InvalidConfig> {
    config.check()?;
    Ok(pacing::configure(config))
}

/// The configuration of the shared heap.
#[must_use]
pub fn config() -> Config {
    pacing::config()
}

/// The sums of the shared heap so far, and its present size. Takes time in proportion to the number
/// of threads, and waits for a collection that decides.
///
/// Changes that other threads make during the call may be in some of the numbers and not in others.
///
/// # Panics
///
/// In a call from a `trace`, which would wait for its own collection.
#[must_use]
pub fn stats() -> Stats {
    pacing::stats()
}
