//! Counts that overflow end the process, as those of `Rc` do; sizes, alignments and metadata of all
//! kinds are kept.

use std::any::Any;
use std::cell::RefCell;
use std::env;
use std::process::{Command, exit};

use recyc::{Gc, GcCell, Leaf, Trace, Weak};

use super::{End, Log, alone};

#[derive(Trace)]
struct Node(RefCell<Vec<Gc<Node>>>);

/// The word of a block's header that has the count: four bytes after the start, as in
/// `docs/design.md`.
pub fn count_word<T>(one: &Gc<T>) -> *mut i32 {
    let header = size_of::<u64>() + size_of::<usize>();
    Gc::as_ptr(one)
        .cast_mut()
        .cast::<i32>()
        .wrapping_byte_sub(header.next_multiple_of(align_of::<T>()) - 4)
}

/// Makes the count of a block so large that there is room for `room` more; returns what the word
/// was.
fn fill_count<T>(one: &Gc<T>, room: i32) -> i32 {
    let word = count_word(one);
    // SAFETY: the pointer of the value may be used for its whole block.
    let before = unsafe { word.read() };
    assert!(
        before & 1 == 1 || before == 2 * (Gc::strong_count(one) as i32 - 1),
        "the header is not as it is described"
    );
    // SAFETY: as above; the bit that marks an armed count is kept.
    unsafe { word.write(((i32::MAX - 1) | (before & 1)) - 2 * room) };
    before
}

/// Sets the number of `Weak` handles, plus one, to `shares`.
fn set_weak_count<T>(one: &Gc<T>, shares: u32) {
    // The record has eight words; the one that changes with every `Weak` is the count.
    // SAFETY: the word before the value leads to the record, under five tag bits.
    let meta = unsafe { Gc::as_ptr(one).cast::<*mut u32>().sub(1).read() };
    let record = meta.map_addr(|addr| addr & !31);
    // SAFETY: the record has 32 bytes.
    let read = |at| unsafe { record.add(at).read() };
    let before: Vec<u32> = (0..6).map(read).collect();
    let weak = Gc::downgrade(one);
    let changed: Vec<usize> = (0..6).filter(|&at| read(at) == before[at].wrapping_add(1)).collect();
    drop(weak);
    assert_eq!(changed.len(), 1, "the record is not as it is described");
    // SAFETY: as above.
    unsafe { record.add(changed[0]).write(shares) };
}

/// The variable with which a process is started that goes over the limit.
const LIMIT: &str = "RECYC_LIMIT";

/// Asserts that `act`, in a process of its own, aborts the process after it has printed that it
/// reached the limit.
fn aborts(name: &str, act: fn()) {
    if env::var(LIMIT).is_ok_and(|limit| limit == name) {
        act();
    }
    let mut process = Command::new(env::current_exe().expect("the path of the tests"));
    let output = process
        .args(["--exact", name, "--nocapture"])
        .env(LIMIT, name)
        .output()
        .expect("can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("at the limit") && !said.contains("over the limit"), "{said}");
    #[cfg(unix)]
    {
        const ABORTED: i32 = 6;
        let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
        assert_eq!(signal, Some(ABORTED), "{said}");
    }
}

/// Prints that nothing happened at the limit, and ends the process before wrong counts have an
/// effect.
fn over_the_limit() -> ! {
    println!("over the limit");
    exit(0)
}

macro_rules! overflows {
    ($($name:ident: $act:expr;)*) => {
        $(#[test]
        #[cfg_attr(miri, ignore = "starts a process, which Miri cannot")]
        fn $name() {
            aborts(concat!("hazards::limits::", stringify!($name)), $act);
        })*
    };
}

overflows! {
    a_clone_too_many_of_a_leaf_aborts: || {
        let one = Gc::new(7);
        fill_count(&one, 0);
        println!("at the limit");
        std::mem::forget(one.clone());
        over_the_limit();
    };
    a_clone_too_many_of_a_node_aborts: || {
        let one = Gc::new(Node(RefCell::default()));
        fill_count(&one, 0);
        println!("at the limit");
        std::mem::forget(one.clone());
        over_the_limit();
    };
    an_upgrade_too_many_aborts: || {
        let one = Gc::new(Node(RefCell::default()));
        let weak = Gc::downgrade(&one);
        fill_count(&one, 0);
        println!("at the limit");
        std::mem::forget(weak.upgrade());
        over_the_limit();
    };
    a_raw_increment_too_many_aborts: || {
        let one = Gc::new(7);
        fill_count(&one, 0);
        println!("at the limit");
        // SAFETY: the count of `one` was not taken back.
        unsafe { Gc::increment_strong_count(Gc::as_ptr(&one)) };
        over_the_limit();
    };
    a_get_of_a_cell_too_many_aborts: || {
        let one = GcCell::new(Gc::new(7));
        fill_count(&one.get(), 0);
        println!("at the limit");
        std::mem::forget((one.get(), one.get()));
        over_the_limit();
    };
    a_downgrade_too_many_aborts: || {
        let one = Gc::new(7);
        let _weak = Gc::downgrade(&one);
        set_weak_count(&one, u32::MAX);
        println!("at the limit");
        std::mem::forget(Gc::downgrade(&one));
        over_the_limit();
    };
    a_weak_clone_too_many_aborts: || {
        let one = Gc::new(7);
        let weak = Gc::downgrade(&one);
        set_weak_count(&one, u32::MAX);
        println!("at the limit");
        std::mem::forget(weak.clone());
        over_the_limit();
    };
}

#[test]
fn the_last_handle_before_the_limit_is_a_handle_like_any_other() {
    alone(|| {
        let one = Gc::new(Node(RefCell::default()));
        let before = fill_count(&one, 1);
        let count = Gc::strong_count(&one);
        assert!(count > 1 << 30);
        let last = one.clone();
        assert_eq!(Gc::strong_count(&one), count + 1);
        drop(last);
        assert_eq!(Gc::strong_count(&one), count);
        // SAFETY: as in `fill_count`.
        unsafe { count_word(&one).write(before) };
        assert_eq!(Gc::strong_count(&one), 1);
    });
}

/// A collection keeps what a block with too many handles for its word reaches.
#[test]
fn a_block_with_too_many_handles_keeps_what_it_reaches() {
    alone(|| {
        let hub = Gc::new(Node(RefCell::default()));
        let child = Gc::new(Node(RefCell::default()));
        hub.0.borrow_mut().extend([child.clone(), hub.clone()]);
        child.0.borrow_mut().push(hub.clone());
        let weak = Gc::downgrade(&child);
        drop(child);
        let before = fill_count(&hub, 9);
        for _ in 0..2 {
            drop(weak.upgrade()); // a candidate now; the hub's count is too large to register the hub
            assert_eq!(recyc::collect().reclaimed, 0);
            recyc::inspect::check();
        }
        assert_eq!(weak.upgrade().expect("held by the hub").0.borrow().len(), 1);
        // SAFETY: as in `fill_count`: the same handles exist as at the beginning.
        unsafe { count_word(&hub).write(before) };
        drop(hub);
        recyc::collect();
        assert!(weak.upgrade().is_none());
    });
}

/// Puts a value at the alignment `$align`, on a cycle, and lets it die in each way.
macro_rules! alignments {
    ($($name:ident: $align:literal;)*) => {
        $(#[test]
        fn $name() {
            #[derive(Trace)]
            #[repr(align($align))]
            struct Aligned(RefCell<Vec<Gc<Aligned>>>, u8, Leaf<End>);

            alone(|| {
                let log = Log::default();
                let new = || Gc::new(Aligned(RefCell::default(), 7, Leaf(End::new("value", &log))));
                let is_right = |one: &Gc<Aligned>| Gc::as_ptr(one).is_aligned() && one.1 == 7;
                let one = new();
                let weak = Gc::downgrade(&one);
                assert!(is_right(&one) && weak.as_ptr() == Gc::as_ptr(&one));
                // SAFETY: the pointer came from `into_raw`.
                let one = unsafe { Gc::from_raw(Gc::into_raw(one)) };
                assert!(is_right(&one) && is_right(&weak.upgrade().expect("alive")));
                // SAFETY: as above.
                let dynamic: Gc<dyn Any> = unsafe { Gc::from_raw(Gc::into_raw(one) as *const dyn Any) };
                assert_eq!(size_of_val(&*dynamic), size_of::<Aligned>());
                drop(dynamic);
                assert!(weak.upgrade().is_none());
                let one = new();
                one.0.borrow_mut().push(one.clone());
                let weak = Gc::downgrade(&one);
                drop(one);
                let report = recyc::collect();
                assert_eq!((report.reclaimed, weak.strong_count()), (1, 0));
                assert!(report.bytes >= size_of::<Aligned>() + 8 + size_of::<usize>());
                drop(Gc::try_unwrap(new()));
                assert_eq!(log.take().len(), 3);
            });
        })*
    };
}

alignments! {
    a_value_of_alignment_1_is_kept_and_freed: 1;
    a_value_of_alignment_16_is_kept_and_freed: 16;
    a_value_of_alignment_32_is_kept_and_freed: 32;
    a_value_of_alignment_64_is_kept_and_freed: 64;
    a_value_of_alignment_4096_is_kept_and_freed: 4096;
}

#[test]
fn a_raw_pointer_leads_back_to_a_handle_that_may_write() {
    let one = Gc::into_raw(Gc::new(vec![1]));
    // SAFETY: the pointer came from `into_raw` and is turned back once.
    let mut one = unsafe { Gc::from_raw(one) };
    Gc::get_mut(&mut one).expect("the only handle").push(2);
    assert_eq!(*one, [1, 2]);
}

/// Handles that see one value as different types are to the same value.
#[test]
fn handles_of_different_types_to_one_value_are_equal() {
    trait Shape {
        fn area(&self) -> u32;
    }

    trait Named {
        fn name(&self) -> &'static str;
    }

    impl Shape for () {
        fn area(&self) -> u32 {
            0
        }
    }

    #[repr(transparent)]
    struct Square(());

    impl Shape for Square {
        fn area(&self) -> u32 {
            1
        }
    }

    impl Named for () {
        fn name(&self) -> &'static str {
            "point"
        }
    }

    alone(|| {
        let (a, b) = (Gc::new(()), Gc::new(()));
        assert!(!Gc::ptr_eq(&a, &b));
        // SAFETY: the pointers came from `into_raw`.
        let shapes: [Gc<dyn Shape>; 2] = [a.clone(), a.clone()]
            .map(|a| unsafe { Gc::from_raw(Gc::into_raw(a) as *const dyn Shape) });
        // SAFETY: as above.
        let named: Gc<dyn Named> =
            unsafe { Gc::from_raw(Gc::into_raw(a.clone()) as *const dyn Named) };
        // SAFETY: as above; a `Square` is nothing but the value.
        let square: Gc<dyn Shape> =
            unsafe { Gc::from_raw(Gc::into_raw(a.clone()) as *const Square as *const dyn Shape) };
        assert!(Gc::ptr_eq(&shapes[0], &shapes[1]));
        assert!(
            Gc::ptr_eq(&shapes[0], &square) && square.area() == 1,
            "another type, and the same value"
        );
        drop(square);
        assert_eq!(Gc::as_ptr(&shapes[0]).addr(), Gc::as_ptr(&named).addr());
        assert_eq!((shapes[0].area(), named.name(), Gc::strong_count(&a)), (0, "point", 4));
    });
}

#[test]
fn an_unsized_handle_to_a_cycle_is_as_good_as_a_sized_one() {
    trait Shape: Any {
        fn edges(&self) -> usize;
    }

    impl Shape for Node {
        fn edges(&self) -> usize {
            self.0.borrow().len()
        }
    }

    alone(|| {
        let one = Gc::new(Node(RefCell::default()));
        one.0.borrow_mut().push(one.clone());
        // SAFETY: the pointer came from `into_raw`.
        let shape: Gc<dyn Shape> = unsafe { Gc::from_raw(Gc::into_raw(one) as *const dyn Shape) };
        let weak: Weak<dyn Shape> = Gc::downgrade(&shape);
        assert_eq!(weak.upgrade().expect("alive").edges(), 1);
        assert_eq!(recyc::collect().reclaimed, 0);
        drop(shape);
        assert_eq!(recyc::collect().reclaimed, 1);
        assert!(weak.upgrade().is_none());

        let array = Gc::new([Gc::new(Node(RefCell::default())), Gc::new(Node(RefCell::default()))]);
        // SAFETY: as above.
        let slice: Gc<[Gc<Node>]> =
            unsafe { Gc::from_raw(Gc::into_raw(array) as *const [Gc<Node>]) };
        assert_eq!(slice.len(), 2);
        drop(slice);
        assert_eq!(recyc::stats().live, 0);
    });
}
