//! Strings of every kind.

use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::path::{Path, PathBuf};

use super::kind::{Gc, nothing_is_left};

#[test]
fn a_str_comes_from_every_kind_of_string() {
    nothing_is_left(|| {
        for text in ["", "a", "héllo"] {
            let mut owned = String::with_capacity(50);
            owned.push_str(text);
            let all: [Gc<str>; 6] = [
                text.into(),
                owned.clone().as_mut_str().into(),
                owned.clone().into(),
                owned.into_boxed_str().into(),
                Cow::Borrowed(text).into(),
                Cow::<str>::Owned(text.into()).into(),
            ];
            assert!(all.iter().all(|each| **each == *text && Gc::strong_count(each) == 1));
        }
    });
}

#[test]
fn strings_of_the_system_come_from_every_kind() {
    nothing_is_left(|| {
        let c = c"text";
        let mut boxed = c.to_owned().into_boxed_c_str();
        let all: [Gc<CStr>; 6] = [
            c.into(),
            (&mut *boxed).into(),
            c.to_owned().into(),
            boxed.into(),
            Cow::Borrowed(c).into(),
            Cow::<CStr>::Owned(CString::from(c)).into(),
        ];
        assert!(all.iter().all(|each| **each == *c));
        let os = OsStr::new("text");
        let mut boxed = os.to_owned().into_boxed_os_str();
        let all: [Gc<OsStr>; 6] = [
            os.into(),
            (&mut *boxed).into(),
            os.to_owned().into(),
            boxed.into(),
            Cow::Borrowed(os).into(),
            Cow::<OsStr>::Owned(OsString::from(os)).into(),
        ];
        assert!(all.iter().all(|each| **each == *os));
        let path = Path::new("a/b");
        let mut boxed = path.to_owned().into_boxed_path();
        let all: [Gc<Path>; 6] = [
            path.into(),
            (&mut *boxed).into(),
            path.to_owned().into(),
            boxed.into(),
            Cow::Borrowed(path).into(),
            Cow::<Path>::Owned(PathBuf::from(path)).into(),
        ];
        assert!(all.iter().all(|each| **each == *path));
    });
}

#[test]
fn default_strings_are_empty() {
    nothing_is_left(|| {
        assert_eq!(&*Gc::<str>::default(), "");
        assert_eq!(&*Gc::<CStr>::default(), c"");
    });
}

#[test]
fn a_str_becomes_its_bytes_in_place() {
    nothing_is_left(|| {
        let text = Gc::<str>::from("héllo");
        let (other, weak, place) = (text.clone(), Gc::downgrade(&text), Gc::as_ptr(&text));
        let bytes = Gc::<[u8]>::from(text);
        assert!(std::ptr::addr_eq(Gc::as_ptr(&bytes), place));
        assert_eq!((&*bytes, Gc::strong_count(&bytes)), ("héllo".as_bytes(), 2));
        drop(bytes);
        assert_eq!(weak.upgrade().as_deref(), Some("héllo"));
        let bytes = Gc::<[u8]>::from(other);
        drop(bytes);
        assert!(weak.upgrade().is_none());
        assert!(Gc::<[u8]>::from(Gc::<str>::default()).is_empty());
    });
}
