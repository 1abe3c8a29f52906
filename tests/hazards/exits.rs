//! However a thread or the process ends, no memory is used after it was freed and no destructor of
//! a thread-local panics.
//!
//! Thread-locals are destroyed in the reverse of the order in which they were first used, so each
//! test says whether it uses its own before or after the crate has its first candidate.

use std::cell::RefCell;
use std::env;
use std::process::{Command, Output, exit};
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};
use std::thread;

use recyc::{Config, Finalize, Gc, GcCell, Leaf, Trace, Weak};

/// Counts in a static, because the thread that counts ends.
#[derive(Default)]
struct Tally {
    finalized: AtomicUsize,
    dropped: AtomicUsize,
}

impl Tally {
    /// Returns a tally that is never freed and that leak checkers can reach.
    fn leaked() -> &'static Self {
        static ALL: Mutex<Vec<&Tally>> = Mutex::new(Vec::new());
        let tally = Box::leak(Box::default());
        ALL.lock().expect("no panic happens under the lock").push(tally);
        tally
    }

    fn counts(&self) -> (usize, usize) {
        (self.finalized.load(Relaxed), self.dropped.load(Relaxed))
    }
}

type Act = fn();

struct Counted(&'static Tally, Act);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Relaxed);
        (self.1)();
    }
}

#[derive(Trace)]
#[trace(finalize)]
struct Node {
    next: GcCell<Option<Gc<Node>>>,
    on_finalize: Act,
    counted: Leaf<Counted>,
}

impl Finalize for Node {
    fn finalize(&self) {
        self.counted.0.0.finalized.fetch_add(1, Relaxed);
        (self.on_finalize)();
    }
}

fn node(tally: &'static Tally, on_finalize: Act, at_end: Act) -> Gc<Node> {
    Gc::new(Node { next: GcCell::default(), on_finalize, counted: Leaf(Counted(tally, at_end)) })
}

fn knot(tally: &'static Tally, on_finalize: Act, at_end: Act) -> Gc<Node> {
    let one = node(tally, on_finalize, at_end);
    one.next.set(Some(one.clone()));
    one
}

fn nothing() {}

thread_local! {
    static HELD: RefCell<Vec<Gc<Node>>> = const { RefCell::new(Vec::new()) };
    static WEAK: RefCell<Weak<Node>> = const { RefCell::new(Weak::new()) };
}

/// Runs a thread to its end.
fn thread_that(act: impl FnOnce() + Send + 'static) {
    thread::spawn(act).join().expect("the thread ends well");
}

/// Makes this thread's first candidate.
fn prepare() {
    drop(knot(Tally::leaked(), nothing, nothing));
    recyc::collect();
}

/// Keeps what is leaked on purpose in sight of leak checkers.
fn admit_leak(one: &Gc<Node>) {
    static ADMITTED: Mutex<Vec<AtomicPtr<Node>>> = Mutex::new(Vec::new());
    let mut admitted = ADMITTED.lock().expect("no panic happens under the lock");
    admitted.push(AtomicPtr::new(Gc::as_ptr(one).cast_mut()));
}

#[test]
fn garbage_is_finalized_and_destroyed_at_the_end_of_its_thread() {
    let tally = Tally::leaked();
    thread_that(|| (0..10).for_each(|_| drop(knot(tally, nothing, nothing))));
    assert_eq!(tally.counts(), (10, 10));
}

/// Garbage is left alone at the end of its thread if that is configured.
#[test]
fn garbage_stays_at_the_end_of_a_thread_if_configured() {
    let tally = Tally::leaked();
    thread_that(|| {
        recyc::configure(Config::default().with_collect_on_thread_exit(false)).expect("valid");
        let one = knot(tally, nothing, nothing);
        admit_leak(&one);
    });
    assert_eq!(tally.counts(), (0, 0));
}

/// The values of a thread-local die by counting before and after the last collection.
#[test]
fn a_thread_local_drops_its_values_before_and_after_the_end() {
    for before in [true, false] {
        let tally = Tally::leaked();
        thread_that(move || {
            if before {
                prepare();
            }
            HELD.with_borrow_mut(|held| held.push(node(tally, nothing, nothing)));
            if !before {
                prepare();
            }
            HELD.with_borrow_mut(|held| {
                held[0].next.set(Some(node(tally, nothing, nothing)));
                let again = held[0].clone();
                held.push(again);
            });
        });
        assert_eq!(tally.counts(), (2, 2));
    }
}

/// A cycle that a thread-local drops before the last collection is collected.
#[test]
fn a_cycle_given_up_before_the_last_collection_is_collected() {
    let tally = Tally::leaked();
    thread_that(|| {
        prepare();
        HELD.with_borrow_mut(|held| held.push(knot(tally, nothing, nothing)));
    });
    assert_eq!(tally.counts(), (1, 1));
}

/// A cycle that a thread-local drops after the last collection is leaked whole.
#[test]
fn a_cycle_given_up_after_the_last_collection_is_leaked_whole() {
    let tally = Tally::leaked();
    thread_that(|| {
        HELD.with_borrow(|held| assert!(held.is_empty()));
        prepare();
        let one = knot(tally, nothing, nothing);
        admit_leak(&one);
        HELD.with_borrow_mut(|held| held.push(one));
    });
    assert_eq!(tally.counts(), (0, 0));
}

#[test]
fn a_weak_in_a_thread_local_may_outlive_the_last_collection() {
    for before in [true, false] {
        let tally = Tally::leaked();
        thread_that(move || {
            if before {
                prepare();
            }
            WEAK.with_borrow(|weak| assert!(weak.upgrade().is_none()));
            let one = knot(tally, nothing, nothing);
            WEAK.set(Gc::downgrade(&one));
        });
        assert_eq!(tally.counts(), (1, 1));
    }
}

#[test]
fn destructors_after_the_last_collection_may_use_the_crate() {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    fn use_it() {
        let one = Gc::new(7);
        drop(one.clone());
        assert!(Gc::downgrade(&one).upgrade().is_some());
        let report = recyc::collect();
        assert!(!report.nested);
        recyc::collect_young();
        recyc::freeze();
        recyc::unfreeze();
        let callback = recyc::on_collection(|_| ());
        recyc::configure(Config::default()).expect("valid");
        recyc::inspect::check();
        drop(callback);
        SEEN.fetch_add(recyc::stats().live, Relaxed);
    }
    let tally = Tally::leaked();
    thread_that(move || {
        HELD.with_borrow_mut(|held| held.push(node(tally, use_it, use_it)));
        prepare();
    });
    assert_eq!(tally.counts(), (1, 1));
    assert!(SEEN.load(Relaxed) > 0);
}

#[test]
fn panics_at_the_end_of_a_thread_do_not_abort_or_keep_values() {
    fn panics() {
        panic!("at the end of the thread");
    }
    let tally = Tally::leaked();
    thread_that(|| {
        drop(knot(tally, panics, nothing));
        drop(knot(tally, nothing, panics));
        drop(knot(tally, nothing, nothing));
    });
    assert_eq!(tally.counts(), (3, 3));
}

#[test]
fn garbage_that_the_last_destructors_make_is_collected_as_well() {
    static LATER: Tally = Tally { finalized: AtomicUsize::new(0), dropped: AtomicUsize::new(0) };
    fn more() {
        drop(knot(&LATER, nothing, nothing));
    }
    let tally = Tally::leaked();
    thread_that(|| drop(knot(tally, more, more)));
    assert_eq!((tally.counts(), LATER.counts()), ((1, 1), (2, 2)));
}

#[test]
fn garbage_that_never_ends_does_not_keep_a_thread_from_ending() {
    fn for_ever() {
        let one = knot(Tally::leaked(), nothing, for_ever);
        admit_leak(&one);
    }
    let tally = Tally::leaked();
    thread_that(|| drop(knot(tally, nothing, for_ever)));
    assert_eq!(tally.counts(), (1, 1));
}

/// A leaked value may be read by another thread after its own has ended.
#[test]
fn a_leaked_value_may_be_read_after_its_thread_has_ended() {
    static TEXT: Mutex<Option<&'static String>> = Mutex::new(None);
    thread_that(|| {
        prepare();
        let leaked = Gc::into_raw(Gc::new(String::from("leaked")));
        // SAFETY: the count is never given back.
        TEXT.lock().expect("no panic happens under the lock").replace(unsafe { &*leaked });
    });
    thread_that(|| {
        assert_eq!(TEXT.lock().expect("no panic happens under the lock").expect("set"), "leaked")
    });
}

/// A frozen cycle that lives at the end of the thread is left in order.
#[test]
fn a_frozen_cycle_at_the_end_of_the_thread_stays_in_order() {
    let tally = Tally::leaked();
    thread_that(|| {
        HELD.with_borrow(|held| assert!(held.is_empty()));
        let one = knot(tally, nothing, nothing);
        drop(one.clone());
        recyc::freeze();
        // Given up after the last collection, and taken apart then: the block must not be in any
        // set any more.
        HELD.with_borrow_mut(|held| held.push(one.clone()));
        one.next.set(None);
    });
    assert_eq!(tally.counts(), (1, 1));
}

#[test]
fn frozen_garbage_is_leaked_whole_at_the_end_of_its_thread() {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    struct Later(Weak<Node>);
    impl Drop for Later {
        fn drop(&mut self) {
            let one = self.0.upgrade().expect("it has not been destroyed yet");
            let next = one.next.take().expect("it is whole");
            one.next.set(Some(next));
            SEEN.store(Gc::strong_count(&one), Relaxed);
        }
    }
    thread_local!(static LATER: RefCell<Option<Later>> = const { RefCell::new(None) });
    let tally = Tally::leaked();
    thread_that(|| {
        // Its destructor runs after the last collection.
        LATER.with_borrow(|later| assert!(later.is_none()));
        prepare();
        let one = knot(tally, nothing, nothing);
        admit_leak(&one);
        LATER.set(Some(Later(Gc::downgrade(&one))));
        drop(one);
        recyc::freeze();
        assert_eq!((recyc::frozen_count(), recyc::collect().reclaimed), (1, 0));
    });
    assert_eq!((tally.counts(), SEEN.load(Relaxed)), ((0, 0), 2));
}

/// The variable with the name of the part that a process runs.
const PART: &str = "RECYC_PART";

/// Runs the test of this name in a process of its own, on that process's main thread, to play its
/// part.
fn play(name: &str) -> Output {
    let this = env::current_exe().expect("the path of the tests");
    let mut process = Command::new(this);
    process.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(PART, name);
    // What a process leaves behind when it ends in the middle of something is not a leak.
    process.env("ASAN_OPTIONS", "detect_leaks=0");
    process.output().expect("a process can be started")
}

fn plays(name: &str) -> bool {
    env::var(PART).is_ok_and(|part| part == name)
}

fn say_end() {
    eprintln!("destroyed");
}

fn exit_well() {
    eprintln!("exits");
    exit(0);
}

/// Holds something in a thread-local on either side of the crate's own state, then lets the process
/// end in `act`.
fn exits_in(name: &str, act: fn()) {
    if plays(name) {
        let tally = Tally::leaked();
        HELD.with_borrow_mut(|held| held.push(knot(tally, nothing, nothing)));
        prepare();
        WEAK.set(HELD.with_borrow(|held| Gc::downgrade(&held[0])));
        drop(HELD.with_borrow(|held| held[0].clone()));
        act();
        unreachable!("the process has ended");
    }
    let output = play(name);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("exits") && !said.contains("panicked"),
        "{said}"
    );
}

#[test]
#[cfg_attr(miri, ignore = "starts a process, which Miri cannot")]
fn the_process_may_exit_inside_a_finalizer() {
    exits_in("hazards::exits::the_process_may_exit_inside_a_finalizer", || {
        drop(knot(Tally::leaked(), exit_well, nothing));
        recyc::collect();
    });
}

#[test]
#[cfg_attr(miri, ignore = "starts a process, which Miri cannot")]
fn the_process_may_exit_inside_a_destructor_of_a_collection() {
    exits_in("hazards::exits::the_process_may_exit_inside_a_destructor_of_a_collection", || {
        drop(knot(Tally::leaked(), nothing, exit_well));
        drop(knot(Tally::leaked(), nothing, exit_well));
        recyc::collect();
    });
}

#[test]
#[cfg_attr(miri, ignore = "starts a process, which Miri cannot")]
fn the_process_may_exit_inside_a_counted_death() {
    exits_in("hazards::exits::the_process_may_exit_inside_a_counted_death", || {
        let one = node(Tally::leaked(), nothing, exit_well);
        one.next.set(Some(node(Tally::leaked(), nothing, nothing)));
        drop(one);
    });
}

#[test]
#[cfg_attr(miri, ignore = "starts a process, which Miri cannot")]
fn the_process_may_exit_inside_a_callback() {
    exits_in("hazards::exits::the_process_may_exit_inside_a_callback", || {
        let _callback = recyc::on_collection(|_| exit_well());
        recyc::collect();
    });
}

#[test]
#[cfg_attr(miri, ignore = "starts a process, which Miri cannot")]
fn the_end_of_main_collects_what_is_left_on_its_thread() {
    const NAME: &str = "hazards::exits::the_end_of_main_collects_what_is_left_on_its_thread";
    if plays(NAME) {
        drop(knot(Tally::leaked(), nothing, say_end));
        return;
    }
    let output = play(NAME);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    // Other systems may end the process without the destructors of the main thread's thread-locals.
    if cfg!(target_os = "linux") {
        assert!(said.contains("destroyed"), "{said}");
    }
}
