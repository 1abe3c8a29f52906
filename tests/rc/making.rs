//! `make_mut`, for values with and without a size.

use super::kind::Cell;
use std::ffi::{CStr, OsStr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::kind::{Gc, MakeMut, Trace, collect};

use super::model::{Case, Node, in_every_situation, nothing_is_left};

/// After `make_mut` the handle is alone, the other handles see the old value, and the weaks follow
/// those.
fn assert_made<T: MakeMut + ?Sized>(
    mut case: Case<T>,
    change: impl Fn(&mut T),
    is_changed: impl Fn(&T) -> bool,
) {
    let before = Gc::address(&case.handle);
    change(Gc::make_mut(&mut case.handle));
    assert!(is_changed(&case.handle));
    assert!(Gc::is_unique(&case.handle));
    let moved = case.situation.shared || case.situation.watched;
    assert_eq!(Gc::address(&case.handle) != before, moved);
    assert!(case.others.iter().all(|other| !is_changed(other)));
    assert!(case.weaks.iter().all(|weak| weak.upgrade().is_some() == case.situation.shared));
    collect();
    assert!(is_changed(&case.handle));
    change(Gc::make_mut(&mut case.handle));
}

#[test]
fn make_mut_changes_what_is_alone_and_clones_what_is_shared() {
    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, drops| {
            let shared = usize::from(case.situation.shared);
            assert_made(case, |node| node.number = 2, |node| node.number == 2);
            assert_eq!(drops.count(), 1 + shared);
        },
    );
}

#[test]
fn make_mut_of_a_slice() {
    in_every_situation(
        |drops| Gc::<[Node]>::from([Node::new(1, drops), Node::new(1, drops)]),
        |case, _| assert_made(case, |nodes| nodes[1].number = 2, |nodes| nodes[1].number == 2),
    );
    in_every_situation(
        |drops| vec![Node::new(1, drops), Node::new(1, drops)].into(),
        |case: Case<[Node]>, _| {
            assert_made(case, |nodes| nodes[1].number = 2, |nodes| nodes[1].number == 2)
        },
    );
}

#[test]
fn make_mut_of_strings() {
    in_every_situation(
        |_| Gc::<str>::from("quiet"),
        |case, _| assert_made(case, str::make_ascii_uppercase, |text| text == "QUIET"),
    );
    in_every_situation(
        |_| Gc::<OsStr>::from(OsStr::new("quiet")),
        |case, _| assert_made(case, OsStr::make_ascii_uppercase, |text| text == "QUIET"),
    );
}

#[test]
fn make_mut_of_strings_that_cannot_change() {
    nothing_is_left(|_| {
        let (mut text, mut path) = (Gc::<CStr>::from(c"text"), Gc::<Path>::from(Path::new("a/b")));
        let shared = (text.clone(), path.clone());
        assert_eq!(&*Gc::make_mut(&mut text), c"text");
        assert_eq!(&*Gc::make_mut(&mut path), Path::new("a/b"));
        assert!(!Gc::ptr_eq(&text, &shared.0) && !Gc::ptr_eq(&path, &shared.1));
    });
}

#[test]
fn make_mut_of_nothing() {
    nothing_is_left(|_| {
        let mut slice = Gc::<[Gc<u8>]>::default();
        let shared = slice.clone();
        assert!(Gc::make_mut(&mut slice).is_empty());
        assert!(!Gc::ptr_eq(&slice, &shared));
        let (mut unit, weak) = {
            let unit = Gc::new(());
            (unit.clone(), Gc::downgrade(&unit))
        };
        *Gc::make_mut(&mut unit) = ();
        assert!(weak.upgrade().is_none());
    });
}

/// Panics when it is cloned the second time.
#[derive(Trace)]
struct Clonable(Gc<Cell<u32>>);

impl Clone for Clonable {
    fn clone(&self) -> Self {
        self.0.set(self.0.get() + 1);
        assert_ne!(self.0.get(), 2, "this clone panics");
        Self(self.0.clone())
    }
}

#[test]
fn a_panic_in_clone_leaves_the_handle_as_it_was() {
    in_every_situation(
        |_| {
            let clones = Gc::new(Cell::new(0));
            Gc::<[Clonable]>::from([Clonable(clones.clone()), Clonable(clones)])
        },
        |mut case, _| {
            let before = Gc::address(&case.handle);
            let made = catch_unwind(AssertUnwindSafe(|| {
                Gc::make_mut(&mut case.handle);
            }));
            assert_eq!(made.is_err(), case.situation.shared);
            assert_eq!(Gc::strong_count(&case.handle[0].0), 2);
            assert_eq!(
                Gc::address(&case.handle) == before,
                case.situation.shared || !case.situation.watched
            );
        },
    );
}
