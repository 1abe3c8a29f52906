//! The settings of a heap, and the check of their ranges.

use std::num::NonZeroUsize;
use std::time::Duration;

/// How this thread's heap collects.
///
/// The defaults suit programs that allocate all the time and keep most of it, interpreters first of
/// all. Every thread starts with them and has a configuration of its own.
///
/// # Examples
///
/// ```
/// use recyc::Config;
///
/// let before = recyc::configure(Config::default().with_young_threshold(10_000))?;
/// assert_eq!(before, Config::default());
/// # Ok::<(), recyc::InvalidConfig>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// Whether [`Gc::new`](crate::Gc::new) may collect. Default: `true`. With `false` memory of
    /// dead cycles comes back only through [`collect`](crate::collect) and its kind.
    pub automatic: bool,
    /// How many blocks may be allocated, less those freed by counting, until the young candidates
    /// are collected.
    ///
    /// Unit: blocks. Default: 2,000. A larger value means fewer and longer collections and more
    /// garbage waiting. At least 1.
    pub young_threshold: usize,
    /// How many bytes may be allocated in large blocks, with what their values own elsewhere, until
    /// the young candidates are collected. Counted are values of at least 1 KiB, by
    /// [`Trace::owned_bytes`](crate::Trace::owned_bytes) when they move into their blocks and by
    /// [`Tracer::note_bytes`](crate::Tracer::note_bytes) in collections. Buffers that have grown
    /// since are estimated: one of at most 64 new young candidates is traced, outside of a
    /// collection, by [`Gc::new`](crate::Gc::new) or by a function that returns whether a
    /// collection is due.
    ///
    /// Where the average block of a collection was large, the young threshold is lowered to the
    /// number of blocks that have this size together. Old candidates are collected as well when the
    /// old blocks have grown by this and by `heap_growth`.
    ///
    /// Unit: bytes. Default: 16 MiB. A larger value means fewer collections and more memory of
    /// garbage that waits. Bytes that are freed by counting are not taken off. At least 1;
    /// `usize::MAX` means that only blocks are counted.
    pub young_bytes: usize,
    /// How many collections a block must survive until young collections do not enter it any more.
    ///
    /// Unit: collections. Default: 2. A larger value finds more garbage early and captures
    /// long-lived blocks more often. 1 to 3.
    pub promote_after: u8,
    /// The part of its size by which the heap may grow until old candidates are collected as well.
    ///
    /// Unit: a ratio; 0.5 means half as much again. Default: 0.5. A larger value means fewer long
    /// collections and more garbage among the old. Above 0, at most 100.
    pub heap_growth: f32,
    /// How many blocks a young collection may capture. Default: `None`, no limit.
    ///
    /// Blocks beyond the limit wait for the next collection. Garbage that is larger than the limit
    /// waits for a full collection.
    pub work_limit: Option<NonZeroUsize>,
    /// How many blocks a young collection may capture that [`Gc::new`](crate::Gc::new) or
    /// [`collect_if_needed`](crate::collect_if_needed) runs. The smaller of this limit and
    /// [`work_limit`](Self::work_limit) holds.
    ///
    /// Unit: blocks. Default: 20,000. A smaller value means shorter pauses and more garbage that
    /// waits for a full collection. `None` is no limit. A full collection of a single thread's heap
    /// has no limit.
    ///
    /// In the heap of [`sync`](crate::sync) the limit is two adapted young thresholds if that is
    /// more, threads share what is left over, and a [`Background`](crate::sync::Background) thread
    /// has no limit but `work_limit`. There a full collection that
    /// [`sync::Gc::new`](crate::sync::Gc::new) runs is done in shares: one call traces a number of
    /// blocks up to this limit, or 10 if the limit is smaller, or does the same amount of other
    /// work. The next call that is due, on any thread, continues. While a share is left, a call is
    /// due each time when a thread has made a tenth of the limit, or a young threshold if that is
    /// less. Not bounded are one connected structure of dead values, finalizers and destructors.
    pub automatic_work_limit: Option<NonZeroUsize>,
    /// Whether finalizers wait until the program collects. Default: `false`, so a collection that
    /// [`Gc::new`](crate::Gc::new) runs calls the finalizers of the dead that it finds.
    ///
    /// With `true` an automatic collection calls no finalizer. Dead values whose finalizers are
    /// still to be called, and all that these values reach, live on. The program has the finalizers
    /// called by [`run_finalizers`](crate::run_finalizers) or
    /// [`collect_if_needed`](crate::collect_if_needed), or by [`collect`](crate::collect) and its
    /// kind, at points where it holds no lock or borrow that a finalizer takes. Until then
    /// [`is_pending`](crate::is_pending) returns `true`, and the values count as live for the
    /// triggers of collections. [`collect_young`](crate::collect_young) and
    /// [`collect_step`](crate::collect_step) leave the finalizers of old values to a full
    /// collection. So a loop until nothing is pending has to call `run_finalizers` or
    /// `collect_if_needed`. If the collection is abandoned because a `trace` panics or memory is
    /// missing, `is_pending` returns `true` until a full collection has succeeded.
    ///
    /// A collection with a [work limit](Self::work_limit) does not decide about values that reach
    /// more blocks than it may capture. In the heap of a thread such dead values wait for a full
    /// collection like other garbage beyond the limit, and `is_pending` does not report them. In
    /// the heap of [`sync`](crate::sync) they stay pending.
    ///
    /// While a value waits, a [`Weak`](crate::Weak) to it can be upgraded, and its
    /// [`strong_count`](crate::Gc::strong_count) is one higher than the number of its handles. In
    /// the heap of `sync` the count of a value that waits on is exact after a collection that the
    /// program has started and that did not decide about the value. If a value is in use when the
    /// program collects, its finalizer is not called. A value whose last handle the program drops
    /// is finalized in that drop, as always. The end of a thread calls the finalizers of the dead
    /// that its heap has left.
    ///
    /// In the heap of [`sync`](crate::sync) a [`Background`](crate::sync::Background) thread calls
    /// no finalizer either.
    pub finalize_on_demand: bool,
    /// Whether the young threshold grows while young collections find little, up to sixteen times
    /// the configured one, and shrinks back while they find much. Default: `true`.
    pub adaptive: bool,
    /// Whether the end of the thread collects what is still registered. Default: `true`. With
    /// `false` dead cycles that are left at that point are leaked, which is the faster way out.
    pub collect_on_thread_exit: bool,
    /// How much memory of freed blocks of one size is kept for new blocks of that size. In bytes;
    /// default 256 KiB, but 0 in builds with debug assertions, so that memory checkers see the end
    /// of each block.
    ///
    /// A larger value makes programs faster that free many blocks at once and allocate a similar
    /// number again. A smaller value returns memory to the allocator earlier. 0 returns each block
    /// when its value dies. Memory that is not used between two collections is returned gradually,
    /// and all of it at the end of the thread. Blocks above 512 bytes are never kept. Memory
    /// belongs to the thread: blocks of [`sync::Gc`](crate::sync::Gc) that die on this thread are
    /// kept within the same limit, and [`sync::configure`](crate::sync::configure) does not change
    /// it.
    pub free_list_limit: usize,
    /// How long one [`sync::Gc::new`](crate::sync::Gc::new) waits at most for a collection of
    /// another thread, when garbage is made faster than it is collected. Default: 5 ms. The heaps
    /// of single threads do not use it.
    ///
    /// A thread that is held back waits once for each 64th part of
    /// [`young_threshold`](Self::young_threshold) that it makes. A smaller value means shorter
    /// waits and more garbage while another thread runs a long collection; with zero no thread
    /// waits. Collections of the thread itself are not bounded by this.
    pub wait_limit: Duration,
}

impl Config {
    pub(crate) const DEFAULT: Self = Self {
        automatic: true,
        young_threshold: 2_000,
        young_bytes: 16 << 20,
        promote_after: 2,
        heap_growth: 0.5,
        work_limit: None,
        automatic_work_limit: NonZeroUsize::new(20_000),
        finalize_on_demand: false,
        adaptive: true,
        collect_on_thread_exit: true,
        free_list_limit: if cfg!(debug_assertions) { 0 } else { 256 << 10 },
        wait_limit: Duration::from_millis(5),
    };

    /// For programs that want work done and do not mind pauses: long intervals, large growth.
    #[must_use]
    pub const fn throughput() -> Self {
        Self {
            young_threshold: 20_000,
            young_bytes: 64 << 20,
            heap_growth: 1.0,
            automatic_work_limit: None,
            ..Self::DEFAULT
        }
    }

    /// For programs that must answer soon: short intervals, and young collections capture 10,000
    /// blocks at most, which takes about a millisecond. Full collections are as long as ever; see
    /// [`collect_step`](crate::collect_step) for what is possible there.
    #[must_use]
    pub const fn low_pause() -> Self {
        Self {
            young_threshold: 1_000,
            work_limit: NonZeroUsize::new(10_000),
            adaptive: false,
            ..Self::DEFAULT
        }
    }

    /// For programs that collect at points of their own, with [`collect`](crate::collect) or
    /// [`collect_if_needed`](crate::collect_if_needed).
    #[must_use]
    pub const fn manual() -> Self {
        Self { automatic: false, ..Self::DEFAULT }
    }

    /// The first field that is out of its range.
    pub(crate) fn check(&self) -> Result<(), InvalidConfig> {
        if self.young_threshold == 0 {
            return Err(InvalidConfig::new("young_threshold", "0", "at least 1"));
        }
        if self.young_bytes == 0 {
            return Err(InvalidConfig::new("young_bytes", "0", "at least 1"));
        }
        if !(1..=3).contains(&self.promote_after) {
            return Err(InvalidConfig::new("promote_after", self.promote_after, "1 to 3"));
        }
        if !(self.heap_growth > 0.0 && self.heap_growth <= 100.0) {
            return Err(InvalidConfig::new(
                "heap_growth",
                self.heap_growth,
                "above 0, at most 100",
            ));
        }
        Ok(())
    }
}

impl Config {
    /// These settings with another [`automatic`](Self::automatic).
    #[must_use]
    #[inline]
    pub const fn with_automatic(mut self, automatic: bool) -> Self {
        self.automatic = automatic;
        self
    }

    /// These settings with another [`young_threshold`](Self::young_threshold).
    #[must_use]
    #[inline]
    pub const fn with_young_threshold(mut self, young_threshold: usize) -> Self {
        self.young_threshold = young_threshold;
        self
    }

    /// These settings with another [`young_bytes`](Self::young_bytes).
    #[must_use]
    #[inline]
    pub const fn with_young_bytes(mut self, young_bytes: usize) -> Self {
        self.young_bytes = young_bytes;
        self
    }

    /// These settings with another [`promote_after`](Self::promote_after).
    #[must_use]
    #[inline]
    pub const fn with_promote_after(mut self, promote_after: u8) -> Self {
        self.promote_after = promote_after;
        self
    }

    /// These settings with another [`heap_growth`](Self::heap_growth).
    #[must_use]
    #[inline]
    pub const fn with_heap_growth(mut self, heap_growth: f32) -> Self {
        self.heap_growth = heap_growth;
        self
    }

    /// These settings with another [`work_limit`](Self::work_limit).
    #[must_use]
    #[inline]
    pub const fn with_work_limit(mut self, work_limit: Option<NonZeroUsize>) -> Self {
        self.work_limit = work_limit;
        self
    }

    /// These settings with another [`automatic_work_limit`](Self::automatic_work_limit).
    #[must_use]
    #[inline]
    pub const fn with_automatic_work_limit(
        mut self,
        automatic_work_limit: Option<NonZeroUsize>,
    ) -> Self {
        self.automatic_work_limit = automatic_work_limit;
        self
    }

    /// These settings with another [`finalize_on_demand`](Self::finalize_on_demand).
    #[must_use]
    #[inline]
    pub const fn with_finalize_on_demand(mut self, finalize_on_demand: bool) -> Self {
        self.finalize_on_demand = finalize_on_demand;
        self
    }

    /// These settings with another [`adaptive`](Self::adaptive).
    #[must_use]
    #[inline]
    pub const fn with_adaptive(mut self, adaptive: bool) -> Self {
        self.adaptive = adaptive;
        self
    }

    /// These settings with another [`collect_on_thread_exit`](Self::collect_on_thread_exit).
    #[must_use]
    #[inline]
    pub const fn with_collect_on_thread_exit(mut self, collect_on_thread_exit: bool) -> Self {
        self.collect_on_thread_exit = collect_on_thread_exit;
        self
    }

    /// These settings with another [`free_list_limit`](Self::free_list_limit).
    #[must_use]
    #[inline]
    pub const fn with_free_list_limit(mut self, free_list_limit: usize) -> Self {
        self.free_list_limit = free_list_limit;
        self
    }

    /// These settings with another [`wait_limit`](Self::wait_limit).
    #[must_use]
    #[inline]
    pub const fn with_wait_limit(mut self, wait_limit: Duration) -> Self {
        self.wait_limit = wait_limit;
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A [`Config`] that was refused; the one before is still in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidConfig {
    field: &'static str,
    value: String,
    allowed: &'static str,
}

impl InvalidConfig {
    fn new(field: &'static str, value: impl ToString, allowed: &'static str) -> Self {
        Self { field, value: value.to_string(), allowed }
    }

    /// The name of the field that is out of its range.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }
}

impl std::fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`Config::{}` is {}, allowed is {}", self.field, self.value, self.allowed)
    }
}

impl std::error::Error for InvalidConfig {}
