//! `docs/comparison.md` against the code: each stable item of `Rc`, `Arc` and their `Weak` is in
//! the table, and used here, on the handles of either heap, with the signature that it has there.

#![allow(clippy::type_complexity, reason = "signatures are what this file is about")]

use std::any::Any;
use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::fmt::{Debug, Display, Pointer};
use std::hash::Hash;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::{Path, PathBuf};
use std::pin::Pin;

/// A type to which all items of the comparison apply.
type T = String;

/// Returns the two cells of each item in the tables: for `Gc` beside `Rc`, and for `sync::Gc`
/// beside `Arc`.
fn rows() -> BTreeMap<&'static str, [&'static str; 2]> {
    let page = include_str!("../docs/comparison.md");
    let (tables, _) = page.split_once("## The language").unwrap();
    let rows = tables.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.splitn(4, " | ");
        Some((cells.next()?.strip_suffix('`')?, [cells.next()?, cells.next()?]))
    });
    rows.filter(|(item, _)| !["Rc`, `Arc", "Weak"].contains(item)).collect()
}

/// The items as they are used: a function by its type, a trait by a bound.
macro_rules! items {
    (functions: $($name:literal: $ty:ty = $function:expr;)+ traits: $($impl:literal: $($bounded:ty: $($bound:path)|+),+;)+) => {{
        fn implements<X: ?Sized>(_: impl Fn(&X)) {}
        $(let _: $ty = $function;)+
        $($($({
            fn asks<X: ?Sized + $bound>(_: &X) {}
            implements::<$bounded>(asks);
        })+)+)+
        vec![$($name,)+ $($impl,)+]
    }};
}

/// Uses every item on the handles of a heap.
macro_rules! used {
    ($name:ident: $($heap:ident)::+, $any:ty) => {
        mod $name {
            use super::*;
            use $($heap)::+::{Gc, Weak};

            #[allow(clippy::type_complexity, reason = "the types are what is asked")]
            pub fn used() -> Vec<&'static str> {
                items! {
                    functions:
                    "new": fn(T) -> Gc<T> = Gc::new;
                    "new_cyclic": fn(fn(&Weak<T>) -> T) -> Gc<T> = Gc::new_cyclic;
                    "new_uninit": fn() -> Gc<MaybeUninit<T>> = Gc::<T>::new_uninit;
                    "new_zeroed": fn() -> Gc<MaybeUninit<T>> = Gc::<T>::new_zeroed;
                    "new_uninit_slice": fn(usize) -> Gc<[MaybeUninit<T>]> = Gc::<[T]>::new_uninit_slice;
                    "new_zeroed_slice": fn(usize) -> Gc<[MaybeUninit<T>]> = Gc::<[T]>::new_zeroed_slice;
                    "assume_init": (unsafe fn(Gc<MaybeUninit<T>>) -> Gc<T>, unsafe fn(Gc<[MaybeUninit<T>]>) -> Gc<[T]>)
                        = (Gc::<MaybeUninit<T>>::assume_init, Gc::<[MaybeUninit<T>]>::assume_init);
                    "pin": fn(T) -> Pin<Gc<T>> = Gc::pin;
                    "try_unwrap": fn(Gc<T>) -> Result<T, Gc<T>> = Gc::try_unwrap;
                    "into_inner": fn(Gc<T>) -> Option<T> = Gc::into_inner;
                    "unwrap_or_clone": fn(Gc<T>) -> T = Gc::unwrap_or_clone;
                    "from_raw": unsafe fn(*const [T]) -> Gc<[T]> = Gc::from_raw;
                    "into_raw": fn(Gc<[T]>) -> *const [T] = Gc::into_raw;
                    "as_ptr": fn(&Gc<[T]>) -> *const [T] = Gc::as_ptr;
                    "increment_strong_count": unsafe fn(*const [T]) = Gc::increment_strong_count;
                    "decrement_strong_count": unsafe fn(*const [T]) = Gc::decrement_strong_count;
                    "downgrade": fn(&Gc<[T]>) -> Weak<[T]> = Gc::downgrade;
                    "strong_count": fn(&Gc<[T]>) -> usize = Gc::strong_count;
                    "weak_count": fn(&Gc<[T]>) -> usize = Gc::weak_count;
                    "get_mut": fn(&mut Gc<[T]>) -> Option<&mut [T]> = Gc::get_mut;
                    "make_mut": (fn(&mut Gc<T>) -> &mut T, fn(&mut Gc<[T]>) -> &mut [T], fn(&mut Gc<str>) -> &mut str)
                        = (Gc::make_mut, Gc::make_mut, Gc::make_mut);
                    "ptr_eq": fn(&Gc<[T]>, &Gc<[T]>) -> bool = Gc::ptr_eq;
                    "downcast": fn(Gc<$any>) -> Result<Gc<T>, Gc<$any>> = Gc::downcast;

                    "Weak::new": Weak<T> = const { Weak::new() };
                    "Weak::upgrade": fn(&Weak<[T]>) -> Option<Gc<[T]>> = Weak::upgrade;
                    "Weak::strong_count": fn(&Weak<[T]>) -> usize = Weak::strong_count;
                    "Weak::weak_count": fn(&Weak<[T]>) -> usize = Weak::weak_count;
                    "Weak::ptr_eq": fn(&Weak<[T]>, &Weak<[T]>) -> bool = Weak::ptr_eq;
                    "Weak::as_ptr": fn(&Weak<[T]>) -> *const [T] = Weak::as_ptr;
                    "Weak::into_raw": fn(Weak<[T]>) -> *const [T] = Weak::into_raw;
                    "Weak::from_raw": unsafe fn(*const [T]) -> Weak<[T]> = Weak::from_raw;
                    "Drop": bool = const { assert!(std::mem::needs_drop::<Gc<[u8]>>()); true };
                    "Drop for Weak": bool = const { assert!(std::mem::needs_drop::<Weak<[u8]>>()); true };

                    traits:
                    "Clone for Weak": Weak<[T]>: Clone;
                    "Debug for Weak": Weak<[T]>: Debug;
                    "Default for Weak": Weak<T>: Default;

                    "Clone": Gc<[T]>: Clone;
                    "Deref": Gc<[T]>: Deref<Target = [T]>;
                    "Debug": Gc<[T]>: Debug;
                    "Display": Gc<str>: Display;
                    "Pointer": Gc<[T]>: Pointer;
                    "PartialEq": Gc<[f32]>: PartialEq;
                    "Eq": Gc<[T]>: Eq;
                    "PartialOrd": Gc<[f32]>: PartialOrd;
                    "Ord": Gc<[T]>: Ord;
                    "Hash": Gc<[T]>: Hash;
                    "AsRef": Gc<[T]>: AsRef<[T]>;
                    "Borrow": Gc<[T]>: Borrow<[T]>;
                    "Unpin": Gc<std::marker::PhantomPinned>: Unpin;
                    "UnwindSafe": Gc<[T]>: UnwindSafe;
                    "RefUnwindSafe": Gc<[T]>: RefUnwindSafe;
                    "Default": Gc<T>: Default;
                    "Default for Rc<[T]>": Gc<[T]>: Default;
                    "Default for Rc<str>": Gc<str>: Default;
                    "Default for Rc<CStr>": Gc<CStr>: Default;
                    "Default for Pin<Rc<T>>": Pin<Gc<T>>: Default, Pin<Gc<str>>: Default;

                    "From<T>": Gc<T>: From<T>;
                    "From<Box<T>>": Gc<T>: From<Box<T>>, Gc<[T]>: From<Box<[T]>>, Gc<str>: From<Box<str>>,
                        Gc<Path>: From<Box<Path>>;
                    "From<Cow<B>>": Gc<str>: From<Cow<'static, str>>, Gc<[T]>: From<Cow<'static, [T]>>,
                        Gc<Path>: From<Cow<'static, Path>>;
                    "From<[T; N]>": Gc<[T]>: From<[T; 3]>;
                    "From<Vec<T>>": Gc<[T]>: From<Vec<T>>;
                    "From<&[T]>": Gc<[T]>: From<&'static [T]>;
                    "From<&mut [T]>": Gc<[T]>: From<&'static mut [T]>;
                    "From<&str>": Gc<str>: From<&'static str>;
                    "From<&mut str>": Gc<str>: From<&'static mut str>;
                    "From<String>": Gc<str>: From<String>;
                    "From<&CStr>": Gc<CStr>: From<&'static CStr>;
                    "From<&mut CStr>": Gc<CStr>: From<&'static mut CStr>;
                    "From<CString>": Gc<CStr>: From<CString>;
                    "From<&OsStr>": Gc<OsStr>: From<&'static OsStr>;
                    "From<&mut OsStr>": Gc<OsStr>: From<&'static mut OsStr>;
                    "From<OsString>": Gc<OsStr>: From<OsString>;
                    "From<&Path>": Gc<Path>: From<&'static Path>;
                    "From<&mut Path>": Gc<Path>: From<&'static mut Path>;
                    "From<PathBuf>": Gc<Path>: From<PathBuf>;
                    "From<Rc<str>> for Rc<[u8]>": Gc<[u8]>: From<Gc<str>>;
                    "TryFrom<Rc<[T]>> for Rc<[T; N]>": Gc<[T; 3]>: TryFrom<Gc<[T]>, Error = Gc<[T]>>;
                    "FromIterator": Gc<[T]>: FromIterator<T>;
                    "Error": Gc<std::fmt::Error>: std::error::Error;
                    "Read": Gc<std::fs::File>: std::io::Read | std::io::Write | std::io::Seek;
                }
            }
        }
    };
}
used!(local: recyc, dyn Any);
used!(shared: recyc::sync, dyn Any + Send + Sync);

/// Every item that the page has is used here and every one used here is on the page.
#[test]
fn the_page_lists_exactly_the_items_that_are_used_here() {
    let rows = rows();
    // Items that a bound cannot check: the absence of a trait is in the compile-fail tests, files
    // depend on the system.
    let elsewhere = ["!Send", "!Sync", "AsFd", "AsRawFd", "From<Arc<W>> for Waker"];
    for mut used in [local::used(), shared::used()] {
        used.extend(elsewhere);
        used.sort_unstable();
        assert!(rows.keys().copied().eq(used.iter().copied()), "{:#?}\n{used:#?}", rows.keys());
    }
}

#[test]
fn the_page_gives_a_plain_answer_for_each_item() {
    for (item, [local, shared]) in rows() {
        assert!(
            ["same", "differs", "only here", "no such thing"].contains(&local),
            "{item}: {local}"
        );
        assert!(["same", "differs", "cannot exist"].contains(&shared), "{item}: {shared}");
    }
}

#[test]
fn shared_handles_cross_threads() {
    fn crosses<X: Send + Sync + ?Sized>() {}
    crosses::<recyc::sync::Gc<[T]>>();
    crosses::<recyc::sync::Weak<dyn Any + Send + Sync>>();
}

#[cfg(any(unix, target_os = "wasi"))]
#[test]
fn files_lend_their_descriptors() {
    fn asks<X: std::os::fd::AsFd + std::os::fd::AsRawFd>() {}
    asks::<recyc::Gc<std::fs::File>>();
    asks::<recyc::sync::Gc<std::fs::File>>();
    assert!(rows().contains_key("AsFd") && rows().contains_key("AsRawFd"));
}

/// The names that a module exports by `pub use`, of the module's source.
fn exported(source: &str) -> Vec<&str> {
    let uses = source.split("pub use ").skip(1).map(|rest| rest.split(';').next().unwrap());
    let names = uses.flat_map(|list| list.rsplit("::").next().unwrap().split(['{', '}', ',']));
    names.map(str::trim).filter(|name| !name.is_empty()).collect()
}

#[test]
fn the_shared_heap_has_every_local_name_or_a_reason() {
    let local = include_str!("../src/lib.rs");
    let (shared, missing) =
        (exported(include_str!("../src/sync/mod.rs")), include_str!("../src/sync/mod.rs"));
    let (crate_names, _) = local.split_once("#[doc(hidden)]").unwrap();
    for name in exported(crate_names) {
        let explained =
            name == "GcCell" && missing.contains("Only the [`GcCell`](crate::GcCell) has no");
        let is_module = missing.contains(&format!("pub mod {name};"));
        assert!(shared.contains(&name) || is_module || explained, "sync::{name} is missing");
    }
    for name in ["Gc", "collect", "on_collection", "Tracer"] {
        assert!(exported(crate_names).contains(&name), "the names are not found");
    }
}
