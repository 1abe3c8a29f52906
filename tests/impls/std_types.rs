//! Types of the standard library that own no handle that can be read, as fields.

use std::cell::RefCell;
use std::collections::{
    HashMap, binary_heap, btree_map, btree_set, hash_map, hash_set, linked_list, vec_deque,
};
use std::ops::Range;
use std::{
    ascii, char, env, ffi, fmt, fs, future, io, iter, mem, net, num, option, panic, path, process,
    result, slice,
};
use std::{str, string, sync, task, thread, time, vec};

use recyc::private::Facts;
use recyc::{Gc, GcCell, Trace, Tracer, collect};

use super::leaves::shape;

/// A type with one field under test.
#[derive(Trace)]
struct Field<T: Trace> {
    value: Option<T>,
    me: GcCell<Option<Gc<Self>>>,
}

fn is_a_leaf_in_a_field<T: Trace>() {
    assert_eq!(shape::<T>(), Facts::LEAF, "{}", std::any::type_name::<T>());
    let field = Gc::new(Field::<T> { value: None, me: GcCell::new(None) });
    field.me.set(Some(field.clone()));
    assert!(field.value.is_none());
    drop(field);
    assert_eq!(collect().reclaimed, 1);
}

macro_rules! leaves {
    ($($name:ident: $($ty:ty),+ $(,)?;)+) => {
        $(
            #[test]
            fn $name() {
                $(is_a_leaf_in_a_field::<$ty>();)+
            }
        )+
    };
}

type Numbers = vec::IntoIter<u8>;
type Bytes = Range<u8>;

leaves! {
    text_and_its_iterators_are_leaves:
        str::Bytes<'static>, str::CharIndices<'static>, str::Chars<'static>, str::EncodeUtf16<'static>,
        str::EscapeDebug<'static>, str::Lines<'static>, str::Split<'static, char>, str::Split<'static, &'static str>,
        str::SplitN<'static, fn(char) -> bool>, str::Matches<'static, char>, str::SplitWhitespace<'static>,
        str::SplitAsciiWhitespace<'static>, str::Utf8Chunk<'static>, str::Utf8Chunks<'static>, string::Drain<'static>,
        string::FromUtf16Error, string::ParseError, fmt::Alignment, char::DecodeUtf16<vec::IntoIter<u16>>,
        char::DecodeUtf16Error, char::EscapeDebug, char::EscapeDefault, char::EscapeUnicode, char::ToLowercase,
        char::ToUppercase, char::TryFromCharError, ascii::EscapeDefault, slice::EscapeAscii<'static>;

    iterators_over_borrowed_elements_are_leaves:
        slice::Iter<'static, Gc<u8>>, slice::IterMut<'static, u8>, slice::Chunks<'static, u8>,
        slice::ChunksExact<'static, u8>, slice::Windows<'static, u8>, option::Iter<'static, u8>,
        result::Iter<'static, u8>, vec_deque::Iter<'static, u8>, linked_list::Iter<'static, u8>,
        binary_heap::Iter<'static, u8>, btree_map::Iter<'static, u8, u8>, btree_map::Keys<'static, u8, u8>,
        btree_map::Values<'static, u8, u8>, btree_map::Range<'static, u8, u8>, btree_set::Iter<'static, u8>,
        hash_map::Iter<'static, u8, u8>, hash_map::Keys<'static, u8, u8>, hash_map::Values<'static, u8, u8>,
        hash_set::Iter<'static, u8>;

    iterators_by_value_that_cannot_be_read_are_leaves:
        option::IntoIter<u8>, result::IntoIter<u8>, vec_deque::IntoIter<u8>, linked_list::IntoIter<u8>,
        binary_heap::IntoIter<u8>, btree_map::IntoIter<u8, u8>, btree_map::IntoKeys<u8, u8>,
        btree_map::IntoValues<u8, u8>, btree_set::IntoIter<u8>, hash_map::IntoIter<u8, u8>, hash_map::IntoKeys<u8, u8>,
        hash_map::IntoValues<u8, u8>, hash_set::IntoIter<u8>, iter::Once<Gc<u8>>, iter::Empty<u8>, iter::Repeat<u8>,
        iter::RepeatN<u8>, std::array::IntoIter<u8, 3>;

    adapters_of_iterators_are_leaves:
        iter::Peekable<Numbers>, iter::Peekable<str::Chars<'static>>, iter::Rev<Bytes>, iter::Chain<Bytes, Numbers>,
        iter::Zip<Bytes, Bytes>, iter::Enumerate<Bytes>, iter::Skip<Bytes>, iter::Take<Bytes>, iter::StepBy<Bytes>,
        iter::Cycle<Bytes>, iter::Fuse<Bytes>, iter::Cloned<slice::Iter<'static, u8>>,
        iter::Copied<slice::Iter<'static, u8>>, iter::Map<Bytes, fn(u8) -> u8>, iter::MapWhile<Bytes, fn(u8)>,
        iter::Filter<Bytes, fn(u8)>, iter::FilterMap<Bytes, fn(u8)>, iter::Inspect<Bytes, fn(u8)>,
        iter::SkipWhile<Bytes, fn(u8)>, iter::TakeWhile<Bytes, fn(u8)>, iter::Scan<Bytes, u8, fn(u8)>,
        iter::Flatten<vec::IntoIter<Vec<u8>>>, iter::FlatMap<Bytes, Vec<u8>, fn(u8) -> Vec<u8>>,
        iter::FromFn<fn() -> Option<u8>>, iter::OnceWith<fn() -> u8>, iter::RepeatWith<fn() -> u8>,
        iter::Successors<u8, fn(u8) -> Option<u8>>, iter::Peekable<iter::Map<Numbers, fn(u8) -> char>>;

    readers_and_writers_are_leaves:
        io::Bytes<fs::File>, io::Lines<io::StdinLock<'static>>, io::Split<io::Empty>, io::Take<fs::File>,
        io::Chain<fs::File, io::Empty>, io::StdinLock<'static>, io::StdoutLock<'static>, io::StderrLock<'static>,
        io::IoSlice<'static>, io::IoSliceMut<'static>, io::IntoInnerError<u8>, io::WriterPanicked,
        fs::DirBuilder, fs::FileTimes, process::Stdio, net::Incoming<'static>;

    paths_and_the_environment_are_leaves:
        path::Ancestors<'static>, path::Component<'static>, path::Components<'static>, path::Display<'static>,
        path::Iter<'static>, path::Prefix<'static>, path::PrefixComponent<'static>, path::StripPrefixError,
        env::Args, env::ArgsOs, env::JoinPathsError, env::SplitPaths<'static>, env::Vars, env::VarsOs;

    threads_locks_and_tasks_are_leaves:
        thread::AccessError, thread::Builder, thread::LocalKey<u8>, &'static thread::LocalKey<u8>,
        thread::ScopedJoinHandle<'static, Gc<u8>>, sync::BarrierWaitResult, sync::OnceState, sync::WaitTimeoutResult,
        sync::TryLockError<u8>, sync::mpsc::SendError<u8>,
        sync::mpsc::TrySendError<u8>, sync::mpsc::TryRecvError, sync::mpsc::RecvTimeoutError,
        sync::mpsc::IntoIter<u8>, sync::mpsc::Iter<'static, u8>, sync::mpsc::TryIter<'static, u8>,
        task::Context<'static>, task::RawWaker, task::RawWakerVTable, future::Ready<u8>, future::Pending<u8>;

    other_values_without_handles_are_leaves:
        ffi::c_void, *mut ffi::c_void, ffi::FromBytesUntilNulError, ffi::FromBytesWithNulError,
        ffi::FromVecWithNulError, ffi::IntoStringError, mem::Discriminant<Gc<u8>>, num::FpCategory,
        panic::AssertUnwindSafe<u8>, std::collections::TryReserveError, time::TryFromFloatSecsError;
}

/// A cycle through a type that cannot be read lives; its handles are dropped with the value.
#[track_caller]
fn holds_its_handles<T: Trace>(make: impl Fn(Vec<Gc<Outer<T>>>) -> T) {
    let (outer, other) = (Gc::new(Outer::default()), Gc::new(Outer::default()));
    *outer.inner.borrow_mut() = Some(make(vec![outer.clone(), other.clone()]));
    drop(outer.clone());
    let report = collect();
    assert_eq!((report.reclaimed, report.overreported), (0, 0));
    assert_eq!((Gc::strong_count(&outer), Gc::strong_count(&other)), (2, 2));
    let inner = outer.inner.borrow_mut().take();
    drop(inner);
    assert_eq!((Gc::strong_count(&outer), Gc::strong_count(&other)), (1, 1));

    // A dead owner drops them too.
    *outer.inner.borrow_mut() = Some(make(vec![other.clone()]));
    outer.me.set(Some(outer.clone()));
    drop(outer);
    assert_eq!(collect().reclaimed, 1);
    assert_eq!(Gc::strong_count(&other), 1);
}

#[derive(Trace)]
struct Outer<T: Trace> {
    inner: RefCell<Option<T>>,
    me: GcCell<Option<Gc<Self>>>,
}

impl<T: Trace> Default for Outer<T> {
    fn default() -> Self {
        Self { inner: RefCell::new(None), me: GcCell::new(None) }
    }
}

#[test]
fn an_iterator_that_cannot_be_read_holds_its_handles() {
    /// Makes the recursive types finite.
    macro_rules! iterators {
        ($($name:ident($inner:ty): |$handles:ident| $make:expr;)+) => {
            $({
                #[derive(Trace)]
                struct $name($inner);
                holds_its_handles::<$name>(|$handles| $name($make));
            })+
        };
    }

    iterators! {
        Peeked(iter::Peekable<vec::IntoIter<Gc<Outer<Peeked>>>>): |handles| {
            let mut iterator = handles.into_iter().peekable();
            assert!(iterator.peek().is_some());
            iterator
        };
        Reversed(iter::Rev<vec::IntoIter<Gc<Outer<Reversed>>>>): |handles| handles.into_iter().rev();
        Deque(vec_deque::IntoIter<Gc<Outer<Deque>>>): |handles| vec_deque::VecDeque::from(handles).into_iter();
        Values(btree_map::IntoIter<usize, Gc<Outer<Values>>>): |handles| {
            handles.into_iter().enumerate().collect::<btree_map::BTreeMap<_, _>>().into_iter()
        };
        Hashed(hash_map::IntoValues<usize, Gc<Outer<Hashed>>>): |handles| {
            handles.into_iter().enumerate().collect::<HashMap<_, _>>().into_values()
        };
    }
}

/// A `trace` by hand, which goes through the guard of a cell.
struct ByHand(RefCell<Option<Gc<ByHand>>>);

// SAFETY: the handle is reported once, and dispose drops what trace does not report.
unsafe impl Trace for ByHand {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.borrow().trace(tracer);
    }
}

#[test]
fn a_trace_by_hand_reaches_what_a_guard_leads_to() {
    let value = Gc::new(ByHand(RefCell::default()));
    *value.0.borrow_mut() = Some(value.clone());
    drop(value);
    assert_eq!(collect().reclaimed, 1);
}
