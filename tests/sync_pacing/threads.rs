//! Threads that end, and what the statistics of other threads include of their blocks.

use std::cell::RefCell;
use std::sync::OnceLock;

use recyc::sync::{self, ExternalMemory, Gc};
use recyc::{Config, Trace};

use crate::{alone, collections, elsewhere, garbage, times};

/// As a server does that has a thread for each request.
#[test]
fn garbage_of_threads_that_end_below_the_threshold_is_collected() {
    alone(|| {
        let mut most = 0;
        for _ in 0..times(60, 5) {
            elsewhere(|| garbage(1_000));
            most = most.max(sync::stats().live);
        }
        assert!(most <= 4_000, "{most} blocks, {}", sync::stats());
    });
}

#[test]
fn what_threads_have_left_makes_a_collection_due_for_any_thread() {
    alone(|| {
        let before = collections();
        (0..3).for_each(|_| elsewhere(|| garbage(500)));
        assert_eq!((sync::stats().allocated, sync::is_pending()), (1_500, false));
        elsewhere(|| garbage(500));
        assert_eq!((sync::is_pending(), collections()), (true, before));
        let _one = Gc::new(1);
        assert_eq!((sync::is_pending(), collections(), sync::stats().live), (false, before + 1, 1));
    });
}

#[test]
fn what_a_thread_frees_before_it_ends_makes_nothing_due() {
    alone(|| {
        let before = collections();
        for _ in 0..times(100, 3) {
            elsewhere(|| drop((0..1_000).map(Gc::new).collect::<Vec<_>>()));
        }
        assert_eq!((sync::stats().allocated, collections()), (0, before));
    });
}

#[derive(Trace)]
struct Image(ExternalMemory, OnceLock<Gc<Image>>);

/// The bytes are declared before the block is made.
#[test]
fn external_memory_before_the_first_block_is_counted() {
    alone(|| {
        let mut most = 0;
        for _ in 0..20 {
            elsewhere(|| {
                let image = Gc::new(Image(ExternalMemory::new(1 << 30), OnceLock::new()));
                _ = image.1.set(image.clone());
            });
            most = most.max(sync::stats().external >> 30);
        }
        assert!(most <= 2, "{most} GiB");
    });
}

#[test]
fn external_memory_of_threads_without_blocks_is_counted() {
    alone(|| {
        let (send, receive) = std::sync::mpsc::channel();
        for _ in 0..3 {
            let send = send.clone();
            elsewhere(move || send.send(ExternalMemory::new(1_000 * 1_024)).unwrap());
        }
        assert_eq!((sync::stats().allocated, sync::is_pending()), (3_000, true));
        drop(receive);
    });
}

#[test]
fn memory_elsewhere_that_is_given_back_makes_nothing_due() {
    alone(|| {
        let before = collections();
        for _ in 0..20 {
            elsewhere(|| drop(Gc::new(Image(ExternalMemory::new(1 << 20), OnceLock::new()))));
            drop(ExternalMemory::new(1 << 30));
        }
        let _one = Gc::new(1);
        assert_eq!((sync::stats().external, collections()), (0, before));
    });
}

/// Each declares more than there can be, until no number is low enough for the budget.
#[test]
fn memory_elsewhere_beyond_all_numbers_is_no_end_of_counting() {
    alone(|| {
        let before = collections();
        let all: Vec<_> = (0..2_000).map(|_| ExternalMemory::new(usize::MAX)).collect();
        let _one = Gc::new(1);
        assert_eq!((sync::stats().external, collections()), (usize::MAX, before + 1));
        drop(all);
        let _two = Gc::new(2);
        assert_eq!(sync::stats().live, 2);
    });
}

/// At the end of a thread its destructors run, in which blocks are made and unrelated garbage is
/// not collected.
#[test]
fn what_a_thread_makes_at_its_end_is_collected_by_others() {
    struct AtExit(usize);
    impl Drop for AtExit {
        fn drop(&mut self) {
            garbage(self.0);
        }
    }
    thread_local!(static AT_EXIT: RefCell<Option<AtExit>> = const { RefCell::new(None) });

    alone(|| {
        sync::configure(Config::default().with_young_threshold(100).with_adaptive(false)).unwrap();
        let before = collections();
        elsewhere(|| {
            // Its destructor runs after those of what is made later.
            AT_EXIT.with(|at_exit| at_exit.replace(Some(AtExit(500))));
            drop(Gc::new(1));
        });
        assert_eq!((collections(), sync::is_pending()), (before, true));
        let _one = Gc::new(1);
        assert_eq!((collections(), sync::stats().live), (before + 1, 1));
    });
}
