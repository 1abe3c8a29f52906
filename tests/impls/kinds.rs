//! Every type that can own handles in either heap, under the battery.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::num::{Saturating, Wrapping};
use std::ops::{Bound, ControlFlow, Range, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive};
use std::pin::Pin;
use std::sync::mpsc::{SendError, TrySendError};
use std::sync::{Mutex, OnceLock, RwLock};
use std::task::Poll;

use super::battery;
use super::model::{Element, Kind};

/// More parts than one node of a tree has places for.
pub const MANY: usize = if cfg!(miri) { 24 } else { 40 };

/// Makes a module for each type: how a value is made of parts `P`, for which numbers of them, and
/// the battery over it.
macro_rules! kinds {
    ($($name:ident: $ty:ty, [$($size:expr),+], |$parts:ident| $make:expr;)+) => {
        $(
            pub mod $name {
                use super::*;

                pub enum K {}

                impl Kind for K {
                    type Of<P: Element> = $ty;
                    const SIZES: &'static [usize] = &[$($size),+];

                    fn hold<P: Element>(parts: Vec<P>) -> Self::Of<P> {
                        #[allow(unused_mut, reason = "kinds of a fixed size take part by part")]
                        let mut $parts = parts.into_iter();
                        let made = $make;
                        assert!($parts.next().is_none());
                        made
                    }
                }

                kinds!(promises:
                    a_dead_ring_is_freed,
                    an_outside_handle_to_any_target_keeps_the_ring,
                    a_living_target_loses_one_handle_with_its_dead_holder,
                    a_panic_in_one_part_keeps_no_other_from_its_drop,
                    a_panic_in_one_part_leaves_living_targets_intact,
                    an_acyclic_holder_drops_its_parts_at_once,
                );
            }
        )+
    };
    (promises: $($promise:ident,)+) => {
        $(
            #[test]
            fn $promise() {
                battery::$promise::<K>();
            }
        )+
    };
}

/// A tuple with a part for each letter.
macro_rules! tuple {
    ($parts:ident: $($letter:ident)+) => {{
        $(let $letter = next(&mut $parts);)+
        ($($letter,)+)
    }};
}

/// The next part, which must be there.
pub fn next<P>(parts: &mut impl Iterator<Item = P>) -> P {
    parts.next().unwrap()
}

kinds! {
    option: Option<P>, [0, 1], |parts| parts.next();
    ok: Result<P, String>, [1], |parts| Ok(next(&mut parts));
    err: Result<u8, P>, [0, 1], |parts| parts.next().map_or(Ok(7), Err);
    ok_or_err_of_handles: Result<P, P>, [1], |parts| Err(next(&mut parts));
    bound_included: Bound<P>, [0, 1], |parts| parts.next().map_or(Bound::Unbounded, Bound::Included);
    bound_excluded: Bound<P>, [1], |parts| Bound::Excluded(next(&mut parts));
    poll: Poll<P>, [0, 1], |parts| parts.next().map_or(Poll::Pending, Poll::Ready);
    control_flow_break: ControlFlow<P>, [1], |parts| ControlFlow::Break(next(&mut parts));
    control_flow_continue: ControlFlow<u8, P>, [1], |parts| ControlFlow::Continue(next(&mut parts));

    reverse: Reverse<P>, [1], |parts| Reverse(next(&mut parts));
    saturating: Saturating<P>, [1], |parts| Saturating(next(&mut parts));
    wrapping: Wrapping<P>, [1], |parts| Wrapping(next(&mut parts));

    range: Range<P>, [2], |parts| next(&mut parts)..next(&mut parts);
    range_from: RangeFrom<P>, [1], |parts| next(&mut parts)..;
    range_to: RangeTo<P>, [1], |parts| ..next(&mut parts);
    range_inclusive: RangeInclusive<P>, [2], |parts| next(&mut parts)..=next(&mut parts);
    range_to_inclusive: RangeToInclusive<P>, [1], |parts| ..=next(&mut parts);

    tuple_1: (P,), [1], |parts| (next(&mut parts),);
    tuple_2: (P, P), [2], |parts| (next(&mut parts), next(&mut parts));
    tuple_3_of_two: (P, u8, P), [2], |parts| (next(&mut parts), 7, next(&mut parts));
    tuple_4: (P, P, P, P), [4], |parts| tuple!(parts: a b c d);
    tuple_5: (P, P, P, P, P), [5], |parts| tuple!(parts: a b c d e);
    tuple_6: (P, P, P, P, P, P), [6], |parts| tuple!(parts: a b c d e f);
    tuple_7: (P, P, P, P, P, P, P), [7], |parts| tuple!(parts: a b c d e f g);
    tuple_8: (P, P, P, P, P, P, P, P), [8], |parts| tuple!(parts: a b c d e f g h);
    tuple_9: (P, P, P, P, P, P, P, P, P), [9], |parts| tuple!(parts: a b c d e f g h i);
    tuple_10: (P, P, P, P, P, P, P, P, P, P), [10], |parts| tuple!(parts: a b c d e f g h i j);
    tuple_11: (P, P, P, P, P, P, P, P, P, P, P), [11], |parts| tuple!(parts: a b c d e f g h i j k);
    tuple_12: (P, P, P, P, P, P, P, P, P, P, P, P), [12], |parts| tuple!(parts: a b c d e f g h i j k l);
    tuple_13: (P, P, P, P, P, P, P, P, P, P, P, P, P), [13],
        |parts| tuple!(parts: a b c d e f g h i j k l m);
    tuple_14: (P, P, P, P, P, P, P, P, P, P, P, P, P, P), [14],
        |parts| tuple!(parts: a b c d e f g h i j k l m n);
    tuple_15: (P, P, P, P, P, P, P, P, P, P, P, P, P, P, P), [15],
        |parts| tuple!(parts: a b c d e f g h i j k l m n o);
    tuple_16: (P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P), [16],
        |parts| tuple!(parts: a b c d e f g h i j k l m n o p);

    array: [P; 3], [3], |parts| [next(&mut parts), next(&mut parts), next(&mut parts)];
    empty_array: [P; 0], [0], |parts| [];
    boxed: Box<P>, [1], |parts| Box::new(next(&mut parts));
    boxed_slice: Box<[P]>, [0, 1, 5], |parts| parts.by_ref().collect();
    pinned: Pin<Box<P>>, [1], |parts| Box::pin(next(&mut parts));
    pinned_slice: Pin<Box<[P]>>, [3], |parts| Box::into_pin(parts.by_ref().collect::<Box<[P]>>());
    owned_cow: Cow<'static, [P]>, [0, 3], |parts| Cow::Owned(parts.by_ref().collect());

    vec: Vec<P>, [0, 1, 5], |parts| parts.by_ref().collect();
    vec_with_room: Vec<P>, [3], |parts| {
        let mut vec = Vec::with_capacity(100);
        vec.extend(parts.by_ref());
        vec
    };
    iterator: std::vec::IntoIter<P>, [0, 1, 5], |parts| parts.by_ref().collect::<Vec<_>>().into_iter();
    cursor: std::io::Cursor<P>, [1], |parts| std::io::Cursor::new(next(&mut parts));
    poison: std::sync::PoisonError<P>, [1], |parts| std::sync::PoisonError::new(next(&mut parts));
    array_iterator: std::array::IntoIter<P, 3>, [3], |parts| [
        next(&mut parts), next(&mut parts), next(&mut parts)
    ].into_iter();
    array_iterator_with_gaps: std::array::IntoIter<Option<P>, 5>, [2], |parts| {
        let mut iterator = [None, None, parts.next(), parts.next(), None].into_iter();
        assert!(iterator.next().is_some() && iterator.next().is_some() && iterator.next_back().is_some());
        iterator
    };
    chained_readers: std::io::Chain<P, P>, [2], |parts| std::io::Read::chain(next(&mut parts), next(&mut parts));
    limited_reader: std::io::Take<P>, [1], |parts| std::io::Read::take(next(&mut parts), 7);
    unwind_safe: std::panic::AssertUnwindSafe<P>, [1], |parts| std::panic::AssertUnwindSafe(next(&mut parts));
    lock_error: std::sync::TryLockError<P>, [0, 1], |parts| match parts.next() {
        Some(part) => std::sync::TryLockError::Poisoned(std::sync::PoisonError::new(part)),
        None => std::sync::TryLockError::WouldBlock,
    };
    send_error: SendError<P>, [1], |parts| SendError(next(&mut parts));
    full_error: TrySendError<P>, [1], |parts| TrySendError::Full(next(&mut parts));
    disconnected_error: TrySendError<P>, [1], |parts| TrySendError::Disconnected(next(&mut parts));
    deque: VecDeque<P>, [0, 1, 5], |parts| parts.by_ref().collect();
    deque_in_two_pieces: VecDeque<P>, [5], |parts| {
        let mut deque = VecDeque::with_capacity(8);
        deque.extend(parts.by_ref());
        let last = deque.pop_back().unwrap();
        deque.push_front(last);
        assert!(!deque.as_slices().1.is_empty());
        deque
    };
    list: LinkedList<P>, [0, 1, 5], |parts| parts.by_ref().collect();
    heap: BinaryHeap<P>, [0, 1, 5], |parts| parts.by_ref().collect();
    tree_set: BTreeSet<P>, [0, 1, 5, MANY], |parts| parts.by_ref().collect();
    tree_values: BTreeMap<usize, P>, [0, 1, 5, MANY], |parts| parts.by_ref().enumerate().collect();
    tree_keys: BTreeMap<P, String>, [0, 1, MANY], |parts| parts.by_ref().map(|part| (part, "value".into())).collect();
    tree_keys_and_values: BTreeMap<P, P>, [0, MANY], |parts| {
        let mut tree = BTreeMap::new();
        while let Some(key) = parts.next() {
            tree.insert(key, next(&mut parts));
        }
        tree
    };
    set: HashSet<P>, [0, 1, 5, MANY], |parts| parts.by_ref().collect();
    set_with_hasher: HashSet<P, BuildHasherDefault<DefaultHasher>>, [5], |parts| parts.by_ref().collect();
    map_values: HashMap<usize, P>, [0, 1, 5, MANY], |parts| parts.by_ref().enumerate().collect();
    map_keys: HashMap<P, String>, [0, 1, MANY], |parts| parts.by_ref().map(|part| (part, "value".into())).collect();
    map_keys_and_values: HashMap<P, P>, [0, MANY], |parts| {
        let mut map = HashMap::new();
        while let Some(key) = parts.next() {
            map.insert(key, next(&mut parts));
        }
        map
    };

    mutex: Mutex<Vec<P>>, [0, 1, 3], |parts| Mutex::new(parts.by_ref().collect());
    rw_lock: RwLock<Vec<P>>, [0, 1, 3], |parts| RwLock::new(parts.by_ref().collect());
    once_lock: OnceLock<P>, [0, 1], |parts| parts.next().map_or_else(OnceLock::new, OnceLock::from);
}
