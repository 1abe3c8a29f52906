//! Keeps the shared heap usable in a child process that `fork` makes while other threads use the
//! heap.
//!
//! The child has the memory of the parent and only the thread that called `fork`. A lock that
//! another thread held would never be released there. So the thread that forks takes every lock of
//! this heap before the process is copied, and releases them in both processes. The lists are then
//! consistent and no value is being read, except by the thread itself: it may fork in a `trace`,
//! where it has the collector's lock, and goes on in both processes.
//!
//! The order of the locks: collector, background thread, callbacks, registry, list of each thread,
//! policy, releases, kept handles. A thread that holds one of them only waits for later ones.
//!
//! Handlers are registered before the first use of any of these locks.
//!
//! Not `forbid(unsafe_code)` because the function of the system that registers them is called here.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::MutexGuard;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicUsize};

use super::callback::{self, Callbacks};
use super::collector::background::{self, Worker};
use super::collector::pacing::{self, Pacing};
use super::collector::turn::{self, Turn};
use super::raw::candidates::AllLists;
use super::raw::deferred::{self, Deferred};
use super::raw::{primitive, upgrades};

/// Every lock of the heap. The fields are dropped in their order, the reverse of that in which the
/// locks are taken.
struct AllLocks {
    _deferred: primitive::MutexGuard<'static, Deferred>,
    _releases: MutexGuard<'static, usize>,
    _pacing: primitive::MutexGuard<'static, Pacing>,
    lists: AllLists,
    _callbacks: MutexGuard<'static, Option<Callbacks>>,
    worker: MutexGuard<'static, Option<Worker>>,
    /// `None` if the thread had this lock before.
    _turn: Option<Turn>,
}

impl AllLocks {
    fn take() -> Self {
        let turn = (!turn::is_mine()).then(Turn::wait);
        let worker = background::lock_worker();
        let callbacks = callback::lock_callbacks();
        let lists = AllLists::lock();
        let pacing = pacing::lock_pacing();
        let releases = turn::lock_releases();
        let deferred = deferred::lock_all();
        Self {
            _deferred: deferred,
            _releases: releases,
            _pacing: pacing,
            lists,
            _callbacks: callbacks,
            worker,
            _turn: turn,
        }
    }
}

std::thread_local! {
    /// The locks, while this thread forks. Has no destructor, so a thread may fork until its very
    /// end.
    static HELD: Cell<Option<ManuallyDrop<AllLocks>>> = const { Cell::new(None) };
}

/// The handlers are registered.
static REGISTERED: AtomicBool = AtomicBool::new(false);

/// How many forks there were between the first process and this one.
static GENERATION: AtomicUsize = AtomicUsize::new(0);

/// Registers the handlers, unless that was done before. To be called before a lock of the heap is
/// taken.
#[inline]
pub(crate) fn register() {
    // Acquire: the handlers are registered before the caller takes a lock. Pairs with the Release
    // below.
    if !REGISTERED.load(Acquire) {
        register_now();
    }
}

/// Threads that come here at the same time register the handlers several times, which the handlers
/// allow. None of them waits for another one: in a child, that one might not exist.
#[cold]
#[inline(never)]
fn register_now() {
    // Without memory for that, the next use of a lock tries again.
    if on_fork(before, in_parent, in_child) {
        REGISTERED.store(true, Release);
    }
}

/// A number that changes if this process is a child of the one in which the caller read it before.
pub(crate) fn generation() -> usize {
    // Relaxed: written when the process has one thread, which has made all others.
    GENERATION.load(Relaxed)
}

extern "C" fn before() {
    let held = HELD.take().unwrap_or_else(|| ManuallyDrop::new(AllLocks::take()));
    HELD.set(Some(held));
}

extern "C" fn in_parent() {
    release();
}

extern "C" fn in_child() {
    let Some(mut held) = HELD.take() else { return };
    // Relaxed: as in `generation`.
    GENERATION.fetch_add(1, Relaxed);
    held.lists.end_other_threads();
    upgrades::forget_other_threads();
    pacing::reports::end_other_collections();
    background::lose_thread(&mut held.worker);
    HELD.set(Some(held));
    release();
}

/// Releases the locks, unless a handler that was registered twice has done so.
fn release() {
    if let Some(held) = HELD.take() {
        drop(ManuallyDrop::into_inner(held));
    }
}

type Handler = extern "C" fn();

/// Has the system call functions around each `fork`; false if it has no memory for that.
#[cfg(all(unix, not(target_family = "wasm"), not(miri), not(loom)))]
fn on_fork(before: Handler, in_parent: Handler, in_child: Handler) -> bool {
    use std::ffi::c_int;

    // POSIX gives this function the same type on each system.
    unsafe extern "C" {
        fn pthread_atfork(
            before: Option<Handler>,
            in_parent: Option<Handler>,
            in_child: Option<Handler>,
        ) -> c_int;
    }
    // SAFETY: the functions may be called at any time, on any thread, and do not unwind.
    unsafe { pthread_atfork(Some(before), Some(in_parent), Some(in_child)) == 0 }
}

/// There is no `fork` here.
#[cfg(not(all(unix, not(target_family = "wasm"), not(miri), not(loom))))]
fn on_fork(_: Handler, _: Handler, _: Handler) -> bool {
    true
}
