//! Threads that make garbage faster than it is collected have to wait, or the heap would grow
//! without end.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use recyc::sync::{self, Background, Gc};
use recyc::{Config, Trace};

use crate::{alone, garbage};

/// A thread that makes garbage waits for the end of a collection, however long the machine takes
/// for it. Each collection is short, as no thread waits for a long one of the background thread.
fn configure() {
    let config = Config::default().with_young_threshold(200).with_adaptive(false);
    sync::configure(config.with_wait_limit(Duration::from_secs(3_600))).unwrap();
}

/// Returns the highest number of blocks that existed at one time while each thread made `knots`
/// knots.
fn most_blocks(threads: usize, knots: usize) -> usize {
    let work = move || {
        let parts = (0..knots / 100).map(|_| {
            garbage(100);
            sync::inspect::live_blocks()
        });
        parts.max().unwrap_or(0)
    };
    let threads: Vec<_> = (0..threads).map(|_| thread::spawn(work)).collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).max().unwrap_or(0)
}

#[test]
#[cfg_attr(miri, ignore = "makes more than 100,000 blocks, which Miri takes hours for")]
fn who_decides_is_not_outrun_by_others() {
    alone(|| {
        configure();
        let most = most_blocks(4, 150_000);
        assert!(most < 150_000, "{most} blocks, {}", sync::stats());
    });
}

#[test]
#[cfg_attr(miri, ignore = "makes more than 100,000 blocks, which Miri takes hours for")]
fn a_background_thread_is_not_outrun() {
    alone(|| {
        configure();
        let background = Background::start().unwrap();
        let most = most_blocks(4, 150_000);
        drop(background);
        assert!(most < 150_000, "{most} blocks, {}", sync::stats());
    });
}

/// The background thread waits for the lock, and the thread that holds the lock makes more garbage
/// than the backlog allows.
#[test]
fn garbage_made_under_a_lock_of_a_destructor_causes_no_deadlock() {
    static LOCK: Mutex<Vec<Option<String>>> = Mutex::new(Vec::new());
    static WAITS: AtomicBool = AtomicBool::new(false);
    struct Locks;
    impl Drop for Locks {
        fn drop(&mut self) {
            WAITS.store(true, Relaxed);
            LOCK.lock().unwrap().push(thread::current().name().map(String::from));
        }
    }
    #[derive(Trace)]
    struct Node(OnceLock<Gc<Node>>, #[trace(skip)] Locks);

    alone(|| {
        sync::configure(Config::default().with_young_threshold(10).with_adaptive(false)).unwrap();
        let background = Background::start().unwrap();
        let held = LOCK.lock().unwrap();
        let make = || {
            let node = Gc::new(Node(OnceLock::new(), Locks));
            _ = node.0.set(node.clone());
        };
        while !WAITS.load(Relaxed) {
            make();
        }
        (0..200).for_each(|_| make());
        drop(held);
        drop(background);
        let names = LOCK.lock().unwrap().clone();
        assert!(
            !names.is_empty() && names.iter().all(|name| name.as_deref() == Some("recyc")),
            "{names:?}"
        );
    });
}
