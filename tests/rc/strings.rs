//! Strings of every kind in a `Gc`.

use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::path::{Path, PathBuf};

use super::kind::{Gc, Trace, collect};

use super::model::{in_every_situation, nothing_is_left};

#[test]
fn a_string_is_the_same_from_wherever_it_comes() {
    nothing_is_left(|_| {
        let ways: [Gc<str>; 6] = [
            "text".into(),
            String::from("text").as_mut_str().into(),
            String::from("text").into(),
            Box::<str>::from("text").into(),
            Cow::Borrowed("text").into(),
            Cow::<str>::Owned("text".into()).into(),
        ];
        for text in ways {
            assert_eq!(&*text, "text");
            assert_eq!(text.to_string(), "text");
        }
        assert_eq!(&*Gc::<str>::default(), "");
        assert_eq!(&*Gc::<CStr>::default(), c"");
    });
}

#[test]
fn strings_of_the_system() {
    nothing_is_left(|_| {
        let (c, os, path) = (c"text", OsStr::new("text"), Path::new("a/b"));
        for text in [
            Gc::<CStr>::from(c),
            CString::from(c).into(),
            Box::<CStr>::from(c).into(),
            Cow::from(c).into(),
        ] {
            assert_eq!(&*text, c);
        }
        for text in [
            Gc::<OsStr>::from(os),
            OsString::from(os).into(),
            Box::<OsStr>::from(os).into(),
            Cow::from(os).into(),
        ] {
            assert_eq!(&*text, os);
        }
        for text in [
            Gc::<Path>::from(path),
            PathBuf::from(path).into(),
            Box::<Path>::from(path).into(),
            Cow::from(path).into(),
        ] {
            assert_eq!(&*text, path);
        }
        assert_eq!(&*Gc::<CStr>::from(&mut *CString::from(c).into_boxed_c_str()), c);
        assert_eq!(&*Gc::<OsStr>::from(&mut *Box::<OsStr>::from(os)), os);
        assert_eq!(&*Gc::<Path>::from(&mut *Box::<Path>::from(path)), path);
    });
}

#[test]
fn a_string_becomes_its_bytes_and_stays_the_same_value() {
    in_every_situation(
        |_| Gc::<str>::from("text"),
        |case, _| {
            let address = Gc::address(&case.handle);
            let bytes: Gc<[u8]> = case.handle.into();
            assert_eq!((&*bytes, Gc::address(&bytes)), (&b"text"[..], address));
            assert_eq!(Gc::strong_count(&bytes), 1 + case.others.len());
            drop(case.others);
            assert_eq!(Gc::weak_count(&bytes), case.weaks.len());
            drop(bytes);
            assert!(case.weaks.iter().all(|weak| weak.upgrade().is_none()));
        },
    );
}

#[test]
fn a_dead_cycle_gives_up_the_strings_it_holds() {
    #[derive(Trace)]
    struct Named(Gc<str>, super::kind::RefCell<Option<Gc<Named>>>);

    nothing_is_left(|_| {
        let (mine, yours) = (Gc::<str>::from("mine"), Gc::<str>::from("yours"));
        let watch = Gc::downgrade(&mine);
        for name in [mine, yours.clone()] {
            let named = Gc::new(Named(name, None.into()));
            *named.1.borrow_mut() = Some(named.clone());
        }
        collect();
        assert!(watch.upgrade().is_none());
        assert_eq!(Gc::strong_count(&yours), 1);
    });
}
