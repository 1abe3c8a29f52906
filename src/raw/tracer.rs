//! Where `Trace` reports handles to, and the ring that hides the latency of looking at their
//! targets.
//!
//! Looking at a target means touching its header, and on a heap larger than the cache that is a
//! miss. So a reported handle is prefetched and put into a ring; the pass takes it out some edges
//! later, when the header has arrived. Breadth-first order gives the prefetches something to
//! overlap with: the targets of one value are independent loads.

use std::mem::MaybeUninit;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::block::BlockPtr;
use super::heaps::{Local, Shared};
use super::nesting::Deferred;
use super::prefetch::prefetch;
use crate::policy::bytes::{MANY_BYTES, array_bytes};
use crate::raw::guards::Guards;
use crate::raw::sizes::size;
use crate::trace::Trace;

/// Whether this build compares what `Trace` reports.
pub(crate) const AUDITED: bool = cfg!(recyc_audit);

/// Receives the handles that a value owns, from [`Trace::trace`](crate::Trace::trace).
///
/// Pass it on to the `trace` of each part. A lock of your own hands its guard to
/// [`lock`](Tracer::lock).
pub struct Tracer<'a> {
    pub(super) ring: &'a mut Ring,
    pass: &'a mut dyn Pass,
}

impl<'a> Tracer<'a> {
    #[inline]
    pub(crate) fn new(ring: &'a mut Ring, pass: &'a mut dyn Pass) -> Self {
        Self { ring, pass }
    }

    /// The ring and the pass, for a tracer to another pass that calls this one.
    pub(crate) fn parts(&mut self) -> (&mut Ring, &mut (dyn Pass + 'a)) {
        (self.ring, self.pass)
    }

    /// Reports the handle at the address `place`, which leads to `target`.
    #[inline]
    pub(crate) fn edge(&mut self, target: BlockPtr<Local>, place: usize) {
        if AUDITED {
            self.pass.reported(target, place);
        }
        prefetch(target.start().as_ptr());
        if self.ring.push(target) {
            self.drain();
        }
    }

    /// Reports one handle to a block of the heap that threads share. The local collector takes no
    /// notice.
    #[inline]
    pub(crate) fn sync_edge(&mut self, target: BlockPtr<Shared>) {
        self.pass.sync_edge(target);
    }

    /// Notes that this value has a cell which was not looked into, or which may be filled later
    /// without a lock.
    ///
    /// For the `trace` of a cell that goes from empty to full (a `OnceLock` of your own) when it is
    /// empty, and of a lock that could not be taken. Without it nothing unsafe happens, but a
    /// handle that gets there just before a [`sync::Gc`](crate::sync::Gc) dies may be leaked.
    #[inline]
    pub fn note_unread_cell(&mut self) {
        self.pass.note_unread_cell();
    }

    /// Reports that the value owns about this many bytes of memory outside of the place where it
    /// stands, a buffer for example.
    ///
    /// For the `trace` of a container without an impl in this crate. The containers of the standard
    /// library report their capacities. A collection that finds large blocks makes the following
    /// ones due earlier, see [`Config::young_bytes`](crate::Config::young_bytes). Reports below 1
    /// KiB are not counted. A wrong number makes collections earlier or later and has no other
    /// effect. [`Trace::owned_bytes`] returns the same bytes before the value is in a block.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::{Trace, Tracer};
    ///
    /// struct Samples(Box<[f32]>);
    ///
    /// // SAFETY: numbers own no handles.
    /// unsafe impl Trace for Samples {
    ///     fn trace(&self, tracer: &mut Tracer<'_>) {
    ///         tracer.note_bytes(size_of_val(&*self.0));
    ///     }
    ///
    ///     fn owned_bytes(&mut self) -> usize {
    ///         size_of_val(&*self.0)
    ///     }
    /// }
    /// # drop(recyc::Gc::new(Samples(Box::new([0.0; 4]))));
    /// ```
    #[inline(always)]
    pub fn note_bytes(&mut self, bytes: usize) {
        if bytes >= MANY_BYTES {
            self.note_many_bytes(bytes);
        }
    }

    /// Reports an array on the heap that has room for this many elements.
    #[inline(always)]
    pub(crate) fn note_array<T>(&mut self, places: usize) {
        if size_of::<T>() > 0
            && places
                >= const { MANY_BYTES.div_ceil(if size_of::<T>() > 0 { size_of::<T>() } else { 1 }) }
        {
            self.note_many_bytes(array_bytes::<T>(places));
        }
    }

    #[cold]
    #[inline(never)]
    fn note_many_bytes(&mut self, bytes: usize) {
        self.pass.note_bytes(bytes);
    }

    /// Traces the value that a lock guards, and keeps the lock for as long as this collection
    /// needs.
    ///
    /// For the `trace` of a lock without an impl in this crate: take the guard without waiting, and
    /// report nothing if that fails. It is the only way to report handles from behind a lock in a
    /// [`sync::Gc`](crate::sync::Gc), and to call the `trace` of anything that stands there: what
    /// was read must not change before the collection has read everything else, and a lock behind
    /// the lock stays taken for as long.
    ///
    /// # Safety
    ///
    /// The lock belongs to the value that is being traced. Unlocking it runs no code of others (no
    /// wakers), blocks on nothing, and uses no [`Gc`](crate::Gc) of either kind; it may happen
    /// after the call, on this thread, while the value stays where it is.
    ///
    /// The value that the guard derefs to lies outside of the guard, and is the same one at each
    /// call of `deref`: the guard is moved while the value is traced.
    #[inline]
    pub unsafe fn lock<G: Deref<Target: Trace>>(&mut self, guard: G) {
        let Some(guards) = self.pass.guards() else {
            // SAFETY: by *locked*, as the caller promises.
            return unsafe { self.trace_locked(guard) };
        };
        let value: *const G::Target = &*guard;
        // SAFETY: by *locked* the lock stays where it is, and the guard is dropped before that
        // ends.
        if unsafe { guards.keep(guard) }.is_ok() {
            // SAFETY: by *locked* the value stays locked, and the reference ends with this call.
            unsafe { &*value }.trace(self);
        } else {
            // The handles behind the lock were not reported, for lack of memory.
            self.note_unread_cell();
        }
    }

    /// Traces what a lock guards where nothing can change while a value is traced, and unlocks it
    /// after that, or when the list in which its containers are is traced.
    ///
    /// # Safety
    ///
    /// The lock is a part of the value that is being traced.
    #[inline(never)]
    unsafe fn trace_locked<G: Deref<Target: Trace>>(&mut self, guard: G) {
        let value: *const G::Target = &*guard;
        // SAFETY: by *locked*, as the caller promises.
        match unsafe { self.keep_deferring(guard) } {
            // SAFETY: by *locked* the value stays locked, and the reference ends with this call.
            Ok(()) => unsafe { &*value }.trace(self),
            Err(guard) => self.trace_guarded(guard),
        }
    }

    /// Traces the value that a lock guards, and unlocks it.
    fn trace_guarded<G: Deref<Target: Trace>>(&mut self, guard: G) {
        // The value behind the lock is traced while it is locked, so containers in it have a list
        // of their own.
        let outer = self.ring.deferred.take();
        // A guard that is dropped while the thread unwinds would poison its lock, though nothing
        // was changed.
        let traced = catch_unwind(AssertUnwindSafe(|| guard.trace(self)));
        self.ring.deferred = outer;
        drop(guard);
        traced.unwrap_or_else(|payload| resume_unwind(payload));
    }

    #[cold]
    #[inline(never)]
    fn drain(&mut self) {
        self.pass.drain(self.ring);
    }
}

impl std::fmt::Debug for Tracer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracer").field("waiting", &self.ring.len()).finish_non_exhaustive()
    }
}

/// The action of a pass of a collection on an edge.
pub(crate) trait Pass {
    /// Visits a block that a traced value owns a handle to.
    fn edge(&mut self, target: BlockPtr<Local>);

    /// In an audited build: the traced value has reported the handle at the address `place`, before
    /// the target is in the ring.
    fn reported(&mut self, _target: BlockPtr<Local>, _place: usize) {}

    /// Looks at a block, shared by threads, that a traced value owns a handle to.
    fn sync_edge(&mut self, _target: BlockPtr<Shared>) {}

    /// The traced value owns this many bytes, at least [`MANY_BYTES`], outside of its block.
    fn note_bytes(&mut self, _bytes: usize) {}

    /// A cell of the traced value was not looked into, or may be filled later.
    fn note_unread_cell(&mut self) {}

    /// Where to keep the guards of locks; nowhere if nothing can change while a value is traced.
    fn guards(&mut self) -> Option<&mut Guards> {
        None
    }

    /// Looks at all targets that wait in the ring: it is full, or the last value is traced.
    fn drain(&mut self, ring: &mut Ring) {
        while let Some(target) = ring.pop() {
            self.edge(target);
        }
    }
}

/// The number of entries of a [`Ring`], a power of two and at most 256.
const SIZE: usize = size(256, 4);

/// Turns an index of a [`Ring`] into a place.
const MASK: u8 = (SIZE - 1) as u8;

/// Edges that were reported and not looked at. Indices are bytes that wrap by themselves, and their
/// last bits are the place.
///
/// Also holds how deep the containers of the value that is traced are nested: the ring is made once
/// for a pass and a tracer for each value.
pub(crate) struct Ring {
    /// How many containers of the value are being traced inside each other.
    pub(super) nesting: u32,
    /// The containers to trace later, once the nesting was too deep.
    pub(super) deferred: Option<Deferred>,
    entries: [MaybeUninit<BlockPtr<Local>>; SIZE],
    head: u8,
    tail: u8,
}

/// How many edges wait before the first is looked at, when prefetching pays.
///
/// 16 was better than 8 and not worse than 32 on graphs of a million blocks.
const LEAD: u8 = size(16, 1) as u8;

/// Below this many captured blocks the headers are in the cache, and waiting only costs.
const LARGE: usize = size(4096, 8);

impl Ring {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            nesting: 0,
            deferred: None,
            entries: [const { MaybeUninit::uninit() }; SIZE],
            head: 0,
            tail: 0,
        }
    }

    /// How long the ring may stay when `captured` blocks are in play.
    #[inline]
    pub(crate) fn lead(captured: usize) -> u8 {
        if captured > LARGE { LEAD } else { 0 }
    }

    #[inline]
    pub(crate) fn len(&self) -> u8 {
        self.tail.wrapping_sub(self.head)
    }

    /// Adds a target and returns whether the ring is full now.
    #[inline]
    fn push(&mut self, target: BlockPtr<Local>) -> bool {
        self.entries[usize::from(self.tail & MASK)] = MaybeUninit::new(target);
        self.tail = self.tail.wrapping_add(1);
        (self.tail.wrapping_add(1) ^ self.head) & MASK == 0
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<BlockPtr<Local>> {
        self.pop_beyond(0)
    }

    /// Takes the oldest out if more than `lead` wait.
    #[inline]
    pub(crate) fn pop_beyond(&mut self, lead: u8) -> Option<BlockPtr<Local>> {
        (self.len() > lead).then(|| {
            let entry = self.entries[usize::from(self.head & MASK)];
            self.head = self.head.wrapping_add(1);
            // SAFETY: by *ring* the entry was written.
            unsafe { entry.assume_init() }
        })
    }
}
