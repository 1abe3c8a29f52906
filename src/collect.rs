//! The collections that a program asks for.

use crate::collector::{Kind, run};
use crate::raw::heap;
use crate::stats::Collected;

/// Finds and frees every dead cycle of this thread that can be found; the analogue of Python's `gc.collect()`.
///
/// Looks at all that the candidates reach, old or young, so it takes time in proportion to that, at worst to the whole
/// heap. Called from a finalizer, or from a destructor that a collection runs, it does nothing and says so in
/// [`Collected::nested`].
///
/// # Panics
///
/// If a destructor, a finalizer or a `trace` does: all the others have run by then, and the collector goes on to work.
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
pub fn collect() -> Collected {
    run(Kind::Major)
}

/// Looks at the young candidates only, and does not enter old blocks; what an automatic collection mostly does.
///
/// Obeys [`Config::work_limit`](crate::Config::work_limit). Dead cycles that have an old member are left to
/// [`collect`].
///
/// # Panics
///
/// As [`collect`].
pub fn collect_young() -> Collected {
    run(Kind::Minor { work_limit: heap(|heap| heap.pacing.config.get().work_limit) })
}
