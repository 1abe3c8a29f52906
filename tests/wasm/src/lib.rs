//! Tests that `run.mjs` calls one by one: `wasm32-unknown-unknown` has no clock, no threads and no
//! unwinding.

use std::cell::{Cell, RefCell};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use recyc::{Finalize, Gc, GcCell, Trace, sync};

/// The names and the functions, in the order in which they run.
const TESTS: &[(&str, fn())] = &[
    ("the_first_local_collection_needs_no_clock", the_first_local_collection_needs_no_clock),
    ("the_first_shared_collection_needs_no_clock", the_first_shared_collection_needs_no_clock),
    ("gc_new_collects_by_itself_in_both_heaps", gc_new_collects_by_itself_in_both_heaps),
    ("finalizers_and_callbacks_run", finalizers_and_callbacks_run),
    ("background_reports_that_there_is_no_thread", background_reports_that_there_is_no_thread),
];

const HAS_CLOCK: bool = cfg!(target_os = "wasi");

#[derive(Trace)]
struct Local(GcCell<Option<Gc<Local>>>);

fn local_cycle() {
    let value = Gc::new(Local(GcCell::new(None)));
    value.0.set(Some(value.clone()));
}

#[derive(Trace)]
struct Shared(OnceLock<sync::Gc<Shared>>);

fn shared_cycle() {
    let value = sync::Gc::new(Shared(OnceLock::new()));
    assert!(value.0.set(value.clone()).is_ok());
}

fn the_first_local_collection_needs_no_clock() {
    local_cycle();
    let report = recyc::collect();
    assert_eq!(report.reclaimed, 1);
    assert!(HAS_CLOCK || report.elapsed == Duration::ZERO);
    local_cycle();
    assert_eq!(recyc::collect_young().reclaimed, 1);
    assert_eq!(recyc::stats().live, 0);
}

fn the_first_shared_collection_needs_no_clock() {
    shared_cycle();
    let report = sync::collect();
    assert_eq!(report.reclaimed, 1);
    assert!(HAS_CLOCK || report.elapsed == Duration::ZERO);
    shared_cycle();
    assert_eq!(sync::collect_young().reclaimed, 1);
    assert_eq!(sync::stats().live, 0);
}

fn gc_new_collects_by_itself_in_both_heaps() {
    let before = recyc::stats().young.collections;
    (0..100_000).for_each(|_| local_cycle());
    assert!(recyc::stats().young.collections > before);
    assert!(recyc::stats().live < 100_000);
    (0..100_000).for_each(|_| shared_cycle());
    assert!(sync::stats().live < 100_000);
    recyc::collect();
    sync::collect();
    assert_eq!(recyc::stats().live + sync::stats().live, 0);
}

thread_local! {
    static FINALIZED: Cell<u32> = const { Cell::new(0) };
    static EVENTS: RefCell<Vec<bool>> = const { RefCell::new(Vec::new()) };
}

#[derive(Trace)]
#[trace(finalize)]
struct Finalized(Mutex<Option<sync::Gc<Finalized>>>, GcCell<Option<Gc<Finalized>>>);

impl Finalize for Finalized {
    fn finalize(&self) {
        FINALIZED.set(FINALIZED.get() + 1);
    }
}

fn finalizers_and_callbacks_run() {
    let callback = recyc::on_collection(|event| {
        EVENTS.with_borrow_mut(|events| events.push(matches!(event, recyc::Event::Stop { .. })));
    });
    let value = Gc::new(Finalized(Mutex::new(None), GcCell::new(None)));
    value.1.set(Some(value.clone()));
    drop(value);
    assert_eq!(recyc::collect().reclaimed, 1);
    assert_eq!(FINALIZED.get(), 1);
    drop(callback);
    assert_eq!(EVENTS.take(), [false, true]);
}

fn background_reports_that_there_is_no_thread() {
    assert!(sync::Background::start().is_err());
    shared_cycle();
    assert_eq!(sync::collect().reclaimed, 1);
}

static MESSAGE: Mutex<String> = Mutex::new(String::new());

/// Prepares the message of a panic, which ends the program here; returns how many tests there are.
#[unsafe(no_mangle)]
pub extern "C" fn prepare() -> usize {
    std::panic::set_hook(Box::new(|info| *MESSAGE.lock().expect("a free lock") = info.to_string()));
    TESTS.len()
}

#[unsafe(no_mangle)]
pub extern "C" fn run(test: usize) {
    TESTS[test].1();
}

#[unsafe(no_mangle)]
pub extern "C" fn name(test: usize) -> *const u8 {
    TESTS[test].0.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn name_len(test: usize) -> usize {
    TESTS[test].0.len()
}

#[unsafe(no_mangle)]
pub extern "C" fn message() -> *const u8 {
    MESSAGE.lock().expect("a free lock").as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn message_len() -> usize {
    MESSAGE.lock().expect("a free lock").len()
}
