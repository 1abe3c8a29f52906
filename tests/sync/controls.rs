//! Steps, pauses, freezing, callbacks, external memory, generations and scopes, as the local heap
//! has them.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;

use recyc::Config;
use recyc::sync::{
    self, Background, Cleaner, CollectGuard, Event, ExternalMemory, Gc, Trace, collect,
    collect_young,
};

use super::model::{Ledger, Node, alone, ring, times};

#[test]
fn a_young_collection_leaves_what_is_old_to_a_full_one() {
    let _turn = alone();
    sync::configure(Config::manual().with_promote_after(2)).unwrap();
    let ledger = Ledger::default();
    let first = ring(&ledger, 4);
    drop(first.clone());
    collect_young();
    collect_young();
    assert!(sync::stats().old_candidates > 0, "{:?}", sync::stats());
    drop(first);
    assert_eq!((collect_young().reclaimed, ledger.dropped()), (0, 0));
    assert_eq!((collect().reclaimed, ledger.dropped()), (4, 4));
}

#[test]
fn a_step_looks_at_no_more_than_it_may() {
    let _turn = alone();
    let ledger = Ledger::default();
    drop(ring(&ledger, 100));
    for _ in 0..3 {
        let done = sync::collect_step(NonZeroUsize::new(10).unwrap());
        assert!(done.captured <= 10 && done.reclaimed == 0, "{done}");
    }
    assert_eq!(collect().reclaimed, 100);
}

#[test]
fn pauses_overlap_and_hold_for_every_thread() {
    let _turn = alone();
    sync::configure(Config::default().with_young_threshold(10).with_adaptive(false)).unwrap();
    let ledger = Ledger::default();
    let (one, other) = (sync::pause(), sync::pause());
    assert!(!sync::is_enabled());
    drop(one);
    let theirs = ledger.clone();
    thread::spawn(move || (0..100).for_each(|_| drop(ring(&theirs, 1)))).join().unwrap();
    assert_eq!(ledger.dropped(), 0);
    thread::spawn(move || drop(other)).join().unwrap();
    assert!(sync::is_enabled());
    (0..100).for_each(|_| drop(ring(&ledger, 1)));
    assert!(ledger.dropped() > 100, "{}", ledger.dropped());
    sync::disable();
    assert!(!sync::is_enabled() && !sync::config().automatic);
    sync::enable();
    assert!(sync::is_enabled());
}

#[test]
fn frozen_candidates_are_not_looked_at_until_they_are_thawed() {
    let _turn = alone();
    let ledger = Ledger::default();
    drop(ring(&ledger, 3));
    let dies_by_counting = Node::new(&ledger);
    drop(dies_by_counting.clone());
    let before = sync::frozen_count();
    sync::freeze();
    assert_eq!(sync::frozen_count(), before + 4);
    assert_eq!(sync::stats().frozen_candidates, before + 4);
    assert_eq!((collect().captured, ledger.dropped()), (0, 0));
    drop(dies_by_counting);
    assert_eq!((ledger.dropped(), sync::frozen_count()), (1, before + 3));
    sync::unfreeze();
    assert_eq!(sync::frozen_count(), 0);
    assert_eq!((collect().reclaimed, ledger.dropped()), (3, 4));
}

#[test]
fn callbacks_are_told_of_every_collection_and_of_what_it_did() {
    let _turn = alone();
    let ledger = Ledger::default();
    let events = Arc::new(Mutex::new(Vec::new()));
    let list = events.clone();
    let callback = sync::on_collection(move |event| {
        // It may take locks and start a collection: no lock of the collector is held.
        assert!(collect().nested);
        list.lock().unwrap().push(event);
    });
    drop(ring(&ledger, 2));
    thread::spawn(|| _ = collect()).join().unwrap();
    collect_young();
    drop(callback);
    collect();
    let events = events.lock().unwrap();
    let full = |event: &Event| {
        matches!(event, Event::Start { full: true } | Event::Stop { full: true, .. })
    };
    assert_eq!(events.iter().map(full).collect::<Vec<_>>(), [true, true, false, false]);
    assert!(matches!(events[1], Event::Stop { report, .. } if report.reclaimed == 2));
}

#[test]
fn a_panic_in_a_callback_comes_after_the_collection() {
    let _turn = alone();
    let ledger = Ledger::default();
    let callback = sync::on_collection(|event| {
        assert!(!matches!(event, Event::Start { .. }), "no collections here")
    });
    drop(ring(&ledger, 2));
    assert!(catch_unwind(AssertUnwindSafe(collect)).is_err());
    assert_eq!(ledger.dropped(), 2);
    drop(callback);
    drop(ring(&ledger, 2));
    assert_eq!(collect().reclaimed, 2);
}

#[test]
fn memory_that_values_hold_elsewhere_makes_collections_due() {
    let _turn = alone();
    sync::configure(Config::default().with_young_threshold(1000).with_adaptive(false)).unwrap();
    #[derive(Trace)]
    struct Image(
        std::sync::OnceLock<Gc<Image>>,
        ExternalMemory,
        #[trace(skip)] super::model::Guard,
    );

    let ledger = Ledger::default();
    let before = sync::stats().external;
    for _ in 0..50 {
        let image =
            Gc::new(Image(Default::default(), ExternalMemory::new(100_000), ledger.guard()));
        image.1.resize(4_000_000);
        assert_eq!(image.1.bytes(), 4_000_000);
        assert!(image.0.set(image.clone()).is_ok());
    }
    assert!(ledger.dropped() > 40, "{}", ledger.dropped());
    collect();
    assert_eq!((ledger.dropped(), sync::stats().external), (50, before));
}

/// Threads that declare in turn never bring the sum below what is there.
#[test]
fn threads_that_declare_in_turn_keep_the_sum_high_enough() {
    let _turn = alone();
    let (before, size, over) =
        (sync::stats().external, ExternalMemory::new(1000), AtomicBool::new(false));
    let worst = thread::scope(|scope| {
        for bytes in [[0, 1_000_000], [1_000_000, 0], [0, 1_000_000]] {
            let (size, over) = (&size, &over);
            scope.spawn(move || {
                while !over.load(Relaxed) {
                    bytes.iter().for_each(|&bytes| size.resize(bytes));
                }
            });
        }
        let worst =
            (0..times(400_000, 40)).map(|_| sync::stats().external.wrapping_sub(before)).max();
        over.store(true, Relaxed);
        worst
    });
    // The sum may include bytes that the threads are about to declare.
    assert!(worst <= Some(4_000_000), "{worst:?}");
    drop(size);
    assert_eq!(sync::stats().external, before);
}

#[test]
fn more_bytes_than_there_can_be_are_as_many_as_there_can_be() {
    let _turn = alone();
    let all = ExternalMemory::new(usize::MAX);
    let one = ExternalMemory::new(1);
    assert_eq!(sync::stats().external, usize::MAX);
    one.resize(2);
    assert_eq!(sync::stats().external, usize::MAX);
    drop((all, one));
    assert_eq!(sync::stats().external, 0);
}

#[test]
fn a_scope_leaves_nothing_behind_whatever_its_destructors_make() {
    let _turn = alone();
    let ledger = Ledger::default();
    {
        let _guard = CollectGuard::new();
        let theirs = ledger.clone();
        let node = Node::then(&ledger, move || drop(ring(&theirs, 2)));
        node.link(&node.clone());
    }
    assert_eq!(ledger.dropped(), 3);
}

#[test]
fn a_cleaner_runs_its_closures_once_and_the_last_first() {
    #[derive(Trace)]
    struct Page(Mutex<Option<Gc<Page>>>, Cleaner);

    let _turn = alone();
    let order = Arc::new(Mutex::new(Vec::new()));
    let page = Gc::new(Page(Mutex::default(), Cleaner::new()));
    for number in 0..3 {
        let list = order.clone();
        page.1.register(move || list.lock().unwrap().push(number));
    }
    *page.0.lock().unwrap() = Some(page.clone());
    drop(page);
    assert_eq!(thread::spawn(|| collect().reclaimed).join().unwrap(), 1);
    assert_eq!(*order.lock().unwrap(), [2, 1, 0]);
}

/// Blocks that are made until the background thread has destroyed one. A test that needs more has
/// failed.
const MOST_BLOCKS: usize = 10_000_000;

#[test]
fn the_background_thread_can_be_the_one_that_destroys() {
    let _turn = alone();
    sync::configure(Config::default().with_young_threshold(10).with_adaptive(false)).unwrap();
    let ledger = Ledger::default();
    let names = Arc::new(Mutex::new(Vec::new()));
    let mut made = 0;
    for _ in 0..2 {
        let (one, other) = (Background::start().unwrap(), Background::start().unwrap());
        drop(one);
        names.lock().unwrap().clear();
        while names.lock().unwrap().is_empty() {
            assert!(made < MOST_BLOCKS, "{made} blocks, and no destructor has run");
            let list = names.clone();
            made += 1;
            let node = Node::then(&ledger, move || {
                list.lock().unwrap().push(thread::current().name().map(String::from))
            });
            node.link(&node.clone());
        }
        drop(other); // waits for the thread
        assert!(names.lock().unwrap().iter().all(|name| name.as_deref() == Some("recyc")));
    }
    sync::configure(Config::manual()).unwrap();
    collect();
    assert_eq!(ledger.dropped(), made);
}

/// The last background guard may go in a destructor on its own thread.
#[test]
fn the_last_background_guard_may_end_on_its_own_thread() {
    let _turn = alone();
    sync::configure(Config::default().with_young_threshold(4).with_adaptive(false)).unwrap();
    let ledger = Ledger::default();
    let background = Arc::new(Mutex::new(Some(Background::start().unwrap())));
    let theirs = background.clone();
    let node = Node::then(&ledger, move || drop(theirs.lock().unwrap().take()));
    node.link(&node.clone());
    drop(node);
    let mut made = 1;
    while background.lock().unwrap().is_some() {
        assert!(
            made < MOST_BLOCKS,
            "{made} blocks, and the background thread has not dropped the guard"
        );
        drop(Gc::new(Mutex::new(None::<Gc<Node>>)));
        let kept: Vec<_> = (0..8).map(|_| Node::new(&ledger)).collect();
        made += kept.len();
        drop(kept);
        thread::yield_now();
    }
    drop(Background::start().expect("another background thread can be started after that"));
    sync::configure(Config::manual()).unwrap();
    // The thread that dropped its own guard is not waited for, so it may still destroy blocks.
    let all_dropped = |_: &usize| {
        thread::yield_now();
        collect();
        ledger.dropped() == made
    };
    assert!(
        (0..MOST_BLOCKS).find(all_dropped).is_some(),
        "{} of {made} are dropped",
        ledger.dropped()
    );
}

#[test]
fn a_threshold_that_is_never_reached_is_not_exceeded_either() {
    let _turn = alone();
    let ledger = Ledger::default();
    let first = ring(&ledger, 10);
    drop(first.clone());
    sync::configure(Config::default().with_young_threshold(usize::MAX)).unwrap();
    let _last = Gc::new(0u8);
    assert_eq!((collect_young().reclaimed, sync::stats().young_threshold), (0, usize::MAX));
    drop(first);
    assert_eq!((collect().reclaimed, ledger.dropped()), (10, 10));
}
