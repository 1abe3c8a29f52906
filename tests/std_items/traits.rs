//! The traits of the standard library that handles implement.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use super::kind::{Gc, STD, Weak, nothing_is_left};

/// The names of the methods that were called.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<&'static str>>>);

impl Calls {
    fn note(&self, name: &'static str) {
        self.0.lock().unwrap().push(name);
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A number that records by which method it is compared. It has no `Eq`.
#[derive(recyc::Trace, Clone)]
struct Partial(f64, recyc::Leaf<Calls>);

impl PartialEq for Partial {
    fn eq(&self, other: &Self) -> bool {
        self.1.note("eq");
        self.0 == other.0
    }

    #[allow(clippy::partialeq_ne_impl, reason = "the test is about it")]
    fn ne(&self, other: &Self) -> bool {
        self.1.note("ne");
        self.0 != other.0
    }
}

impl PartialOrd for Partial {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.1.note("partial_cmp");
        self.0.partial_cmp(&other.0)
    }

    fn lt(&self, other: &Self) -> bool {
        self.1.note("lt");
        self.0 < other.0
    }

    fn le(&self, other: &Self) -> bool {
        self.1.note("le");
        self.0 <= other.0
    }

    fn gt(&self, other: &Self) -> bool {
        self.1.note("gt");
        self.0 > other.0
    }

    fn ge(&self, other: &Self) -> bool {
        self.1.note("ge");
        self.0 >= other.0
    }
}

#[test]
fn each_comparison_calls_the_method_of_the_value() {
    nothing_is_left(|| {
        let calls = Calls::default();
        let [one, two] =
            [1.0, 2.0].map(|number| Gc::new(Partial(number, recyc::Leaf(calls.clone()))));
        assert!(one != two && !(one == two) && one < two && one <= two);
        assert!(!(one > two) && !(one >= two));
        assert_eq!(one.partial_cmp(&two), Some(Ordering::Less));
        assert_eq!(calls.take(), ["ne", "eq", "lt", "le", "gt", "ge", "partial_cmp"]);
    });
}

#[test]
fn a_value_that_differs_from_itself_differs_in_one_handle() {
    nothing_is_left(|| {
        let nan = Gc::new(f32::NAN);
        let same = nan.clone();
        assert!(nan != same && !(nan == same) && !(nan <= same) && !(nan >= same));
        assert_eq!(nan.partial_cmp(&same), None);
        let slice = Gc::<[f64]>::from([1.0, f64::NAN]);
        assert!(slice != slice.clone());
    });
}

/// A number with `Eq` that records its comparisons.
#[derive(recyc::Trace)]
struct Total(u32, recyc::Leaf<Calls>);

impl PartialEq for Total {
    fn eq(&self, other: &Self) -> bool {
        self.1.note("eq");
        self.0 == other.0
    }
}

impl Eq for Total {}

#[test]
fn equal_handles_compare_their_value_here_and_not_in_std() {
    nothing_is_left(|| {
        let calls = Calls::default();
        let one = Gc::new(Total(1, recyc::Leaf(calls.clone())));
        let same = one.clone();
        assert!(one == same);
        assert_eq!(calls.take().len(), usize::from(!STD));
        assert!(one == Gc::new(Total(1, recyc::Leaf(calls.clone()))));
        assert_eq!(calls.take(), ["eq"]);
    });
}

#[test]
fn handles_are_ordered_as_their_values() {
    nothing_is_left(|| {
        let (one, two) = (Gc::<str>::from("a"), Gc::<str>::from("b"));
        assert_eq!(
            (one.cmp(&two), two.cmp(&one), one.cmp(&one.clone())),
            (Ordering::Less, Ordering::Greater, Ordering::Equal)
        );
        assert_eq!(*one.clone().max(two.clone()), *"b");
        let mut all = [two, one].map(Gc::<[u8]>::from);
        all.sort();
        assert_eq!(all.each_ref().map(|each| each[0]), [b'a', b'b']);
    });
}

#[test]
fn a_handle_hashes_and_borrows_as_its_value() {
    nothing_is_left(|| {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let (text, slice) = (Gc::<str>::from("key"), Gc::<[u16]>::from([1, 2]));
        assert_eq!(hasher.hash_one(&text), hasher.hash_one("key"));
        assert_eq!(hasher.hash_one(&slice), hasher.hash_one([1_u16, 2].as_slice()));
        assert_eq!(hasher.hash_one(Gc::new(7_u64)), hasher.hash_one(7_u64));
        let by_hash = HashMap::from([(text.clone(), 1)]);
        let by_order = BTreeMap::from([(slice, 2)]);
        assert_eq!((by_hash["key"], by_order[&[1, 2][..]]), (1, 2));
        let (borrowed, referred): (&str, &str) = (text.borrow(), text.as_ref());
        assert!(std::ptr::eq(borrowed, referred) && std::ptr::eq(borrowed, &raw const *text));
    });
}

#[test]
fn a_handle_is_formatted_as_its_value() {
    nothing_is_left(|| {
        let number = Gc::new(5);
        assert_eq!(
            format!("{number}|{number:>4}|{number:+}|{number:?}|{number:03?}"),
            "5|   5|+5|5|005"
        );
        let slice = Gc::<[u8]>::from([1, 2]);
        assert_eq!(format!("{slice:?}|{slice:#?}"), "[1, 2]|[\n    1,\n    2,\n]");
        assert_eq!(format!("{:?}", recyc::unsize!(Gc::new("text") => dyn Debug)), "\"text\"");
    });
}

#[test]
fn a_pointer_is_formatted_as_the_address_of_the_value() {
    nothing_is_left(|| {
        let number = Gc::new(5);
        assert_eq!(format!("{number:p}|{number:#p}"), format!("{0:p}|{0:#p}", &raw const *number));
        let slice = Gc::<[u8]>::from([1, 2]);
        assert_eq!(format!("{slice:p}"), format!("{:p}", &raw const *slice));
    });
}

#[test]
fn a_weak_is_formatted_without_its_value() {
    nothing_is_left(|| {
        let value = Gc::new(5);
        let weak = Gc::downgrade(&value);
        assert_eq!(format!("{weak:?}|{weak:#?}"), "(Weak)|(Weak)");
        drop(value);
        assert_eq!(format!("{weak:?}{:?}", Weak::<u8>::default()), "(Weak)(Weak)");
    });
}

#[test]
fn defaults_are_the_defaults_of_the_values() {
    nothing_is_left(|| {
        assert_eq!((*Gc::<u32>::default(), Gc::<String>::default().len()), (0, 0));
        assert_eq!(Gc::<[String]>::default().len(), 0);
        let pinned: [Pin<Gc<u32>>; 1] = Default::default();
        assert_eq!(*pinned[0], 0);
        assert_eq!(&*Pin::<Gc<str>>::default(), "");
        assert!(Weak::<u32>::default().upgrade().is_none());
    });
}

#[test]
fn a_value_and_a_box_become_a_handle() {
    nothing_is_left(|| {
        let log = super::super::model::Log::default();
        let value = Gc::from(log.value(1));
        let boxed = Gc::<super::super::model::Logged>::from(Box::new(log.value(2)));
        let slice = Gc::<[u64]>::from(vec![1, 2].into_boxed_slice());
        let empty = Gc::<[u64]>::from(Box::<[u64]>::default());
        assert_eq!((value.number, boxed.number, &*slice, empty.len()), (1, 2, &[1, 2][..], 0));
        assert_eq!(Gc::try_unwrap(Gc::<()>::from(Box::new(()))), Ok(()));
        assert_eq!(log.take(), super::super::model::NO_DROPS);
        drop((value, boxed));
        assert_eq!(log.take(), [1, 2]);
    });
}

#[test]
fn handles_have_the_markers_of_the_standard_library() {
    fn has<T: Unpin + UnwindSafe + RefUnwindSafe>() {}
    has::<Gc<u8>>();
    has::<Gc<str>>();
    has::<Gc<Mutex<std::marker::PhantomPinned>>>();
    nothing_is_left(|| {
        let value = Gc::new(5);
        let clone = value.clone();
        assert!(catch_unwind(move || assert_eq!(*clone, 6)).is_err());
        assert_eq!((*value, Gc::strong_count(&value)), (5, 1));
    });
}

#[cfg(any(unix, target_os = "wasi"))]
#[test]
fn a_handle_lends_the_descriptor_of_its_value() {
    use std::os::fd::{AsFd, AsRawFd};

    nothing_is_left(|| {
        let file = Gc::new(std::fs::File::open("Cargo.toml").unwrap());
        assert_eq!(file.as_fd().as_raw_fd(), (*file).as_raw_fd());
        assert_eq!(AsRawFd::as_raw_fd(&file), (*file).as_raw_fd());
    });
}
