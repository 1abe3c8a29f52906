//! A child process that `fork` makes while other threads use the heaps. It reports by its exit
//! status, and an alarm ends it if it hangs.
#![cfg(all(unix, not(target_family = "wasm"), not(miri), not(loom)))]

mod bytes;

use std::cell::RefCell;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use recyc::sync::{self, Background, Gc};
use recyc::{Finalize, Trace, Tracer};

unsafe extern "C" {
    safe fn fork() -> i32;
    fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    safe fn alarm(seconds: u32) -> u32;
    safe fn _exit(status: i32) -> !;
}

/// The seconds after which the system ends a child that hangs, and the test fails.
const HANGS: u32 = 120;

/// The variable that names the test which has a process of its own.
const ALONE: &str = "RECYC_FORK";

/// Whether a test has the process for itself, where no thread of another test starts or ends. If
/// not, runs it in such a process.
///
/// A child cannot start threads if a thread of the parent was starting or ending: the standard
/// library has a lock for that.
fn is_alone(test: &str) -> bool {
    if env::var(ALONE).is_ok_and(|alone| alone == test) {
        return true;
    }
    let mut process = Command::new(env::current_exe().expect("the path of the tests"));
    let output = process
        .args(["--exact", test, "--nocapture"])
        .env(ALONE, test)
        .output()
        .expect("can be started");
    let text = [output.stdout, output.stderr]
        .map(|text| String::from_utf8_lossy(&text).into_owned())
        .concat();
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    false
}

/// Ends a child: with success if the closure returns.
fn exit_after(run: impl FnOnce()) -> ! {
    alarm(HANGS);
    _exit(i32::from(catch_unwind(AssertUnwindSafe(run)).is_err()))
}

/// Waits for a child and checks that it has succeeded.
fn expect_success(child: i32) {
    assert!(child > 0, "no child");
    let mut status = 0;
    // SAFETY: the pointer is that of a variable.
    assert_eq!(unsafe { waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0, "a child has failed (256) or was ended while it hung (14)");
}

/// Runs the closure in a child.
fn in_child(run: impl FnOnce()) {
    match fork() {
        0 => exit_after(run),
        child => expect_success(child),
    }
}

/// A number of this thread, which no other thread has. Starts at 1.
fn this_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    thread_local! {
        static NUMBER: usize = NEXT.fetch_add(1, SeqCst);
    }
    NUMBER.with(|number| *number)
}

/// How many values were dropped, and on which thread the last one. Without a lock, which another
/// thread could have at a fork.
#[derive(Clone, Default)]
struct Tally(Arc<(AtomicUsize, AtomicUsize)>);

impl Tally {
    fn dropped(&self) -> usize {
        self.0.0.load(SeqCst)
    }

    fn counted(&self) -> Leaf {
        Counted(self.clone()).into()
    }
}

/// Counts its end.
struct Counted(Tally);

type Leaf = recyc::Leaf<Counted>;

impl Drop for Counted {
    fn drop(&mut self) {
        let Tally(tally) = &self.0;
        tally.1.store(this_thread(), SeqCst);
        tally.0.fetch_add(1, SeqCst);
    }
}

#[derive(Trace)]
struct Ring {
    next: Mutex<Option<Gc<Ring>>>,
    counted: Leaf,
}

fn ring(tally: &Tally) -> Gc<Ring> {
    let ring = Gc::new(Ring { next: Mutex::default(), counted: tally.counted() });
    *ring.next.lock().unwrap() = Some(ring.clone());
    ring
}

fn rings(count: usize, tally: &Tally) {
    (0..count).for_each(|_| drop(ring(tally)));
}

/// Makes dead rings and collects them, with every other function of the module.
fn use_the_heap() {
    let tally = Tally::default();
    let paused = sync::pause();
    let callback = sync::on_collection(|_| ());
    rings(300, &tally);
    assert!(sync::collect().reclaimed >= 300);
    assert_eq!(tally.dropped(), 300);
    drop((callback, paused));
    assert!(sync::config() == recyc::Config::default() && sync::stats().full.collections > 0);
    sync::inspect::check();
}

fn use_the_heap_on_another_thread() {
    thread::spawn(use_the_heap).join().unwrap();
}

#[test]
fn a_child_of_busy_threads_allocates_and_collects() {
    if !is_alone("a_child_of_busy_threads_allocates_and_collects") {
        return;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let work = |collects: bool| {
        let stop = stop.clone();
        thread::spawn(move || {
            while !stop.load(SeqCst) {
                thread::spawn(|| rings(100, &Tally::default())).join().unwrap();
                rings(400, &Tally::default());
                if collects {
                    sync::collect();
                    _ = sync::stats();
                } else {
                    drop(Background::start().unwrap());
                }
            }
        })
    };
    let threads = [work(true), work(true), work(true), work(false)];
    for _ in 0..60 {
        in_child(|| {
            // No thread is started in this child. The standard library and the C library may hang
            // in that if a thread of the parent was starting at the fork.
            let _paused = sync::pause();
            use_the_heap();
            rings(5_000, &Tally::default());
            sync::collect();
        });
    }
    stop.store(true, SeqCst);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    use_the_heap();
}

#[test]
fn a_child_collects_what_threads_of_its_parent_dropped() {
    if !is_alone("a_child_collects_what_threads_of_its_parent_dropped") {
        return;
    }
    let tally = Tally::default();
    let shared = ring(&tally);
    let (dropped, end) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let thread = {
        let (shared, dropped, end) = (shared.clone(), dropped.clone(), end.clone());
        thread::spawn(move || {
            // The candidate is in the list of this thread.
            drop(shared);
            dropped.wait();
            end.wait();
        })
    };
    dropped.wait();
    let mut shared = Some(shared);
    in_child(|| {
        drop(shared.take());
        assert_eq!(sync::collect().reclaimed, 1);
        assert_eq!(tally.dropped(), 1);
        sync::inspect::check();
    });
    end.wait();
    thread.join().unwrap();
    drop(shared);
    sync::collect();
    assert_eq!(tally.dropped(), 1);
}

/// Makes garbage until a collection that `Gc::new` requested has destroyed some; returns on which
/// thread.
fn wait_for_automatic_collection() -> usize {
    let tally = Tally::default();
    while tally.dropped() == 0 {
        rings(1000, &tally);
        thread::yield_now();
    }
    tally.0.1.load(SeqCst)
}

#[test]
fn a_background_thread_starts_again_in_a_child() {
    if !is_alone("a_background_thread_starts_again_in_a_child") {
        return;
    }
    let mut background = Some(Background::start().unwrap());
    let of_parent = wait_for_automatic_collection();
    for _ in 0..5 {
        in_child(|| {
            let of_child = wait_for_automatic_collection();
            assert!(of_child != this_thread() && of_child != of_parent);
            use_the_heap();
            drop(background.take());
            assert_eq!(wait_for_automatic_collection(), this_thread());
        });
    }
    assert_eq!(wait_for_automatic_collection(), of_parent);
}

#[test]
fn a_background_may_be_dropped_in_a_child() {
    if !is_alone("a_background_may_be_dropped_in_a_child") {
        return;
    }
    let mut background = [Background::start().unwrap(), Background::start().unwrap()].map(Some);
    in_child(|| {
        drop(background[0].take());
        let again = Background::start().unwrap();
        drop(background[1].take());
        assert_ne!(wait_for_automatic_collection(), this_thread());
        drop(again);
        drop(Background::start().unwrap());
    });
    in_child(|| {
        drop(background.take_all());
        use_the_heap();
    });
}

/// Takes all values out of an array.
trait TakeAll<T> {
    fn take_all(&mut self) -> Vec<Option<T>>;
}

impl<T, const N: usize> TakeAll<T> for [Option<T>; N] {
    fn take_all(&mut self) -> Vec<Option<T>> {
        self.iter_mut().map(Option::take).collect()
    }
}

/// Where a value forks.
#[derive(Clone, Copy, PartialEq)]
enum At {
    Trace,
    Finalizer,
    Destructor,
}

/// Forks once in a function that the collector calls. The result is that of `fork`.
struct Forking {
    at: At,
    result: &'static AtomicI32,
    tally: Tally,
}

const NOT_YET: i32 = -2;

impl Forking {
    fn fork_if(&self, at: At) {
        if self.at == at && self.result.load(SeqCst) == NOT_YET {
            let result = fork();
            if result == 0 {
                alarm(HANGS);
            }
            self.result.store(result, SeqCst);
            // In both processes: in the middle of a collection, or without its lock.
            let value = Gc::new(5);
            drop(value.clone());
            rings(10, &self.tally);
            if at != At::Trace {
                assert!(sync::collect().nested);
                _ = sync::stats();
            }
        }
    }
}

impl Drop for Forking {
    fn drop(&mut self) {
        self.fork_if(At::Destructor);
    }
}

// SAFETY: there are no handles.
unsafe impl Trace for Forking {
    fn trace(&self, _: &mut Tracer<'_>) {
        self.fork_if(At::Trace);
    }
}

#[derive(Trace)]
#[trace(finalize)]
struct Forks {
    me: Mutex<Option<Gc<Forks>>>,
    forking: Forking,
    counted: Leaf,
}

impl Finalize for Forks {
    fn finalize(&self) {
        self.forking.fork_if(At::Finalizer);
    }
}

/// Collects a value that forks while it is collected, with other garbage; the child ends here.
fn fork_while_collecting(at: At, result: &'static AtomicI32, collect: impl FnOnce()) {
    let tally = Tally::default();
    let forking = Forking { at, result, tally: tally.clone() };
    let value = Gc::new(Forks { me: Mutex::default(), forking, counted: tally.counted() });
    *value.me.lock().unwrap() = Some(value.clone());
    drop(value);
    rings(100, &tally);
    let check = || {
        collect();
        // With the garbage that was made in the middle.
        sync::collect();
        assert_eq!(tally.dropped(), 111);
        use_the_heap();
    };
    let checked = catch_unwind(AssertUnwindSafe(check));
    match result.load(SeqCst) {
        0 => exit_after(|| assert!(checked.is_ok())),
        child => {
            assert!(checked.is_ok());
            expect_success(child);
        }
    }
}

/// With a thread that takes the locks at the same time. It collects nothing: that would be lost in
/// the child.
fn beside_a_busy_thread(run: impl FnOnce()) {
    let _paused = sync::pause();
    let stop = Arc::new(AtomicBool::new(false));
    let seen = stop.clone();
    let busy = thread::spawn(move || {
        while !seen.load(SeqCst) {
            rings(100, &Tally::default());
            _ = sync::stats();
        }
    });
    run();
    stop.store(true, SeqCst);
    busy.join().unwrap();
}

#[test]
fn a_destructor_that_a_collection_runs_may_fork() {
    static RESULT: AtomicI32 = AtomicI32::new(NOT_YET);
    if !is_alone("a_destructor_that_a_collection_runs_may_fork") {
        return;
    }
    beside_a_busy_thread(|| fork_while_collecting(At::Destructor, &RESULT, || _ = sync::collect()));
}

#[test]
fn a_finalizer_that_a_collection_runs_may_fork() {
    static RESULT: AtomicI32 = AtomicI32::new(NOT_YET);
    if !is_alone("a_finalizer_that_a_collection_runs_may_fork") {
        return;
    }
    beside_a_busy_thread(|| fork_while_collecting(At::Finalizer, &RESULT, || _ = sync::collect()));
}

#[test]
fn a_trace_may_fork() {
    static RESULT: AtomicI32 = AtomicI32::new(NOT_YET);
    if !is_alone("a_trace_may_fork") {
        return;
    }
    beside_a_busy_thread(|| fork_while_collecting(At::Trace, &RESULT, || _ = sync::collect()));
}

/// Forks on the background thread, and ends the child there.
struct ForksAndExits;

static CHILD: AtomicI32 = AtomicI32::new(NOT_YET);
static SHARED: Mutex<Option<Background>> = Mutex::new(None);

impl Drop for ForksAndExits {
    fn drop(&mut self) {
        match fork() {
            0 => exit_after(|| {
                // The collection of this thread goes on, so its own do nothing; those of another
                // thread do.
                assert!(sync::collect().nested);
                use_the_heap_on_another_thread();
                let before = this_thread();
                assert_ne!(thread::spawn(wait_for_automatic_collection).join().unwrap(), before);
                drop(SHARED.lock().unwrap().take());
                use_the_heap_on_another_thread();
            }),
            child => CHILD.store(child, SeqCst),
        }
    }
}

#[test]
fn a_destructor_on_the_background_thread_may_fork() {
    #[derive(Trace)]
    struct Value(Mutex<Option<Gc<Value>>>, recyc::Leaf<ForksAndExits>);

    if !is_alone("a_destructor_on_the_background_thread_may_fork") {
        return;
    }
    *SHARED.lock().unwrap() = Some(Background::start().unwrap());
    let value = Gc::new(Value(Mutex::default(), ForksAndExits.into()));
    *value.0.lock().unwrap() = Some(value.clone());
    drop(value);
    while CHILD.load(SeqCst) == NOT_YET {
        rings(1000, &Tally::default());
        thread::yield_now();
    }
    expect_success(CHILD.load(SeqCst));
    drop(SHARED.lock().unwrap().take());
}

/// The local heap has no locks: a child has the heap of the thread that forked.
#[test]
fn a_local_heap_goes_on_in_a_child() {
    #[derive(Trace)]
    struct Local {
        me: recyc::GcCell<Option<recyc::Gc<Local>>>,
        forks: Option<recyc::Leaf<ForksLocally>>,
        counted: Leaf,
    }

    thread_local! { static RESULT: RefCell<Option<i32>> = const { RefCell::new(None) }; }

    struct ForksLocally;

    impl Drop for ForksLocally {
        fn drop(&mut self) {
            RESULT.set(Some(fork()));
        }
    }

    let tally = Tally::default();
    let local = |forks: bool| {
        let forks = forks.then(|| ForksLocally.into());
        let local = recyc::Gc::new(Local { me: None.into(), forks, counted: tally.counted() });
        local.me.set(Some(local.clone()));
    };

    if !is_alone("a_local_heap_goes_on_in_a_child") {
        return;
    }
    (0..50).for_each(|_| local(false));
    local(true);
    (0..50).for_each(|_| local(false));
    let check = || {
        assert_eq!(recyc::collect().reclaimed, 101);
        (0..10).for_each(|_| local(false));
        assert_eq!(recyc::collect().reclaimed, 10);
        assert_eq!((tally.dropped(), recyc::stats().live), (111, 0));
    };
    let checked = catch_unwind(AssertUnwindSafe(check));
    match RESULT.take().expect("the destructor has forked") {
        0 => exit_after(|| assert!(checked.is_ok())),
        child => {
            assert!(checked.is_ok());
            expect_success(child);
        }
    }
}
