//! The free lists: how much memory of dead blocks they keep for new ones, for how long, and never
//! while it may still be read.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::thread;

use counting_allocator::{balance, watch, watched};
use recyc::{Config, Depth, Disposer, Gc, Promise, Shape, Trace, Tracer, Weak, collect, unsize};

#[path = "support/counting_allocator.rs"]
mod counting_allocator;

/// Bytes of a block's header.
const HEADER: usize = 8 + size_of::<usize>();

/// Bytes of a block of six words of 64 bits.
const SIX: usize = HEADER + 8 * 6;

/// A block of this size is made by one test only: two words and 47 numbers.
const RARE: usize = HEADER + 2 * size_of::<usize>() + 8 * 47;

/// Runs `test` on a thread of its own, where memory up to `limit` bytes for each size is kept.
fn keeping(limit: usize, test: impl FnOnce() + Send + 'static) {
    let thread = thread::spawn(move || {
        recyc::configure(Config::default().with_free_list_limit(limit))
            .expect("any number of bytes will do");
        drop(Gc::new([0_u8; 600])); // the first end of a block makes the lists ready; this one is too large for them
        test();
    });
    thread.join().expect("the promises were kept");
}

fn place<T: ?Sized>(handle: &Gc<T>) -> usize {
    Gc::as_ptr(handle).cast::<u8>().addr()
}

#[test]
fn the_memory_of_a_dead_block_serves_the_next_of_its_size() {
    keeping(1 << 16, || {
        let first = Gc::new([1_u64; 5]);
        let (there, out) = (place(&first), balance());
        drop(first);
        assert_eq!(balance(), out, "the memory was kept");
        let other_size = Gc::new([2_u64; 6]);
        assert_ne!(place(&other_size), there);
        let same_size = Gc::new([3_u32; 10]);
        assert_eq!(place(&same_size), there);
        assert_eq!((*same_size, *other_size), ([3; 10], [2; 6]));
    });
}

#[test]
fn no_memory_is_kept_with_a_limit_of_zero() {
    keeping(0, || {
        let out = balance();
        drop(Gc::new([1_u64; 5]));
        assert_eq!(balance(), out);
    });
}

#[test]
fn no_more_is_kept_than_the_limit_for_each_size() {
    keeping(10 * SIX, || {
        let out = balance();
        let blocks: Vec<_> = (0..100_u64).map(|n| Gc::new([n; 6])).collect();
        let list = blocks.capacity() * size_of::<Gc<[u64; 6]>>();
        assert_eq!(balance() - out, (list + 100 * SIX) as isize);
        drop(blocks);
        assert_eq!(balance() - out, (10 * SIX) as isize);
    });
}

/// A panic must neither leak the block nor free it twice, on any way to its end. The blocks that
/// are made afterwards get its memory once.
#[test]
fn a_value_that_panics_as_it_dies_frees_its_block_once() {
    #[derive(Trace)]
    struct Panicking {
        panics: Panics,
        cell: RefCell<Option<Gc<Panicking>>>,
        rest: [u64; 3],
    }

    struct Panics;

    impl Drop for Panics {
        fn drop(&mut self) {
            if !thread::panicking() {
                std::panic::resume_unwind(Box::new(()));
            }
        }
    }

    // SAFETY: nothing is reported, and `dispose` drops the value.
    unsafe impl Trace for Panics {
        fn trace(&self, _: &mut Tracer<'_>) {}

        unsafe fn dispose(&mut self, _: &Disposer) {
            // SAFETY: the caller gives up the value.
            unsafe { std::ptr::drop_in_place(self) }
        }

        fn shape<D: Depth>() -> Shape<impl Promise> {
            Shape::LEAF
        }
    }

    thread_local! {
        static LAST: Cell<usize> = const { Cell::new(0) };
    }

    fn node() -> Gc<Panicking> {
        let node = Gc::new(Panicking { panics: Panics, cell: RefCell::new(None), rest: [7; 3] });
        LAST.set(place(&node));
        node
    }
    let ends: [fn(); 4] = [
        || drop(node()),
        || drop::<Gc<dyn Any>>(unsize!(node() => dyn Any)),
        || drop(Gc::new([Some(node()), None, None])),
        || {
            let node = node();
            *node.cell.borrow_mut() = Some(node.clone());
            drop(node);
            collect();
        },
    ];
    for end in ends {
        keeping(1 << 16, move || {
            assert!(std::panic::catch_unwind(end).is_err());
            let dead = LAST.get();
            let made: Vec<_> = (0..4).map(|_| ManuallyDrop::new(node())).collect();
            let times = made.iter().filter(|node| place(node) == dead).count();
            assert_eq!(times, 1, "how often the memory was freed");
            assert!(made.iter().all(|node| node.rest == [7; 3] && node.cell.borrow().is_none()));
            for node in made {
                let end = || drop(ManuallyDrop::into_inner(node));
                assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(end)).is_err());
            }
        });
    }
}

#[test]
fn what_lies_unused_goes_back_with_the_collections() {
    keeping(1 << 20, || {
        let out = balance();
        drop((0..1000_u64).map(|n| Gc::new([n; 6])).collect::<Vec<_>>());
        assert_eq!(balance() - out, (1000 * SIX) as isize);
        for _ in 0..10 {
            recyc::collect_young();
        }
        assert_eq!(balance() - out, 0);
    });
}

#[test]
fn a_smaller_limit_gives_everything_back_at_once() {
    keeping(1 << 20, || {
        let out = balance();
        drop((0..1000_u64).map(|n| Gc::new([n; 6])).collect::<Vec<_>>());
        recyc::configure(recyc::config().with_free_list_limit(SIX)).expect("valid");
        assert_eq!(balance(), out);
        drop([Gc::new([0_u64; 6]), Gc::new([1_u64; 6])]);
        assert_eq!(balance() - out, SIX as isize);
    });
}

#[test]
fn the_end_of_a_thread_gives_everything_back() {
    #[derive(Trace)]
    struct Node(RefCell<Option<Gc<Node>>>, [u64; 47]);

    assert_eq!(size_of::<Node>(), RARE - HEADER);
    watch(RARE);
    keeping(1 << 20, || {
        for dies_by_counting in [true, false] {
            for _ in 0..100 {
                let node = Gc::new(Node(RefCell::default(), [0; 47]));
                if !dies_by_counting {
                    *node.0.borrow_mut() = Some(node.clone());
                }
            }
        }
        assert!(watched() > 0);
    });
    assert_eq!(watched(), 0);
}

#[test]
fn a_block_that_dies_after_the_end_of_its_heap_is_freed() {
    static FREED: AtomicIsize = AtomicIsize::new(0);

    /// Is destroyed after the heap, because it was used before.
    struct Late(Option<Gc<[u64; 40]>>);

    impl Drop for Late {
        fn drop(&mut self) {
            let out = balance();
            drop(self.0.take());
            FREED.store(out - balance(), Ordering::Relaxed);
        }
    }

    thread_local! {
        static LATE: RefCell<Late> = const { RefCell::new(Late(None)) };
    }

    thread::spawn(|| {
        LATE.with(|_| ());
        recyc::configure(Config::default().with_free_list_limit(1 << 20)).expect("valid");
        drop(Gc::new([0_u64; 40]));
        LATE.with(|late| late.borrow_mut().0 = Some(Gc::new([1; 40])));
    })
    .join()
    .expect("no destructor panicked");
    assert_eq!(FREED.load(Ordering::Relaxed), (HEADER + 8 * 40) as isize);
}

#[test]
fn large_and_over_aligned_blocks_are_left_to_the_allocator() {
    #[derive(Trace)]
    #[repr(align(64))]
    struct Aligned(u8);

    keeping(1 << 20, || {
        let out = balance();
        let aligned = Gc::new(Aligned(7));
        assert_eq!((place(&aligned) % 64, aligned.0), (0, 7));
        drop(aligned);
        drop(Gc::new([0_u64; 100]));
        assert_eq!(balance(), out);
    });
}

#[test]
fn a_raw_weak_keeps_the_memory_from_new_blocks() {
    keeping(1 << 20, || {
        let value = Gc::new([1_u64; 5]);
        let (there, raw) = (place(&value), Gc::downgrade(&value).into_raw());
        drop(value);
        let others: Vec<_> = (0..100_u64).map(|n| Gc::new([n; 5])).collect();
        assert!(others.iter().all(|other| place(other) != there));
        // SAFETY: it came from `into_raw` and is taken back once.
        let weak = unsafe { Weak::from_raw(raw) };
        assert!(weak.upgrade().is_none());
    });
}

#[test]
fn the_dead_of_a_collection_make_room_for_as_many_new_ones() {
    #[derive(Trace)]
    struct Node(RefCell<Option<Gc<Node>>>);

    keeping(1 << 20, || {
        let pair = || {
            let (one, other) =
                (Gc::new(Node(RefCell::default())), Gc::new(Node(RefCell::default())));
            *one.0.borrow_mut() = Some(other.clone());
            *other.0.borrow_mut() = Some(one.clone());
            one
        };
        (0..500).for_each(|_| drop(pair()));
        assert_eq!(recyc::collect().reclaimed, 1000);
        let out = balance();
        let pairs: Vec<_> = (0..500).map(|_| pair()).collect();
        let list = pairs.capacity() * size_of::<Gc<Node>>();
        assert_eq!(balance() - out, list as isize);
        assert!(pairs.iter().all(|one| Gc::strong_count(one) == 2));
    });
}
