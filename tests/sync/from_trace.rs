//! What a `trace` may call, and which values are traced.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use recyc::sync::{self, Gc, collect, inspect};
use recyc::{Depth, Disposer, Promise, Shape, Trace, Tracer};

use super::model::alone;

/// Calls a function in each `trace`, and records the message of its panic.
struct Caller {
    call: fn(),
    messages: Arc<Mutex<Vec<Option<String>>>>,
}

// SAFETY: it owns no handle, and reports none.
unsafe impl Trace for Caller {
    fn trace(&self, _: &mut Tracer<'_>) {
        let panic = catch_unwind(AssertUnwindSafe(self.call)).err();
        let message = panic.map(|payload| {
            payload.downcast_ref::<&str>().map_or_else(String::new, ToString::to_string)
        });
        self.messages.lock().unwrap().push(message);
    }

    unsafe fn dispose(&mut self, _: &Disposer) {}

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}

/// The panic messages of a function that a `trace` calls in a collection.
fn called_in_trace(call: fn()) -> Vec<Option<String>> {
    let messages = Arc::default();
    let caller = Gc::new(Caller { call, messages: Arc::clone(&messages) });
    drop(caller.clone());
    collect();
    inspect::check_reachable(&caller);
    drop(caller);
    let messages = messages.lock().unwrap();
    messages.clone()
}

/// Runs `test` on another thread. Ends the process if it takes longer than `LIMIT`: a thread that
/// waits for its own collection keeps the collector's lock, so the other tests would wait, too.
fn within_limit(test: impl FnOnce() + Send + 'static) {
    const LIMIT: Duration = Duration::from_secs(if cfg!(miri) { 3_600 } else { 60 });
    let (ended, has_ended) = channel::<()>();
    let thread = thread::spawn(move || {
        let _ended = ended;
        test();
    });
    if has_ended.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
        eprintln!("a call in a `trace` waits for its own collection");
        std::process::exit(101);
    }
    thread.join().expect("the calls in a `trace` end as they should");
}

#[test]
fn what_waits_for_a_collection_panics_in_a_trace() {
    let _turn = alone();
    within_limit(each_call_panics);
}

fn each_call_panics() {
    let calls: [fn(); 6] = [
        || _ = sync::stats(),
        sync::freeze,
        sync::unfreeze,
        || _ = sync::frozen_count(),
        || _ = inspect::candidates(),
        inspect::check,
    ];
    for (at, call) in calls.into_iter().enumerate() {
        let messages = called_in_trace(call);
        let is_clear = |message: &Option<String>| {
            message.as_ref().is_some_and(|text| text.contains("`trace` called"))
        };
        assert!(messages.len() >= 2 && messages.iter().all(is_clear), "call {at}: {messages:?}");
    }
    assert_eq!(sync::frozen_count(), 0);
}

#[test]
fn a_collection_in_a_trace_does_nothing() {
    let _turn = alone();
    let calls: [fn(); 3] = [
        || assert!(collect().nested),
        || assert!(sync::collect_young().nested),
        || assert_eq!(inspect::check_reachable(&()), 0),
    ];
    for call in calls {
        let messages = called_in_trace(call);
        assert!(messages.len() >= 2 && messages.iter().all(Option::is_none), "{messages:?}");
    }
}

/// Reports itself as a leaf, and counts the calls of `trace`.
struct CountingLeaf(Arc<AtomicUsize>);

// SAFETY: it owns no handle, so it is a leaf.
unsafe impl Trace for CountingLeaf {
    fn trace(&self, _: &mut Tracer<'_>) {
        self.0.fetch_add(1, SeqCst);
    }

    unsafe fn dispose(&mut self, _: &Disposer) {}

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::LEAF
    }
}

/// A block of a `MaybeUninit` is a leaf whose type may change at any time.
#[test]
fn check_reachable_finds_leaves_and_does_not_trace_them() {
    let _turn = alone();
    let traces = Arc::new(AtomicUsize::new(0));
    let owner = Gc::new(Mutex::new(vec![Gc::new(CountingLeaf(traces.clone()))]));
    assert_eq!(inspect::check_reachable(&owner), 2);
    assert_eq!(traces.load(SeqCst), 0);
}
