//! The memory that a handle and a block need, and the alignment of values.

use std::any::Any;
use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicIsize, Ordering};
use std::thread;

use counting_allocator::{balance, returned};
use recyc::{Config, Gc, GcCell, Trace, Weak};

#[path = "support/counting_allocator.rs"]
mod counting_allocator;

const WORD: usize = size_of::<usize>();
/// Bytes of a block's header: two 32-bit counters and one pointer.
const HEADER: usize = 8 + WORD;

/// Returns the number of bytes that `act` allocates, its result, and the number of bytes that the
/// drop of the result frees.
fn requested<R>(act: impl FnOnce() -> R) -> (usize, usize) {
    keep_no_memory();
    let before = counting_allocator::requested();
    let made = act();
    let requested = counting_allocator::requested() - before;
    let before = returned();
    drop(made);
    (requested, returned() - before)
}

/// From now on what a dead block gives back goes to the allocator at once.
fn keep_no_memory() {
    recyc::configure(Config::default().with_free_list_limit(0)).expect("nothing is enough");
}

#[test]
fn a_handle_is_one_word_and_leaves_a_niche() {
    assert_eq!(size_of::<Gc<u64>>(), WORD);
    assert_eq!(size_of::<Option<Gc<u64>>>(), WORD);
    assert_eq!(size_of::<Gc<[u64; 100]>>(), WORD);
    assert_eq!(size_of::<GcCell<Option<Gc<u64>>>>(), WORD);
}

#[test]
fn a_weak_handle_is_one_word_and_leaves_a_niche() {
    assert_eq!(size_of::<Weak<u64>>(), WORD);
    assert_eq!(size_of::<Option<Weak<u64>>>(), WORD);
}

#[test]
fn an_unsized_handle_is_two_words_and_leaves_a_niche() {
    assert_eq!(size_of::<Gc<dyn Any>>(), 2 * WORD);
    assert_eq!(size_of::<Option<Gc<dyn Any>>>(), 2 * WORD);
    assert_eq!(size_of::<Gc<[u8]>>(), 2 * WORD);
}

#[test]
fn a_block_has_two_words_of_header_on_64_bits() {
    let header = HEADER;
    assert_eq!(requested(|| Gc::new(7_u64)), (header + 8, header + 8));
    assert_eq!(requested(|| Gc::new(())), (header, header));
    let bytes = (header + 100).next_multiple_of(WORD);
    assert_eq!(requested(|| Gc::new([0_u8; 100])), (bytes, bytes));
    let (asked, back) = requested(|| Gc::new(GcCell::<Option<Gc<u8>>>::new(None)));
    assert_eq!((asked, back), (header + WORD, header + WORD));
}

#[test]
fn a_candidate_that_dies_by_counting_is_freed_at_once() {
    keep_no_memory();
    let held = Gc::new(GcCell::<Option<Gc<u8>>>::new(None));
    drop(held.clone());
    let before = returned();
    drop(held);
    assert_eq!(returned() - before, 8 + 2 * WORD);
}

#[test]
fn a_weak_handle_keeps_no_memory_of_the_value() {
    keep_no_memory();
    let held = Gc::new([1_u8; 1000]);
    let weak = Gc::downgrade(&held);
    let before = returned();
    drop(held);
    assert!(returned() - before >= 1000);
    assert!(weak.upgrade().is_none());
}

/// A weak that is a raw pointer gives the memory back when it is a weak again.
#[test]
fn a_raw_weak_that_is_a_weak_again_frees_the_memory() {
    keep_no_memory();
    let raw_weak = || {
        let held = Gc::new([1_u8; 1000]);
        let raw = Gc::downgrade(&held).into_raw();
        (held, raw)
    };
    // SAFETY: each raw pointer came from `into_raw` and is taken back once.
    let take_back = |raw| unsafe { Weak::from_raw(raw) };
    let returned = |act: &mut dyn FnMut()| {
        let before = returned();
        act();
        returned() - before
    };

    let (held, raw) = raw_weak();
    let (mut held, mut weak) = (Some(held), None);
    assert!(returned(&mut || held = None) < 1000, "its address leads to the record");
    assert!(returned(&mut || weak = Some(take_back(raw))) >= 1000);
    assert!(weak.take().expect("just made").upgrade().is_none());

    let (held, raw) = raw_weak();
    let (mut held, weak) = (Some(held), take_back(raw));
    assert!(returned(&mut || held = None) >= 1000);
    assert!(weak.upgrade().is_none());
}

#[test]
fn values_without_size_have_addresses_of_their_own() {
    let handles: Vec<_> = (0..100).map(|_| Gc::new(())).collect();
    let places: BTreeSet<_> = handles.iter().map(|handle| Gc::as_ptr(handle).addr()).collect();
    assert_eq!(places.len(), handles.len());
    assert!(!Gc::ptr_eq(&handles[0], &handles[1]));
    assert!(Gc::ptr_eq(&handles[0], &handles[0].clone()));
}

/// Makes a type for each alignment, and lets its values be held, put on a cycle, and collected.
macro_rules! aligned {
    ($($align:literal)*) => {
        $({
            #[derive(Trace)]
            #[repr(align($align))]
            struct Value {
                before: u8,
                next: GcCell<Option<Gc<Value>>>,
                after: u8,
            }

            #[derive(Trace)]
            #[repr(align($align))]
            struct Nothing;

            let value = Gc::new(Value { before: 0xAA, next: GcCell::default(), after: 0x55 });
            assert_eq!(Gc::as_ptr(&value).addr() % $align, 0);
            assert_eq!(std::ptr::from_ref(&*value), Gc::as_ptr(&value));
            value.next.set(Some(value.clone()));
            assert_eq!(recyc::collect().reclaimed, 0);
            assert_eq!((value.before, value.after), (0xAA, 0x55));
            assert!(Gc::ptr_eq(&value, &value.next.get().expect("was set")));
            let weak = Gc::downgrade(&value);
            assert_eq!(weak.as_ptr(), Gc::as_ptr(&value));
            drop(value);
            let found = recyc::collect();
            assert_eq!(found.reclaimed, 1);
            assert!(found.bytes >= size_of::<Value>() + HEADER);
            assert!(weak.upgrade().is_none());

            let nothing = Gc::new(Nothing);
            assert_eq!(std::ptr::from_ref(&*nothing).addr() % $align, 0);
        })*
    };
}

#[test]
fn a_value_stands_at_its_alignment() {
    aligned!(2 4 8 16 32 64 128 256 512 1024 2048 4096);
}

#[test]
fn a_huge_value_is_held_and_freed() {
    const MEBIBYTE: usize = 1 << 20;
    // Unoptimised code moves the value over the stack several times.
    let run = || {
        let (asked, back) = requested(|| {
            let huge = Gc::new([7_u8; MEBIBYTE]);
            assert_eq!(huge[MEBIBYTE - 1], 7);
            huge
        });
        assert!((MEBIBYTE..MEBIBYTE + 64).contains(&asked));
        assert_eq!(asked, back);
    };
    thread::Builder::new()
        .stack_size(32 * MEBIBYTE)
        .spawn(run)
        .expect("a thread can be started")
        .join()
        .expect("well");
}

/// Candidates that died take no memory though nothing is ever collected.
#[test]
fn dead_candidates_take_no_memory_without_any_collection() {
    recyc::configure(Config::manual()).expect("a preset is valid");
    let mut queue = VecDeque::new();
    let before = balance();
    for _ in 0..10_000 {
        let value = Gc::new(GcCell::<Option<Gc<u8>>>::new(None));
        drop(value.clone()); // a candidate from here on
        queue.push_back(value);
        if queue.len() > 10 {
            queue.pop_front(); // never the last of the candidates
        }
    }
    assert!((10..=11).contains(&recyc::stats().young_candidates));
    assert!(balance() - before < 4_000, "{} bytes for ten values", balance() - before);
}

/// A value that has lost a handle and is a candidate for that.
fn candidate() -> Gc<GcCell<Option<Gc<u8>>>> {
    let value = Gc::new(GcCell::new(None));
    drop(value.clone());
    value
}

#[test]
fn a_slice_gives_its_memory_back_in_every_kind_of_death() {
    keep_no_memory();
    #[derive(Trace)]
    struct Row(GcCell<Option<Gc<[Row]>>>);
    let row = || -> Gc<[Row]> { (0..2).map(|_| Row(GcCell::new(None))).collect() };
    let on_a_cycle = || {
        let rows = row();
        rows[1].0.set(Some(rows.clone()));
    };
    on_a_cycle();
    recyc::collect(); // the lists of the collector have their memory now
    let before = balance();
    drop(row());
    assert_eq!(balance(), before, "by counting");
    on_a_cycle();
    assert_eq!(recyc::collect().reclaimed, 1);
    assert_eq!(balance(), before, "by a collection");
    let rows = row();
    let weak = Gc::downgrade(&rows);
    drop(rows);
    drop(weak);
    assert_eq!(balance(), before, "with a Weak");
}

/// Old candidates that died take no memory though no full collection runs.
#[test]
fn dead_old_candidates_take_no_memory_before_a_full_collection() {
    recyc::configure(Config::manual().with_promote_after(1).with_free_list_limit(0))
        .expect("1 is enough");
    let mut queue = VecDeque::new();
    // A full collection captures an old candidate, which survives.
    let kept = candidate();
    recyc::collect_young();
    drop(kept.clone());
    recyc::collect();
    drop(kept);
    let before = balance();
    for _ in 0..2_000 {
        let value = candidate();
        recyc::collect_young(); // it is old from here on
        drop(value.clone());
        queue.push_back(value);
        if queue.len() > 10 {
            queue.pop_front(); // never the last of the candidates
        }
    }
    assert!((10..=11).contains(&recyc::stats().old_candidates));
    assert!(balance() - before < 4_000, "{} bytes for ten values", balance() - before);
}

/// The lists of many candidates give their memory back when the many are gone.
#[test]
fn the_lists_shrink_when_many_candidates_are_gone() {
    const MANY: usize = 100_000;
    recyc::configure(Config::manual().with_free_list_limit(0)).expect("a preset is valid");
    let before = balance();
    for becomes_old in [false, true] {
        let values: Vec<_> = (0..MANY).map(|_| candidate()).collect();
        if becomes_old {
            for _ in 0..3 {
                recyc::collect();
                values.iter().for_each(|value| drop(value.clone()));
            }
            assert_eq!(recyc::stats().old_candidates, MANY);
        }
        drop(values);
        recyc::collect();
        let left = balance() - before;
        assert!(left < 150_000, "{left} bytes are kept for no candidate, old: {becomes_old}");
    }
}

#[test]
fn the_lists_of_candidates_are_freed_at_the_end_of_a_thread() {
    static LEFT: AtomicIsize = AtomicIsize::new(isize::MAX);

    /// Is destroyed after the heap, because it was used before.
    struct Late(isize);

    impl Drop for Late {
        fn drop(&mut self) {
            LEFT.store(balance() - self.0, Ordering::Relaxed);
        }
    }

    thread_local! {
        static LATE: Late = Late(balance());
    }

    for collect_on_thread_exit in [true, false] {
        let mut without_any = 0;
        for what in ["no", "young", "old", "frozen"] {
            LEFT.store(isize::MAX, Ordering::Relaxed);
            let run = move || {
                LATE.with(|_| ());
                recyc::configure(
                    Config::manual().with_collect_on_thread_exit(collect_on_thread_exit),
                )
                .expect("valid");
                let many = if what == "no" { 0 } else { 1000 };
                let values: Vec<_> = (0..many).map(|_| candidate()).collect();
                if what == "old" {
                    for _ in 0..3 {
                        recyc::collect();
                        values.iter().for_each(|value| drop(value.clone()));
                    }
                } else if what == "frozen" {
                    recyc::freeze();
                }
            };
            thread::spawn(run).join().expect("no destructor panicked");
            let left = LEFT.load(Ordering::Relaxed);
            if what == "no" {
                without_any = left; // a thread has memory of its own
            }
            assert_eq!(left, without_any, "for {what} candidates, {collect_on_thread_exit}");
        }
    }
}

/// The list of a collection is the list of its candidates, if that is long.
#[test]
fn many_candidates_take_no_second_list() {
    const MANY: usize = 40_000;
    #[derive(Trace)]
    struct Own(GcCell<Option<Gc<Own>>>);
    thread::spawn(|| {
        recyc::configure(Config::manual()).expect("a valid configuration");
        for _ in 0..MANY {
            let own = Gc::new(Own(GcCell::new(None)));
            own.0.set(Some(own.clone()));
        }
        assert_eq!(recyc::stats().young_candidates, MANY);
        let (requested, _) = requested(|| assert_eq!(recyc::collect().reclaimed, MANY));
        assert!(requested < MANY * WORD / 8, "{requested} bytes were allocated");
    })
    .join()
    .expect("the list was taken over");
}
