//! Collections of the shared heap without memory. They keep their lists, so each attempt is a
//! process of its own.

use std::env;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::thread;

use failing_allocator::{LEFT, ONCE, with_memory_for};
use recyc::sync::{self, Gc, collect};
use recyc::{Config, Depth, Disposer, Finalize, Leaf, Promise, Shape, Trace, Tracer};

#[path = "support/failing_allocator.rs"]
mod failing_allocator;

static GONE: AtomicUsize = AtomicUsize::new(0);
static FINALIZED: AtomicUsize = AtomicUsize::new(0);
/// The values that finalizers save, as long as there is room.
static SAVED: Mutex<Vec<Gc<Session>>> = Mutex::new(Vec::new());

#[derive(Default)]
struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        GONE.fetch_add(1, SeqCst);
    }
}

#[derive(Trace, Default)]
struct Node {
    edges: Mutex<Vec<Gc<Node>>>,
    next: OnceLock<Gc<Node>>,
    #[trace(skip)]
    _counted: Counted,
}

#[derive(Trace, Default)]
#[trace(finalize)]
struct Session {
    peer: Mutex<Option<Gc<Session>>>,
    node: Mutex<Option<Gc<Node>>>,
    #[trace(skip)]
    _counted: Counted,
}

impl Finalize for Session {
    fn finalize(&self) {
        let peer = self.peer.lock().unwrap().clone().expect("nothing is destroyed yet");
        FINALIZED.fetch_add(1, SeqCst);
        let mut saved = SAVED.lock().unwrap();
        if saved.len() < saved.capacity() {
            saved.push(peer);
        }
    }
}

/// A ring of nodes, each of which has a handle to `outside` as well; the first.
fn ring(size: usize, outside: &Gc<Node>) -> Gc<Node> {
    let nodes: Vec<Gc<Node>> = (0..size).map(|_| Gc::default()).collect();
    for (at, node) in nodes.iter().enumerate() {
        assert!(node.next.set(nodes[(at + 1) % size].clone()).is_ok());
        node.edges.lock().unwrap().push(outside.clone());
    }
    nodes[0].clone()
}

const CALLS: &str = "RECYC_CALLS";

/// Plays a scene with memory for 0, 1, 2… calls, until that is enough; the scene returns how many
/// have failed.
fn with_little_memory(name: &str, scene: fn(usize) -> usize) {
    if let Ok(calls) = env::var(CALLS) {
        let failed = scene(calls.parse().unwrap());
        return println!("failed: [{failed}]");
    }
    let play = |once, calls: usize, needed: usize| {
        let mut process = Command::new(env::current_exe().unwrap());
        process.args(["--exact", name, "--nocapture"]).env(CALLS, calls.to_string());
        let output = process
            .env("RECYC_ONCE", once)
            .env("RECYC_NEEDED", needed.to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{calls}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(said.contains("failed: ["), "there is no test {name}");
        said
    };
    let said = play("no", 1_000_000, 0);
    let number = said.split_once("needed: [").and_then(|(_, rest)| rest.split_once(']'));
    let all = number.map_or(0, |(number, _)| number.parse().unwrap());
    for once in ["no", "yes"] {
        let has_failed = |&calls: &usize| !play(once, calls, all).contains("failed: [0]");
        let needed = (0..).take_while(has_failed).count();
        println!("{name} needs {needed} calls");
        assert!(needed > 0);
    }
}

/// Runs a collection with memory for `calls` calls to the allocator.
fn collect_with(calls: usize) -> (usize, recyc::CollectionReport) {
    ONCE.set(env::var("RECYC_ONCE").is_ok_and(|once| once == "yes"));
    let (failed, (report, left)) = with_memory_for(calls, || (collect(), LEFT.get()));
    println!("needed: [{}]", calls - left.unwrap_or(0));
    assert!(failed > 0 || !report.abandoned);
    (failed, report)
}

/// How many calls the collection needs.
fn needed() -> usize {
    env::var("RECYC_NEEDED").map_or(0, |needed| needed.parse().unwrap())
}

#[test]
fn a_collection_without_memory_loses_nothing() {
    with_little_memory("a_collection_without_memory_loses_nothing", |calls| {
        sync::configure(Config::default().with_automatic(false)).unwrap();
        let outside = Gc::<Node>::default();
        let live = ring(40, &outside);
        // What fits into a window, many in one, and what is too large.
        let sizes = [500, 3, 3, 3, 1, 1, 3000];
        sizes.iter().for_each(|&size| drop(ring(size, &outside)));
        let dead: usize = sizes.iter().sum();
        drop(live.clone());
        let (failed, first) = collect_with(calls);
        assert_eq!(GONE.load(SeqCst), first.reclaimed);
        assert!(first.reclaimed == dead || first.abandoned);
        collect();
        assert_eq!(GONE.load(SeqCst), dead);
        let expected = 1 + 40;
        let handles = Gc::strong_count(&outside);
        // Handles that dead values own are leaked if there is no memory to record them. The last
        // calls reach this case.
        let noted = ONCE.get() && calls + 20 < needed();
        assert!(
            handles == expected || !noted && failed > 0 && handles > expected,
            "{handles} handles"
        );
        for _ in expected..handles {
            // SAFETY: the handles that are leaked are never dropped otherwise.
            unsafe { Gc::decrement_strong_count(Gc::as_ptr(&outside)) };
        }
        assert_eq!(live.next.get().unwrap().edges.lock().unwrap().len(), 1);
        drop(live);
        assert_eq!(collect().reclaimed, 40);
        failed
    });
}

/// Nodes that lead to themselves.
fn loops(count: usize) -> Vec<Gc<Node>> {
    let looped = || {
        let node = Gc::<Node>::default();
        assert!(node.next.set(node.clone()).is_ok());
        node
    };
    (0..count).map(|_| looped()).collect()
}

/// The limit is below, at, and above the number of candidates. The entries that a step has taken
/// go back into the list of young candidates, whether the step was given up or not.
#[test]
fn a_limited_step_without_memory_loses_no_candidate() {
    with_little_memory("a_limited_step_without_memory_loses_no_candidate", |calls| {
        sync::configure(Config::default().with_automatic(false)).unwrap();
        let mut failed = 0;
        for limit in [20, 120, 2_000] {
            let before = GONE.load(SeqCst);
            let live = loops(60);
            live.iter().for_each(|one| drop(one.clone()));
            drop(loops(60));
            let step = || (sync::collect_step(NonZeroUsize::new(limit).unwrap()), LEFT.get());
            ONCE.set(env::var("RECYC_ONCE").is_ok_and(|once| once == "yes"));
            let (refused, (report, left)) = with_memory_for(calls, step);
            println!("needed: [{}]", calls - left.unwrap_or(0));
            failed += refused;
            assert_eq!(GONE.load(SeqCst) - before, report.reclaimed);
            collect();
            assert_eq!(GONE.load(SeqCst) - before, 60);
            drop(live);
            collect();
            assert_eq!(GONE.load(SeqCst) - before, 120);
        }
        failed
    });
}

const IN_A_PAIR: usize = 2 + 2 + 1 + 10;

/// Fifty pairs that are dead, each with two nodes on a ring, what those lead to, and some that are
/// no candidates.
fn pairs() {
    for _ in 0..50 {
        let (one, other) = (Gc::<Session>::default(), Gc::<Session>::default());
        *one.peer.lock().unwrap() = Some(other.clone());
        *one.node.lock().unwrap() = Some(ring(2, &Gc::default()));
        for _ in 0..10 {
            let node = one.node.lock().unwrap();
            node.as_ref().unwrap().edges.lock().unwrap().push(Gc::default());
        }
        *other.peer.lock().unwrap() = Some(one);
    }
}

/// A value that a finalizer saves is found when it dies though there was no memory.
#[test]
fn what_a_finalizer_saves_without_memory_is_found_when_it_dies() {
    with_little_memory("what_a_finalizer_saves_without_memory_is_found_when_it_dies", |calls| {
        sync::configure(Config::default().with_automatic(false)).unwrap();
        SAVED.lock().unwrap().reserve_exact(100);
        pairs();
        let (failed, first) = collect_with(calls);
        assert_eq!(GONE.load(SeqCst), 0);
        assert!(first.resurrected == 50 * IN_A_PAIR || first.abandoned);
        // Without room in `SAVED`, finalizers that have not run yet save no further values.
        *SAVED.lock().unwrap() = Vec::new();
        collect();
        assert_eq!((FINALIZED.load(SeqCst), GONE.load(SeqCst)), (50 * 2, 50 * IN_A_PAIR));
        failed
    });
}

#[test]
fn finalizers_run_once_though_there_was_no_memory() {
    with_little_memory("finalizers_run_once_though_there_was_no_memory", |calls| {
        sync::configure(Config::default().with_automatic(false)).unwrap();
        pairs();
        let (failed, first) = collect_with(calls);
        assert!(GONE.load(SeqCst) >= first.reclaimed);
        assert!(GONE.load(SeqCst) == 50 * IN_A_PAIR || first.abandoned);
        collect();
        collect();
        assert_eq!((FINALIZED.load(SeqCst), GONE.load(SeqCst)), (50 * 2, 50 * IN_A_PAIR));
        failed
    });
}

/// A thread that ends without memory leaves its candidates and its count.
#[test]
fn a_thread_that_ends_without_memory_hands_over_its_candidates() {
    with_little_memory("a_thread_that_ends_without_memory_hands_over_its_candidates", |calls| {
        sync::configure(Config::default().with_automatic(false)).unwrap();
        let before = sync::stats().live;
        let leave = |rings: usize, calls: Option<usize>| {
            thread::spawn(move || {
                (0..rings).for_each(|_| drop(ring(1, &Gc::default())));
                LEFT.set(calls);
            })
            .join()
            .unwrap();
        };
        leave(10, None);
        leave(100, Some(calls));
        assert_eq!(sync::stats().live - before, 220);
        assert_eq!(collect().reclaimed, 220);
        assert_eq!((GONE.load(SeqCst), sync::stats().live), (220, before));
        usize::from(calls == 0)
    });
}

/// The first drop of a thread without memory leaves its value to the common list or the next
/// drop.
#[test]
fn a_first_drop_without_memory_leaves_its_value_to_others() {
    with_little_memory("a_first_drop_without_memory_leaves_its_value_to_others", |calls| {
        sync::configure(Config::default().with_automatic(false)).unwrap();
        let before = sync::stats().live;
        let node = Gc::<Node>::default();
        node.edges.lock().unwrap().push(node.clone());
        let weak = Gc::downgrade(&node);
        let act = move || {
            ONCE.set(env::var("RECYC_ONCE").is_ok_and(|once| once == "yes"));
            let (failed, ()) = with_memory_for(calls, || drop(node));
            (failed, ONCE.get())
        };
        let (failed, once) = thread::spawn(act).join().unwrap();
        let reclaimed = collect().reclaimed;
        assert!(reclaimed == 1 || failed > 0 && !once, "{reclaimed}");
        // The next drop registers it.
        drop(weak.upgrade());
        assert_eq!(collect().reclaimed, 1 - reclaimed);
        assert_eq!((GONE.load(SeqCst), sync::stats().live), (1, before));
        failed
    });
}

#[test]
fn lists_that_cannot_be_made_smaller_stay_as_they_are() {
    with_little_memory("lists_that_cannot_be_made_smaller_stay_as_they_are", |calls| {
        sync::configure(Config::default().with_automatic(false)).unwrap();
        let many = || (0..20_000).for_each(|_| drop(ring(1, &Gc::default())));
        many();
        assert_eq!(collect().reclaimed, 40_000);
        many();
        let (failed, _) = collect_with(calls);
        collect();
        assert_eq!(GONE.load(SeqCst), 80_000);
        failed
    });
}

/// Has a lock whose guard is larger than those of the standard library.
struct Locked {
    next: Mutex<Option<Gc<Locked>>>,
    counted: Leaf<Counted>,
}

struct Large<'a>(MutexGuard<'a, Option<Gc<Locked>>>, [usize; 4]);

impl Deref for Large<'_> {
    type Target = Option<Gc<Locked>>;

    fn deref(&self) -> &Self::Target {
        assert_eq!(self.1, [7; 4]);
        &self.0
    }
}

// SAFETY: the lock belongs to this value, and what is behind it is reported once, with the lock
// taken; nothing else is.
unsafe impl Trace for Locked {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        match self.next.try_lock() {
            // SAFETY: the lock is this value's, and unlocking it runs no other code.
            Ok(guard) => unsafe { tracer.lock(Large(guard, [7; 4])) },
            Err(_) => tracer.note_unread_cell(),
        }
    }

    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: the caller gives up the value.
        let _rest = unsafe { (disposer.part(&mut self.next), disposer.part(&mut self.counted)) };
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}

/// A lock that there is no memory to keep is left to the next collection.
#[test]
fn a_lock_without_memory_is_left_to_the_next_collection() {
    with_little_memory("a_lock_without_memory_is_left_to_the_next_collection", |calls| {
        sync::configure(Config::default().with_automatic(false)).unwrap();
        let new = || Gc::new(Locked { next: Mutex::default(), counted: Leaf(Counted) });
        let (one, other) = (new(), new());
        *one.next.lock().unwrap() = Some(other.clone());
        *other.next.lock().unwrap() = Some(one.clone());
        drop((one, other));
        let (failed, first) = collect_with(calls);
        assert_eq!(GONE.load(SeqCst), first.reclaimed);
        assert!(first.reclaimed == 2 || first.abandoned);
        collect();
        assert_eq!(GONE.load(SeqCst), 2);
        failed
    });
}
