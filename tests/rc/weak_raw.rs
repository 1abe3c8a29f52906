//! `Weak::into_raw`, `from_raw` and `as_ptr`: the memory of a value stays while a raw `Weak` leads
//! to it.

use super::kind::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::kind::{Finalize, Gc, Leaf, SHARED, Trace, Weak, collect, unsize};

use super::model::{Drops, Guard, Node, in_every_situation, nothing_is_left};

/// # Safety
///
/// As for `Weak::from_raw`.
unsafe fn back<T: ?Sized>(pointer: *const T) -> Weak<T> {
    // SAFETY: as the caller promises.
    unsafe { Weak::from_raw(pointer) }
}

#[test]
fn a_raw_weak_is_the_address_of_the_value_and_comes_back() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, _| {
            let weak = Gc::downgrade(&case.handle);
            let pointer = weak.clone().into_raw();
            assert_eq!((pointer, weak.as_ptr()), (Gc::as_ptr(&case.handle), pointer));
            assert_eq!(Gc::weak_count(&case.handle), 2 + case.weaks.len());
            // SAFETY: from `into_raw`, turned back once.
            let same = unsafe { back(pointer) };
            assert!(same.ptr_eq(&weak));
            assert_eq!(Gc::weak_count(&case.handle), 2 + case.weaks.len());
            assert!(Gc::ptr_eq(&same.upgrade().unwrap(), &case.handle));
        },
    );
}

#[test]
fn a_raw_weak_does_not_keep_the_value() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, drops| {
            let (one, other) =
                (Gc::downgrade(&case.handle).into_raw(), Gc::downgrade(&case.handle).into_raw());
            drop((case.handle, case.others));
            assert_eq!(drops.count(), 1);
            // SAFETY: from `into_raw`, turned back once each.
            let (one, other) = unsafe { (back(one), back(other)) };
            assert!(one.upgrade().is_none() && one.ptr_eq(&other));
            assert!(case.weaks.iter().all(|weak| weak.ptr_eq(&one)));
        },
    );
}

/// The address of a value, as a set of `Weak` handles compares it.
fn place(weak: &Weak<Node>) -> usize {
    weak.as_ptr().addr()
}

#[test]
fn an_address_from_a_weak_names_one_value_while_a_weak_exists() {
    nothing_is_left(|drops| {
        let mut known = Vec::new();
        for number in 0..64 {
            let value = Gc::new(Node::new(number, drops));
            let weak = Gc::downgrade(&value);
            assert_eq!(place(&weak), Gc::as_ptr(&value).addr());
            assert!(
                known.iter().all(|other| place(other) != place(&weak)),
                "an address was used again"
            );
            // In turn by counting and by a collection.
            if number % 2 == 0 {
                *value.next.borrow_mut() = Some(value.clone());
            }
            drop(value);
            collect();
            assert_eq!((drops.count(), weak.strong_count()), (number as usize + 1, 0));
            known.push(weak);
        }
    });
}

#[test]
fn the_memory_behind_an_address_goes_with_the_last_weak() {
    // One sanitizer or another sees a leak, and memory that is used after it was freed.
    for order in 0..6 {
        nothing_is_left(|drops| {
            let mut value = Some(Gc::new(Node::new(1, drops)));
            let weak = Gc::downgrade(value.as_ref().unwrap());
            let before = place(&weak);
            let mut raw = Some(weak.clone().into_raw());
            let mut weak = Some(weak);
            let steps = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]][order];
            for step in steps {
                match step {
                    0 => drop(value.take()),
                    1 => drop(weak.take()),
                    // SAFETY: from `into_raw`, turned back once.
                    _ => drop(unsafe { back(raw.take().unwrap()) }),
                }
                assert!(weak.as_ref().is_none_or(|weak| place(weak) == before));
            }
            assert_eq!(drops.count(), 1);
        });
    }
}

#[test]
fn a_raw_weak_to_a_member_of_a_dead_cycle_survives_it() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, drops| {
            let pointer = Gc::downgrade(&case.handle).into_raw();
            let other = Gc::new(Node::new(2, drops));
            *other.next.borrow_mut() = Some(case.handle.clone());
            *case.handle.next.borrow_mut() = Some(other);
            drop((case.handle, case.others));
            assert_eq!(collect().reclaimed, 2);
            assert_eq!(drops.count(), 2);
            // SAFETY: from `into_raw`, turned back once.
            assert!(unsafe { back(pointer) }.upgrade().is_none());
        },
    );
}

#[test]
fn what_is_unwrapped_or_moved_leaves_its_place_to_a_raw_weak() {
    nothing_is_left(|drops| {
        let mut handle = Gc::new(Node::new(1, drops));
        let first = Gc::downgrade(&handle).into_raw();
        Gc::make_mut(&mut handle).number = 2;
        let second = Gc::downgrade(&handle).into_raw();
        assert_ne!(first, second);
        let node = Gc::into_inner(handle).unwrap();
        // SAFETY: from `into_raw`, turned back once each.
        let (first, second) = unsafe { (back(first), back(second)) };
        assert!(first.upgrade().is_none() && second.upgrade().is_none() && !first.ptr_eq(&second));
        assert_eq!((node.number, drops.count()), (2, 0));
    });
}

#[test]
fn a_raw_weak_to_a_value_that_is_gone_leads_nowhere() {
    nothing_is_left(|drops| {
        let weak = Gc::downgrade(&Gc::new(Node::new(1, drops)));
        assert!(!weak.ptr_eq(&Weak::new()));
        // The memory of a shared value is still there, and so is its address.
        // SAFETY: from `into_raw`, turned back once.
        assert_eq!(unsafe { back(weak.into_raw()) }.ptr_eq(&Weak::new()), !SHARED);
        // SAFETY: as above.
        assert!(unsafe { back(Weak::<u8>::new().into_raw()) }.ptr_eq(&Weak::new()));
    });
}

#[test]
fn raw_weaks_keep_what_makes_them_wide() {
    nothing_is_left(|drops| {
        let slice: Gc<[Node]> = vec![Node::new(1, drops), Node::new(2, drops)].into();
        let any = unsize!(Gc::new(Node::new(3, drops)) => super::kind::Any);
        let raw = (Gc::downgrade(&slice).into_raw(), Gc::downgrade(&any).into_raw());
        // SAFETY: from `into_raw`, turned back once each.
        let weak = unsafe { (back(raw.0), back(raw.1)) };
        assert_eq!(weak.0.upgrade().unwrap().len(), 2);
        assert!(weak.1.upgrade().unwrap().is::<Node>());
        let raw = (weak.0.into_raw(), weak.1.into_raw());
        drop((slice, any));
        assert_eq!(drops.count(), 3);
        // SAFETY: as above; the values are gone.
        let weak = unsafe { (back(raw.0), back(raw.1)) };
        assert!(weak.0.upgrade().is_none() && weak.1.upgrade().is_none());
        let nowhere = unsize!(Weak::<u8>::new() => super::kind::Any).into_raw();
        // SAFETY: as above.
        assert!(unsafe { back(nowhere) }.upgrade().is_none());
    });
}

/// A raw `Weak` in a value.
struct Raw<T>(*const T);

// SAFETY: what it leads to is only known as a `Weak`, and a `Weak` of such a type may cross
// threads.
unsafe impl<T> Send for Raw<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Raw<T> {}

/// Turns a raw `Weak` to its owner back, or another into one, while the owner is being destroyed.
struct Meddler(
    RefCell<Option<Raw<Owner>>>,
    RefCell<Option<Weak<Owner>>>,
    #[allow(dead_code)] Guard,
    bool,
);

impl Drop for Meddler {
    fn drop(&mut self) {
        if let Some(Raw(pointer)) = self.0.take() {
            // SAFETY: from `into_raw`, turned back once.
            assert!(unsafe { back(pointer) }.upgrade().is_none());
        }
        if let Some(weak) = self.1.take() {
            // SAFETY: as above.
            assert!(unsafe { back(weak.into_raw()) }.upgrade().is_none());
        }
        assert!(!self.3, "the meddler panics");
    }
}

#[derive(Trace)]
struct Owner {
    me: RefCell<Option<Gc<Owner>>>,
    meddler: Leaf<Meddler>,
}

impl Owner {
    fn new(drops: &Drops, panics: bool) -> Gc<Self> {
        let meddler = Meddler(RefCell::new(None), RefCell::new(None), drops.guard().0, panics);
        Gc::new(Self { me: RefCell::new(None), meddler: Leaf(meddler) })
    }
}

#[test]
fn raw_weaks_may_come_and_go_while_their_value_is_destroyed() {
    for bits in 0..32 {
        let [take_back, make_raw, keep, cycle, panics] =
            [1, 2, 4, 8, 16].map(|bit| bits & bit != 0);
        nothing_is_left(|drops| {
            let owner = Owner::new(drops, panics);
            if take_back {
                *owner.meddler.0.0.borrow_mut() = Some(Raw(Gc::downgrade(&owner).into_raw()));
            }
            if make_raw {
                *owner.meddler.0.1.borrow_mut() = Some(Gc::downgrade(&owner));
            }
            let kept = keep.then(|| Gc::downgrade(&owner).into_raw());
            if cycle {
                *owner.me.borrow_mut() = Some(owner.clone());
            }
            let ended = catch_unwind(AssertUnwindSafe(|| {
                drop(owner);
                collect();
            }));
            assert_eq!((ended.is_err(), drops.count()), (panics, 1));
            if let Some(pointer) = kept {
                // SAFETY: from `into_raw`, turned back once.
                assert!(unsafe { back(pointer) }.upgrade().is_none());
            }
        });
    }
}

#[test]
fn a_raw_weak_to_a_value_that_never_came_leads_nowhere() {
    nothing_is_left(|_| {
        let mut pointer = None;
        let made = catch_unwind(AssertUnwindSafe(|| {
            Gc::<String>::new_cyclic(|me| {
                pointer = Some(me.clone().into_raw());
                panic!("there is no value");
            })
        }));
        assert!(made.is_err());
        // SAFETY: from `into_raw`, turned back once.
        assert!(unsafe { back(pointer.unwrap()) }.upgrade().is_none());
    });
}

/// Makes itself reachable again, by a raw `Weak`.
#[derive(Trace)]
#[trace(finalize)]
struct Phoenix {
    me: RefCell<Option<Gc<Phoenix>>>,
    raw: Leaf<RefCell<Option<Raw<Phoenix>>>>,
}

thread_local!(static REBORN: std::cell::RefCell<Option<Gc<Phoenix>>> = const { std::cell::RefCell::new(None) });

impl Finalize for Phoenix {
    fn finalize(&self) {
        if let Some(Raw(pointer)) = self.raw.take() {
            // SAFETY: from `into_raw`, turned back once.
            REBORN.set(unsafe { back(pointer) }.upgrade());
        }
    }
}

#[test]
fn a_finalizer_can_use_a_raw_weak_to_what_it_finalizes() {
    for cycle in [false, true] {
        nothing_is_left(|_| {
            let phoenix =
                Gc::new(Phoenix { me: RefCell::new(None), raw: Leaf(RefCell::new(None)) });
            let kept = Gc::downgrade(&phoenix).into_raw();
            *phoenix.raw.borrow_mut() = Some(Raw(Gc::downgrade(&phoenix).into_raw()));
            if cycle {
                *phoenix.me.borrow_mut() = Some(phoenix.clone());
            }
            drop(phoenix);
            collect();
            let reborn = REBORN.take().unwrap();
            // SAFETY: from `into_raw`, turned back once.
            let weak = unsafe { back(kept) };
            assert!(Gc::ptr_eq(&weak.upgrade().unwrap(), &reborn));
            drop(reborn);
            collect();
            assert!(weak.upgrade().is_none());
        });
    }
}
