//! The report of one collection, and the sums over a thread's life.

use std::fmt;
use std::time::Duration;

use crate::policy::Kind;

/// The report of one collection.
///
/// # Examples
///
/// ```
/// use recyc::{Gc, Trace};
/// use std::cell::RefCell;
///
/// #[derive(Trace)]
/// struct Node(RefCell<Option<Gc<Node>>>);
///
/// let node = Gc::new(Node(RefCell::new(None)));
/// *node.0.borrow_mut() = Some(node.clone());
/// drop(node);
///
/// let found = recyc::collect();
/// assert_eq!(found.reclaimed, 1);
/// println!("{found}");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CollectionReport {
    /// How many values were destroyed because the collection found them unreachable.
    ///
    /// Values that their destruction freed by counting are not included.
    pub reclaimed: usize,
    /// How many bytes their blocks had. Bytes that the values owned elsewhere are not included.
    pub bytes: usize,
    /// How many blocks were captured. Blocks that were captured again after finalizers count again.
    pub captured: usize,
    /// How many of them were found alive.
    pub survivors: usize,
    /// How many were unreachable and were made reachable again by a finalizer.
    pub resurrected: usize,
    /// How many finalizers the collection called.
    ///
    /// Finalizers of values that died by counting in the course of it are not included.
    pub finalized: usize,
    /// The type of the first value whose finalizer panicked, if one did. The panic goes on after
    /// the collection, so this field is read in a callback of
    /// [`on_collection`](crate::on_collection), from [`Event::Stop`](crate::Event::Stop).
    ///
    /// The name is that of [`type_name`](std::any::type_name).
    pub panicked_finalizer: Option<&'static str>,
    /// How many values reported more handles to some block than it has. Their `Trace` is wrong; the
    /// targets were taken for alive. In the heap that threads share those are counted that would
    /// have died.
    pub overreported: usize,
    /// Whether the collection was given up, for lack of memory or because a `trace` panicked.
    /// Nothing is lost: the next one looks at the same candidates. In the heap that threads share
    /// some may have been found dead all the same.
    pub abandoned: bool,
    /// Whether nothing was done because a collection is running: this one was started by a
    /// finalizer or destructor. In the heap that threads share it may also be an automatic one that
    /// did not wait for a thread that decides.
    pub nested: bool,
    /// The duration, including finalizers and destructors. In the heap that threads share the wait
    /// for another thread that decides is not included. Zero on a target without a clock, such as
    /// `wasm32-unknown-unknown`.
    pub elapsed: Duration,
}

impl CollectionReport {
    /// Adds the report of another share of this collection.
    pub(crate) fn add(&mut self, other: &Self) {
        self.reclaimed += other.reclaimed;
        self.bytes += other.bytes;
        self.captured += other.captured;
        self.survivors += other.survivors;
        self.resurrected += other.resurrected;
        self.overreported += other.overreported;
        self.finalized += other.finalized;
        self.panicked_finalizer = self.panicked_finalizer.or(other.panicked_finalizer);
        self.abandoned |= other.abandoned;
        self.elapsed += other.elapsed;
    }
}

impl fmt::Display for CollectionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nested {
            return f.write_str("nothing done: a collection is running");
        }
        let Self { reclaimed, bytes, captured, survivors, elapsed, .. } = self;
        write!(
            f,
            "{reclaimed} reclaimed ({bytes} bytes), {survivors} alive, {captured} looked at in {elapsed:?}"
        )?;
        if self.resurrected > 0 {
            write!(f, ", {} resurrected", self.resurrected)?;
        }
        if let Some(name) = self.panicked_finalizer {
            write!(f, ", the finalizer of `{name}` panicked")?;
        }
        if self.abandoned {
            f.write_str(", abandoned")?;
        }
        Ok(())
    }
}

/// The collections of one kind, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Generation {
    /// How many collections there were.
    pub collections: usize,
    /// How many blocks they looked at.
    pub captured: usize,
    /// How many values they destroyed.
    pub reclaimed: usize,
    /// How many values finalizers have made reachable again.
    pub resurrected: usize,
    /// How long they took in all. Zero on a target without a clock.
    pub elapsed: Duration,
    /// How long the longest took. Zero on a target without a clock.
    pub longest: Duration,
}

impl Generation {
    const NONE: Self = Self {
        collections: 0,
        captured: 0,
        reclaimed: 0,
        resurrected: 0,
        elapsed: Duration::ZERO,
        longest: Duration::ZERO,
    };

    fn add(&mut self, report: &CollectionReport, is_over: bool) {
        self.collections += usize::from(is_over);
        self.captured += report.captured;
        self.reclaimed += report.reclaimed;
        self.resurrected += report.resurrected;
        self.elapsed += report.elapsed;
        self.longest = self.longest.max(report.elapsed);
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { collections, captured, reclaimed, elapsed, longest, .. } = self;
        write!(f, "{collections} collections, {captured} looked at, {reclaimed} reclaimed, ")?;
        write!(f, "{elapsed:?} in all, {longest:?} the longest")
    }
}

/// The sums of a heap and its present size, as returned by [`stats`](crate::stats()).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Blocks that exist now.
    pub live: usize,
    /// Candidates that wait in the young buffer.
    pub young_candidates: usize,
    /// Candidates that wait among the old.
    pub old_candidates: usize,
    /// Candidates that are frozen.
    pub frozen_candidates: usize,
    /// Blocks allocated since the last collection, those freed by counting taken off.
    ///
    /// In the heap that threads share: by the calling thread, since the last collection that it ran
    /// or requested, and by other threads as far as they have reported it. A thread reports when it
    /// reaches the threshold, and when it ends.
    pub allocated: usize,
    /// The young threshold in force, as adapted: what `allocated` is measured against.
    pub young_threshold: usize,
    /// Bytes that values hold elsewhere, as declared by [`ExternalMemory`](crate::ExternalMemory).
    pub external: usize,
    /// The young collections.
    pub young: Generation,
    /// The full collections, automatic or not.
    pub full: Generation,
}

impl Stats {
    pub(crate) const NONE: Self = Self {
        live: 0,
        young_candidates: 0,
        old_candidates: 0,
        frozen_candidates: 0,
        allocated: 0,
        young_threshold: 0,
        external: 0,
        young: Generation::NONE,
        full: Generation::NONE,
    };

    /// Adds the report of a collection, or of a share of one that is not over.
    pub(crate) fn add(&mut self, kind: Kind, report: &CollectionReport, is_over: bool) {
        match kind {
            Kind::Young { .. } => self.young.add(report, is_over),
            Kind::Full => self.full.add(report, is_over),
        }
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} live, {} + {} candidates",
            self.live, self.young_candidates, self.old_candidates
        )?;
        writeln!(f, "young: {}", self.young)?;
        write!(f, "full: {}", self.full)
    }
}
