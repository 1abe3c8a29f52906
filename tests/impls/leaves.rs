//! Values that are not traced: leaves, and values whose handles are external counts because
//! ownership is shared or unknown.

use std::borrow::Cow;
use std::cell::{Cell, LazyCell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, DefaultHasher, RandomState};
use std::marker::PhantomData;
use std::num::NonZero;
use std::panic::catch_unwind;
use std::rc::{self, Rc};
use std::sync::{self, Arc, Mutex, OnceLock};

use recyc::private::{Facts, facts};
use recyc::{Gc, Leaf, Trace, Tracer, collect};

use super::model::{Guard, Ledger};

/// The promises of `T`, as `Gc::new` uses them.
pub const fn shape<T: Trace>() -> Facts {
    facts::<T>()
}

macro_rules! assert_shape {
    ($shape:expr; $($ty:ty),+ $(,)?) => { $(assert_eq!(shape::<$ty>(), $shape, stringify!($ty));)+ };
}

#[test]
fn what_owns_no_handle_is_a_leaf() {
    assert_shape!(Facts::LEAF;
        (), bool, char, u8, i128, usize, f64, String, Box<str>, std::ffi::CString, std::path::PathBuf, NonZero<u64>,
        std::time::Duration, std::time::Instant, std::net::IpAddr, std::any::TypeId, std::thread::ThreadId,
        std::sync::atomic::AtomicUsize, PhantomData<Gc<u8>>, RandomState, std::io::Error, std::fs::File,
        fn(), fn(u8) -> Gc<u8>, unsafe fn(), extern "C" fn(i32) -> i32, unsafe extern "C" fn(i32),
        fn(u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8) -> u8,
        fn(&Gc<u8>), fn(&str) -> &str, fn(&mut [Gc<u8>]) -> Gc<u8>, fn(&mut u8) -> &mut str, fn(&mut u8, &[u8]) -> u8,
        fn(&u8, &str) -> u8, fn(&u8, &mut str), fn(&mut u8, &mut u8), fn(&u8, Gc<u8>) -> u8, fn(&mut u8, u8), fn(u8, &str),
        fn(u8, &mut str), fn(&u8, &u8, &u8), fn(&mut u8, &u8, &u8), fn(&mut u8, &mut u8, &u8),
        HashMap<String, fn(&mut u8, &[Gc<u8>]) -> Gc<u8>>,
        &'static str, &'static RefCell<Option<Gc<u8>>>, &'static mut Gc<u8>, &'static mut [u8], Cow<'static, str>,
        Rc<RefCell<Gc<u8>>>, Rc<dyn std::any::Any>, Arc<[u8]>, rc::Weak<Gc<u8>>, sync::Weak<u8>,
        std::sync::mpsc::Sender<Gc<u8>>, *const Gc<u8>, *mut str, std::ptr::NonNull<u8>,
        std::str::Chars<'static>, std::fmt::Arguments<'static>, std::backtrace::Backtrace, std::fs::ReadDir,
        std::process::ChildStdin, std::io::BufReader<std::fs::File>, std::io::BufWriter<std::fs::File>,
        std::io::LineWriter<std::io::Stdout>, std::ffi::NulError, std::char::CharTryFromError,
        std::array::TryFromSliceError, std::sync::mpsc::RecvError, LazyCell<Gc<u8>>, Leaf<Gc<u8>>, Leaf<Box<dyn Fn()>>,
    );
}

#[test]
fn a_container_is_a_leaf_exactly_if_its_parts_are() {
    assert_shape!(Facts::LEAF;
        Option<u8>, Result<u8, String>, [String; 4], (u8, u8, String), Box<u8>, Box<[u8]>, Vec<Vec<u8>>,
        HashMap<String, u8>, HashSet<u8>, BTreeMap<u8, Box<u8>>, Cell<u8>, RefCell<Vec<u8>>, OnceCell<u8>, Mutex<u8>,
        std::ops::Range<usize>, std::pin::Pin<Box<u8>>, std::io::Cursor<Vec<u8>>, std::vec::IntoIter<u8>,
        std::sync::PoisonError<u8>,
    );
    assert_shape!(Facts::NODE;
        Gc<u8>, Option<Gc<u8>>, Result<u8, Gc<u8>>, Result<Gc<u8>, u8>, [Gc<u8>; 4], (u8, u8, Gc<u8>), Box<Gc<u8>>,
        Box<[Gc<u8>]>, Vec<Vec<Gc<u8>>>, HashMap<String, Gc<u8>>, HashMap<Gc<u8>, u8>, HashSet<Gc<u8>>,
        BTreeMap<u8, Box<Gc<u8>>>, Cell<Option<Gc<u8>>>, RefCell<Vec<Gc<u8>>>, OnceCell<Gc<u8>>, OnceLock<Gc<u8>>,
        Mutex<Gc<u8>>, std::ops::Range<Gc<u8>>, std::pin::Pin<Box<Gc<u8>>>, std::pin::Pin<Gc<u8>>,
        std::io::Cursor<Gc<u8>>, std::vec::IntoIter<Gc<u8>>, std::sync::PoisonError<Gc<u8>>,
        Cow<'static, [Gc<u8>]>, Node<Shared>, Node<Hidden>, Node<Hashed>,
    );
}

/// Promises nothing: its values can only be dropped.
struct Opaque;

// SAFETY: there is no handle in it.
unsafe impl Trace for Opaque {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

#[test]
fn a_container_promises_no_more_than_its_parts() {
    assert_shape!(Facts::OPAQUE;
        Opaque, Option<Opaque>, (Gc<u8>, Opaque), (Opaque, Gc<u8>), Vec<Opaque>, HashMap<u8, Opaque>,
        HashMap<Opaque, u8>, Box<Opaque>, RefCell<Opaque>, Mutex<Opaque>, [Opaque; 2], Result<Gc<u8>, Opaque>,
    );
}

/// A node that is no leaf itself, with what is under test in `out`.
#[derive(Trace)]
struct Node<O: Trace> {
    out: RefCell<Option<O>>,
    next: RefCell<Option<Gc<Node<O>>>>,
    guard: Leaf<Guard>,
}

impl<O: Trace> Node<O> {
    fn new(ledger: &Ledger) -> Gc<Self> {
        Gc::new(Self {
            out: RefCell::new(None),
            next: RefCell::new(None),
            guard: Leaf(ledger.guard()),
        })
    }
}

/// Traced handles, and an `Rc` to a handle.
#[derive(Trace)]
struct Shared(Vec<Gc<Node<Shared>>>, Option<Rc<Gc<Node<Shared>>>>);

#[test]
fn two_rcs_to_one_handle_do_not_make_up_for_a_handle_outside() {
    let ledger = Ledger::default();
    let new = || Node::<Shared>::new(&ledger);
    let (node, first, second) = (new(), new(), new());
    let shared = Rc::new(node.clone());
    *first.out.borrow_mut() = Some(Shared(vec![], Some(shared.clone())));
    *second.out.borrow_mut() = Some(Shared(vec![], Some(shared)));
    *node.out.borrow_mut() = Some(Shared(vec![first.clone(), second.clone()], None));
    drop((first, second, node.clone()));
    assert_eq!(collect().reclaimed, 0);
    ledger.assert_nothing_dropped();
    assert_eq!(Gc::strong_count(&node), 2);

    // A cycle through an `Rc` has to be broken by hand.
    let broken = node.out.borrow_mut().take();
    drop(broken);
    assert_eq!(Gc::strong_count(&node), 1);
    drop(node);
    ledger.assert_all_dropped_once();
}

/// A handle in a leaf.
#[derive(Trace)]
struct Hidden(Leaf<Gc<Node<Hidden>>>);

#[test]
fn a_handle_in_a_leaf_counts_as_held_from_outside() {
    let ledger = Ledger::default();
    let node = Node::<Hidden>::new(&ledger);
    *node.out.borrow_mut() = Some(Hidden(Leaf(node.clone())));
    drop(node.clone());
    assert_eq!(collect().reclaimed, 0);
    assert_eq!(Gc::strong_count(&node), 2);
    let hidden = node.out.borrow_mut().take();
    drop(hidden);
    drop(node);
    ledger.assert_all_dropped_once();
}

#[test]
fn what_is_not_traced_is_dropped_with_its_dead_owner() {
    let ledger = Ledger::default();
    let node = Node::<(Rc<Guard>, Leaf<Guard>)>::new(&ledger);
    let shared = Rc::new(ledger.guard());
    *node.out.borrow_mut() = Some((shared.clone(), Leaf(ledger.guard())));
    *node.next.borrow_mut() = Some(node.clone());
    drop(node);
    assert_eq!(collect().reclaimed, 1);
    assert_eq!(Rc::strong_count(&shared), 1);
    drop(shared);
    ledger.assert_all_dropped_once();
}

#[test]
fn a_leaf_is_used_as_its_value() {
    let mut leaf = Leaf::from(String::from("oak"));
    leaf.push('s');
    assert_eq!(leaf.len(), 4);
    assert_eq!(leaf.to_string(), "oaks");
    assert_eq!(format!("{leaf:?}"), "Leaf(\"oaks\")");
    assert!(leaf > Leaf::default());
    assert_eq!(Leaf::into_inner(leaf.clone()), leaf.0);
}

/// A hasher with a handle of its own and a guard, which panics when it is dropped if that is
/// switched on.
#[expect(dead_code, reason = "the handle and the guard are held, not used")]
struct Hashing<T: 'static>(Gc<T>, Guard, bool);

impl<T: 'static> BuildHasher for Hashing<T> {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        DefaultHasher::new()
    }
}

impl<T: 'static> Drop for Hashing<T> {
    fn drop(&mut self) {
        assert!(!self.2, "a hasher panics");
    }
}

/// A map to handles whose hasher owns a handle too.
#[derive(Trace)]
struct Hashed(HashMap<u8, Gc<Node<Hashed>>, Hashing<u8>>, HashSet<Leaf<u8>, Hashing<Node<Hashed>>>);

#[test]
fn a_hasher_is_not_traced_and_is_dropped_with_its_map() {
    for panics in [false, true] {
        let ledger = Ledger::default();
        // The targets lie on both sides of the node, so that some are freed before it.
        let new = || Node::<Hashed>::new(&ledger);
        let (mut targets, node, other) = (vec![new(), new(), new()], new(), new());
        targets.extend([new(), new(), new(), node.clone()]);
        for target in &targets {
            *target.next.borrow_mut() = Some(node.clone());
        }
        let number = Gc::new(1_u8);
        let mut map = HashMap::with_hasher(Hashing(number.clone(), ledger.guard(), panics));
        map.extend((0..).zip(targets));
        let mut set = HashSet::with_hasher(Hashing(other.clone(), ledger.guard(), false));
        set.insert(Leaf(1));
        *node.out.borrow_mut() = Some(Hashed(map, set));
        drop(other.clone());
        drop(node);
        assert_eq!(catch_unwind(collect).is_err(), panics);
        assert_eq!(collect().reclaimed, 0);
        // The handles in the hashers were dropped as handles outside are.
        assert_eq!(Gc::strong_count(&number), 1);
        assert_eq!(Gc::strong_count(&other), 1);
        assert_eq!(other.guard.drops()(), 0);
        drop(other);
        ledger.assert_all_dropped_once();
    }
}

#[test]
fn a_borrowed_cow_reports_nothing_and_leaves_its_target_alone() {
    #[derive(Trace)]
    struct Lender(Cow<'static, [Gc<u8>]>, RefCell<Option<Gc<Lender>>>);

    let lent = Box::into_raw(Box::new([Gc::new(7)]));
    // SAFETY: made by `Box::into_raw`; no other reference is made before the box is put together.
    let borrowed: &'static [Gc<u8>; 1] = unsafe { &*lent };
    let lender = Gc::new(Lender(Cow::Borrowed(borrowed), RefCell::new(None)));
    *lender.1.borrow_mut() = Some(lender.clone());
    drop(lender);
    assert_eq!(collect().reclaimed, 1);
    assert_eq!(Gc::strong_count(&borrowed[0]), 1);
    assert_eq!(*borrowed[0], 7);
    // SAFETY: made by `Box::into_raw` above; the collection has dropped the copy of the reference.
    drop(unsafe { Box::from_raw(lent) });
}

#[test]
fn foreign_types_that_own_no_handle_are_leaves() {
    #[cfg(feature = "arrayvec")]
    assert_eq!(shape::<arrayvec::ArrayString<7>>(), recyc::private::Facts::LEAF);
    #[cfg(feature = "serde_json")]
    assert_eq!(
        shape::<(serde_json::Value, serde_json::Map<String, serde_json::Value>)>(),
        recyc::private::Facts::LEAF
    );
    #[cfg(feature = "once_cell")]
    assert_eq!(shape::<once_cell::unsync::Lazy<recyc::Gc<u8>>>(), recyc::private::Facts::LEAF);
    #[cfg(feature = "slotmap")]
    assert_eq!(shape::<slotmap::SlotMap<slotmap::DefaultKey, u8>>(), recyc::private::Facts::LEAF);
    #[cfg(feature = "smallvec")]
    assert_eq!(shape::<smallvec::SmallVec<[u8; 4]>>(), recyc::private::Facts::LEAF);
}
