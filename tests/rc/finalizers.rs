//! Values that have a finalizer, which may save them.

use super::kind::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::kind::{Finalize, Gc, Leaf, Trace, Weak, alone, collect, inspect};

thread_local! {
    static SAVED: RefCell<Option<Gc<Cat>>> = const { RefCell::new(None) };
    static CALLS: AtomicUsize = const { AtomicUsize::new(0) };
}

/// A value whose finalizer saves it at each call, unless that is switched off.
#[derive(Trace, Clone)]
#[trace(finalize)]
struct Cat {
    me: Weak<Cat>,
    friends: RefCell<Vec<Gc<Cat>>>,
    saves: Leaf<bool>,
}

impl Finalize for Cat {
    fn finalize(&self) {
        CALLS.with(|calls| calls.fetch_add(1, Ordering::Relaxed));
        if *self.saves {
            SAVED.with(|saved| *saved.borrow_mut() = self.me.upgrade());
        }
    }
}

fn cat(saves: bool) -> Gc<Cat> {
    Gc::new_cyclic(|me: &Weak<Cat>| Cat {
        me: me.clone(),
        friends: RefCell::default(),
        saves: Leaf(saves),
    })
}

fn saved() -> Gc<Cat> {
    SAVED.with(|saved| saved.borrow_mut().take()).expect("it has saved itself")
}

fn calls() -> usize {
    CALLS.with(|calls| calls.swap(0, Ordering::Relaxed))
}

#[test]
fn a_value_that_moves_to_another_block_has_said_its_last_words() {
    let _turn = alone();
    let before = inspect::live_blocks();
    drop(cat(true));
    let mut cat = saved();
    let place = Gc::as_ptr(&cat);
    Gc::make_mut(&mut cat);
    assert!(Gc::as_ptr(&cat) != place, "its `Weak` made it move");
    drop(cat);
    assert_eq!((calls(), inspect::live_blocks()), (1, before));
}

#[test]
fn all_that_a_finalizer_brings_back_is_counted() {
    let _turn = alone();
    let befriend = |one: &Gc<Cat>, other: Gc<Cat>| one.friends.borrow_mut().push(other);
    let (first, second, dead) = (cat(true), cat(false), cat(false));
    // One that leads to them, two that are on a cycle, and one that they lead to, whose only handle
    // was never dropped.
    for (one, other) in [(&dead, &dead), (&dead, &first), (&first, &second), (&second, &first)] {
        befriend(one, other.clone());
    }
    befriend(&second, cat(false));
    drop((first, second, dead));
    let report = collect();
    assert_eq!((report.reclaimed, report.resurrected, calls()), (1, 3, 4));
    // The second time no finalizer is called.
    drop(saved());
    let report = collect();
    assert_eq!((report.reclaimed, report.resurrected, calls()), (3, 0, 0));
}

#[test]
fn what_a_finalizer_comes_across_was_not_dead() {
    let _turn = alone();
    let outside = cat(false);
    let first = cat(true);
    first.friends.borrow_mut().extend([first.clone(), outside.clone()]);
    drop((first, outside.clone()));
    let report = collect();
    assert_eq!((report.reclaimed, report.resurrected), (0, 1));
    drop(saved());
    assert_eq!((collect().reclaimed, calls()), (1, 1));
    drop(outside);
    assert_eq!(calls(), 1);
}

/// A value whose finalizer makes a new value that leads to it, until there are enough of them.
#[derive(Trace)]
#[trace(finalize)]
struct Testator {
    me: Weak<Testator>,
    friends: RefCell<Vec<Gc<Testator>>>,
}

const ENOUGH: usize = 15;

impl Finalize for Testator {
    fn finalize(&self) {
        if CALLS.with(|calls| calls.fetch_add(1, Ordering::Relaxed)) + 1 < ENOUGH {
            self.friends.borrow_mut().push(testator(self.me.upgrade()));
        }
    }
}

fn testator(friend: Option<Gc<Testator>>) -> Gc<Testator> {
    let friends = RefCell::new(friend.into_iter().collect());
    Gc::new_cyclic(|me| Testator { me: me.clone(), friends })
}

#[test]
fn who_is_left_to_the_next_collection_was_not_brought_back() {
    let _turn = alone();
    let first = testator(None);
    first.friends.borrow_mut().push(first.clone());
    drop(first);
    let report = collect();
    assert_eq!((report.reclaimed, report.resurrected), (0, 0));
    let report = collect();
    assert_eq!((report.reclaimed, report.resurrected, calls()), (ENOUGH, 0, ENOUGH));
}
