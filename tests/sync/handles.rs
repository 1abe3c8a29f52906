//! Handles, as those of `Arc`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use recyc::sync::{self, Gc, Weak, collect};
use recyc::{Trace, unsize};

use super::model::{Ledger, Node, alone, ring, times};

/// The value dies with its last handle though another thread has registered it.
#[test]
fn a_value_dies_though_another_thread_has_registered_it() {
    let _turn = alone();
    let ledger = Ledger::default();
    let mine = Node::new(&ledger);
    let theirs = mine.clone();
    let (done, wait) = channel();
    let (stay, stayed) = channel::<()>();
    let other = thread::spawn(move || {
        drop(theirs); // registers with this thread, which lives on
        done.send(()).unwrap();
        stayed.recv().unwrap();
    });
    wait.recv().unwrap();
    drop(mine);
    assert_eq!(ledger.dropped(), 1);
    stay.send(()).unwrap();
    other.join().unwrap();
}

#[test]
fn a_chain_of_any_length_dies_on_a_flat_stack() {
    let _turn = alone();
    let ledger = Ledger::default();
    let mut first = Node::new(&ledger);
    for _ in 0..times(100_000, 100) {
        let next = Node::new(&ledger);
        next.edges.lock().unwrap().push(first);
        first = next;
    }
    drop(first);
    assert_eq!(ledger.dropped(), times(100_000, 100) + 1);
}

#[test]
fn get_mut_is_for_the_only_handle_of_any_kind() {
    let _turn = alone();
    let ledger = Ledger::default();
    let mut node = Node::new(&ledger);
    assert!(Gc::get_mut(&mut node).is_some());
    let other = node.clone();
    assert!(Gc::get_mut(&mut node).is_none());
    drop(other); // it is a candidate now, with an entry that has a pin
    assert_eq!(Gc::weak_count(&node), 0);
    assert!(Gc::get_mut(&mut node).is_some());
    let weak = Gc::downgrade(&node);
    assert!(Gc::get_mut(&mut node).is_none());
    assert!(weak.upgrade().is_some());
    assert!(Gc::get_mut(&mut node).is_none());
    drop(weak);
    assert!(Gc::get_mut(&mut node).is_some());
    collect();
    assert!(Gc::get_mut(&mut node).is_some());
}

#[test]
fn get_mut_does_not_hide_a_cycle_that_is_made_after_it() {
    let _turn = alone();
    let ledger = Ledger::default();
    let mut node = Node::new(&ledger);
    drop(node.clone());
    assert!(Gc::get_mut(&mut node).is_some());
    node.link(&node.clone());
    drop(node);
    assert_eq!(collect().reclaimed, 1);
    assert_eq!(ledger.dropped(), 1);
}

#[test]
fn a_block_that_was_under_mut_is_found_along_an_edge() {
    let _turn = alone();
    let ledger = Ledger::default();
    let (mut inner, outer) = (Node::new(&ledger), Node::new(&ledger));
    drop(inner.clone());
    assert!(Gc::get_mut(&mut inner).is_some());
    inner.link(&outer);
    outer.edges.lock().unwrap().push(inner); // moved, so nothing registers it again
    drop(outer);
    assert_eq!(collect().reclaimed, 2);
}

#[test]
fn try_unwrap_and_into_inner_take_the_value_of_the_last_handle() {
    let _turn = alone();
    let gc = Gc::new(String::from("whole"));
    let weak = Gc::downgrade(&gc);
    let other = gc.clone();
    let gc = Gc::try_unwrap(gc).unwrap_err();
    assert_eq!(Gc::into_inner(other), None);
    assert_eq!(Gc::try_unwrap(gc).unwrap(), "whole");
    assert!(weak.upgrade().is_none());
    assert_eq!((weak.strong_count(), weak.weak_count()), (0, 0));
}

#[test]
fn into_inner_gives_the_value_to_exactly_one_thread() {
    let _turn = alone();
    for _ in 0..times(200, 5) {
        let gc = Gc::new(String::from("one"));
        let other = gc.clone();
        let theirs = thread::spawn(move || Gc::into_inner(other).is_some());
        let mine = Gc::into_inner(gc).is_some();
        assert!(mine != theirs.join().unwrap());
    }
}

#[test]
fn make_mut_clones_moves_or_leaves_in_place() {
    let _turn = alone();
    let mut mine = Gc::new(vec![1]);
    let place = Gc::as_ptr(&mine);
    Gc::make_mut(&mut mine).push(2);
    assert_eq!(Gc::as_ptr(&mine), place);
    let yours = mine.clone();
    Gc::make_mut(&mut mine).push(3);
    assert_eq!((&*mine, &*yours), (&vec![1, 2, 3], &vec![1, 2]));
    let weak = Gc::downgrade(&mine);
    Gc::make_mut(&mut mine).push(4);
    assert!(weak.upgrade().is_none());
    assert_eq!(*mine, [1, 2, 3, 4]);
    assert_eq!(Gc::unwrap_or_clone(yours), [1, 2]);
}

#[test]
fn a_weak_handle_ends_with_the_value_and_counts_itself() {
    let _turn = alone();
    let ledger = Ledger::default();
    let first = ring(&ledger, 2);
    let weak = Gc::downgrade(&first);
    let more = weak.clone();
    assert_eq!((Gc::weak_count(&first), weak.strong_count()), (2, 2));
    assert!(weak.ptr_eq(&more) && Gc::ptr_eq(&more.upgrade().unwrap(), &first));
    drop(first);
    assert_eq!(collect().reclaimed, 2);
    assert!(weak.upgrade().is_none() && more.upgrade().is_none());
    assert_eq!((weak.strong_count(), weak.weak_count()), (0, 0));
    assert!(Weak::<u8>::new().upgrade().is_none());
}

#[test]
fn no_member_of_a_dead_cycle_can_be_upgraded_from_a_destructor() {
    let _turn = alone();
    let ledger = Ledger::default();
    let weaks = Arc::new(Mutex::new(Vec::<Weak<Node>>::new()));
    let found = Arc::new(AtomicUsize::new(0));
    let nodes: Vec<_> = (0..3)
        .map(|_| {
            let (weaks, found) = (weaks.clone(), found.clone());
            Node::then(&ledger, move || {
                let alive =
                    weaks.lock().unwrap().iter().filter(|weak| weak.upgrade().is_some()).count();
                found.fetch_add(alive, Ordering::SeqCst);
            })
        })
        .collect();
    for at in 0..3 {
        nodes[at].link(&nodes[(at + 1) % 3]);
        weaks.lock().unwrap().push(Gc::downgrade(&nodes[at]));
    }
    drop(nodes);
    assert_eq!(collect().reclaimed, 3);
    assert_eq!((found.load(Ordering::SeqCst), ledger.dropped()), (0, 3));
}

#[test]
fn a_value_knows_itself_from_the_start() {
    let _turn = alone();
    #[derive(Trace)]
    struct Me(Weak<Me>, OnceLock<Gc<Me>>);
    let me = Gc::new_cyclic(|me| {
        assert!(me.upgrade().is_none());
        Me(me.clone(), OnceLock::new())
    });
    assert!(Gc::ptr_eq(&me.0.upgrade().unwrap(), &me));
    assert!(me.1.set(me.clone()).is_ok());
    let weak = Gc::downgrade(&me);
    drop(me);
    assert_eq!(collect().reclaimed, 1);
    assert!(weak.upgrade().is_none());
    let escaped = Mutex::new(None);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        Gc::new_cyclic(|me: &Weak<Me>| {
            *escaped.lock().unwrap() = Some(me.clone());
            panic!("no value");
        })
    }));
    assert!(panicked.is_err() && escaped.lock().unwrap().as_ref().unwrap().upgrade().is_none());
}

#[test]
fn raw_pointers_keep_their_count_and_may_lose_their_type() {
    let _turn = alone();
    let gc = Gc::new(5_u32);
    let pointer = Gc::into_raw(gc.clone());
    assert_eq!(Gc::strong_count(&gc), 2);
    // SAFETY: the pointer came from `into_raw`, and is turned back once, as an unsized view.
    let any: Gc<dyn std::any::Any + Send + Sync> = unsafe { Gc::from_raw(pointer as *const _) };
    assert_eq!(any.downcast_ref::<u32>(), Some(&5));
    drop(gc);
    assert_eq!(Gc::strong_count(&any), 1);
}

#[test]
fn stats_know_how_many_blocks_there_are() {
    let _turn = alone();
    let before = sync::stats().live;
    let ledger = Ledger::default();
    let theirs = ledger.clone();
    let nodes = thread::spawn(move || (0..10).map(|_| Node::new(&theirs)).collect::<Vec<_>>())
        .join()
        .unwrap();
    assert_eq!(sync::stats().live, before + 10);
    drop(nodes);
    assert_eq!(sync::stats().live, before);
}

#[test]
fn handles_are_as_wide_as_a_pointer_and_cross_threads() {
    const fn crosses<T: Send + Sync>() {}
    crosses::<Gc<Node>>();
    crosses::<Weak<Node>>();
    assert_eq!(size_of::<Gc<Node>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Gc<Node>>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Weak<Node>>>(), size_of::<usize>());
}

#[test]
fn unsized_handles_count_collect_and_come_back() {
    use std::any::Any;
    let _turn = alone();
    let ledger = Ledger::default();
    let node = ring(&ledger, 2);
    let any: Gc<dyn Any + Send + Sync> = unsize!(node.clone() => dyn Any + Send + Sync);
    let weak: Weak<dyn Any + Send + Sync> = unsize!(Gc::downgrade(&node) => dyn Any + Send + Sync);
    assert_eq!((Gc::strong_count(&any), Gc::address(&any)), (3, Gc::address(&node)));
    drop(node);
    assert_eq!(collect().reclaimed, 0);
    let any = any.downcast::<u8>().unwrap_err();
    let node = any.downcast::<Node>().unwrap();
    assert!(weak.upgrade().is_some_and(|any| any.is::<Node>()));
    drop(node);
    assert_eq!(collect().reclaimed, 2);
    assert!(weak.upgrade().is_none());
    let slice: Gc<[u8]> = unsize!(Gc::new([1, 2, 3]) => [u8]);
    assert_eq!(slice[1..], [2, 3]);
}

#[test]
fn a_raw_weak_keeps_the_memory_and_nothing_else() {
    let _turn = alone();
    let gc = Gc::new(String::from("text"));
    let pointer = Gc::downgrade(&gc).into_raw();
    assert_eq!((pointer, Gc::weak_count(&gc)), (Gc::as_ptr(&gc), 1));
    drop(gc);
    // SAFETY: the pointer came from `into_raw`, and is turned back once.
    let weak = unsafe { Weak::from_raw(pointer) };
    assert!(weak.upgrade().is_none());
    // SAFETY: as above.
    let nothing = unsafe { Weak::from_raw(Weak::<u8>::new().into_raw()) };
    assert!(nothing.ptr_eq(&Weak::new()));
}

#[test]
fn a_leaf_is_not_looked_into() {
    let _turn = alone();
    let ledger = Ledger::default();
    let node = Node::new(&ledger);
    let theirs = node.clone();
    let leaf = Gc::new_leaf(move || Gc::strong_count(&theirs));
    drop(leaf.clone());
    assert_eq!(leaf(), 2);
    assert_eq!(collect().captured, 0);
    drop(leaf);
    assert_eq!(Gc::strong_count(&node), 1);
}
