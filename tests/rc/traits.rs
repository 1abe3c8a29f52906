//! The traits of the standard library.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::kind::{Gc, Weak, alone, unsize};

use super::model::nothing_is_left;

#[test]
fn handles_compare_hash_and_show_as_their_values_do() {
    nothing_is_left(|_| {
        let (one, same, two) = (Gc::new(1), Gc::new(1), Gc::new(2));
        assert!(one == same && one != two && one < two && two >= same);
        assert_eq!(one.cmp(&two), Ordering::Less);
        assert_eq!(
            (format!("{one}{one:?}"), format!("{one:>3}|{one:+}")),
            ("11".into(), "  1|+1".into())
        );
        let map = HashMap::from([(Gc::new("key"), 1)]);
        assert_eq!(map[&Gc::new("key")], 1);
        let by_text = HashMap::from([(Gc::<str>::from("key"), 1)]);
        assert_eq!(by_text["key"], 1);
        let ordered = BTreeMap::from([(Gc::<[u8]>::from([2]), 2), (Gc::from([1]), 1)]);
        assert_eq!((ordered[&[1][..]], ordered.values().next()), (1, Some(&1)));
    });
}

#[test]
fn what_is_not_equal_to_itself_is_not_so_in_a_handle() {
    let _turn = alone();
    let nan = Gc::new(f64::NAN);
    assert!(nan != nan.clone() && nan.partial_cmp(&nan).is_none());
}

#[test]
fn a_pointer_is_shown_as_the_address_of_the_value() {
    let _turn = alone();
    let value = Gc::new(1);
    assert_eq!(format!("{value:p}"), format!("{:p}", &*value));
    let shown = unsize!(value => dyn fmt::Debug);
    assert_eq!(format!("{shown:p}"), format!("{:p}", &raw const *shown));
}

#[test]
fn a_weak_shows_nothing_of_its_target() {
    let _turn = alone();
    assert_eq!(
        format!("{:?} {:?}", Weak::<u8>::new(), Gc::downgrade(&Gc::new(1))),
        "(Weak) (Weak)"
    );
}

#[test]
fn an_error_in_a_handle_is_an_error_with_the_same_source() {
    let _turn = alone();
    #[derive(Debug)]
    struct Outer(fmt::Error);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("outer")
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    let error: Box<dyn Error> = Box::new(Gc::new_leaf(Outer(fmt::Error)));
    assert_eq!(error.to_string(), "outer");
    assert!(error.source().unwrap().is::<fmt::Error>());
}

#[test]
fn handles_are_one_word_with_a_niche_and_have_the_markers_of_rc() {
    let _turn = alone();
    fn assert_markers<T: Unpin + UnwindSafe + RefUnwindSafe>() {}
    assert_markers::<Gc<std::sync::Mutex<std::marker::PhantomPinned>>>();
    assert_markers::<Weak<u8>>();
    assert_eq!(
        (size_of::<Gc<u8>>(), size_of::<Option<Gc<u8>>>()),
        (size_of::<usize>(), size_of::<usize>())
    );
    assert_eq!(
        (size_of::<Option<Weak<u8>>>(), size_of::<Option<Gc<str>>>()),
        (size_of::<usize>(), 2 * size_of::<usize>())
    );
}

#[cfg(unix)]
#[test]
fn a_file_in_a_handle_lends_its_descriptor() {
    let _turn = alone();
    use std::os::fd::{AsFd, AsRawFd};

    let file = Gc::new(std::fs::File::open("Cargo.toml").unwrap());
    assert_eq!(file.as_fd().as_raw_fd(), (*file).as_raw_fd());
    assert_eq!(Gc::new(7).as_raw_fd(), 7);
}

#[cfg(all(feature = "serde", feature = "serde_json"))]
#[test]
fn serde_writes_a_handle_as_its_value_and_reads_it_as_a_new_one() {
    use super::kind::{GcCell, Leaf};

    nothing_is_left(|_| {
        let shared = Gc::new(7);
        let value =
            (shared.clone(), Gc::downgrade(&shared), GcCell::new(Some(shared.clone())), Leaf(1));
        let (slice, text) = (Gc::<[u8]>::from([1, 2]), Gc::<str>::from("text"));
        let json = serde_json::to_string(&(value, slice, text)).unwrap();
        assert_eq!(json, r#"[[7,7,7,1],[1,2],"text"]"#);
        type Read = ((Gc<i32>, Weak<i32>, GcCell<Option<Gc<i32>>>, Leaf<i32>), Gc<[u8]>, Gc<str>);
        let (value, slice, text): Read = serde_json::from_str(&json).unwrap();
        assert_eq!((*value.0, *value.2.get().unwrap(), *value.3), (7, 7, 1));
        assert!(value.1.upgrade().is_none());
        assert_eq!((&*slice, &*text), (&[1, 2][..], "text"));
    });
}

#[cfg(feature = "stable_deref_trait")]
#[test]
fn the_address_of_a_value_is_stable() {
    let _turn = alone();
    fn assert_stable<T: stable_deref_trait::CloneStableDeref>(handle: &T) -> &T::Target {
        handle
    }
    assert_eq!(assert_stable(&Gc::<str>::from("text")), "text");
}
