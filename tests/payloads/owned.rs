//! What `Trace::owned_bytes` returns for values whose impls are not derived.

use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::io::{BufReader, BufWriter, Read, empty, sink};

use recyc::{Trace, TraceWith, Tracer, trace_fields};

struct Listed<T: 'static> {
    text: String,
    rest: T,
}
trace_fields!(impl[T: Trace] Trace for Listed<T>: Listed { text, rest });

struct Pair(Vec<u8>, u32, Box<u64>);
trace_fields!(impl[] Trace for Pair: Pair { 0, 1, 2 });

#[test]
fn fields_that_a_list_names_own_what_they_own_together() {
    let (text, rest) = (String::with_capacity(5_000), Some(vec![0_u16; 100]));
    assert_eq!(Listed { text, rest }.owned_bytes(), 5_200);
    assert_eq!(Pair(vec![0; 7], 1, Box::new(2)).owned_bytes(), 15);
}

#[test]
fn iterators_by_value_own_what_is_left_in_them() {
    let mut left = VecDeque::from(vec![0_u32; 100]).into_iter();
    assert_eq!(left.owned_bytes(), 400);
    left.by_ref().take(60).for_each(drop);
    assert_eq!(left.owned_bytes(), 160);
    assert_eq!(BinaryHeap::from(vec![0_u64; 10]).into_iter().owned_bytes(), 80);
    assert_eq!(
        (0..9).map(|n| (n, 0_u32)).collect::<BTreeMap<u32, _>>().into_values().owned_bytes(),
        72
    );
    assert_eq!(
        (0..9).map(|n| (n, 0_u32)).collect::<HashMap<u32, _>>().into_iter().owned_bytes(),
        72
    );
    assert_eq!([vec![0_u8; 3], vec![0; 4]].into_iter().owned_bytes(), 7);
    assert_eq!([1_u8, 2].into_iter().owned_bytes(), 0);
}

#[test]
fn readers_and_writers_own_their_buffers() {
    let reader = BufReader::with_capacity(3_000, empty());
    let buffered = BufReader::with_capacity(1_000, empty());
    assert_eq!(BufWriter::with_capacity(2_000, sink()).owned_bytes(), 2_000);
    assert_eq!(reader.chain(buffered).owned_bytes(), 4_000);
}

struct Foreign<T>(T, u8);

/// An adapter that keeps the default of `owned_bytes`.
struct Silent;

// SAFETY: a foreign value owns its first part, which is traced once; nothing is changed.
unsafe impl<T: Trace> TraceWith<Foreign<T>> for Silent {
    fn trace(value: &Foreign<T>, tracer: &mut Tracer<'_>) {
        value.0.trace(tracer);
    }
}

struct Counting;

// SAFETY: as for `Silent`.
unsafe impl<T: Trace> TraceWith<Foreign<T>> for Counting {
    fn trace(value: &Foreign<T>, tracer: &mut Tracer<'_>) {
        Silent::trace(value, tracer);
    }

    fn owned_bytes(value: &mut Foreign<T>) -> usize {
        value.0.owned_bytes()
    }
}

struct Listing;
trace_fields!(impl[T: Trace] TraceWith<Foreign<T>> for Listing: Foreign { 0, 1 });

#[test]
fn fields_with_an_adapter_own_what_the_adapter_returns() {
    #[derive(Trace)]
    struct Adapted {
        #[trace(with = "Silent")]
        _silent: Foreign<Vec<u8>>,
        #[trace(with = "Counting")]
        _counting: Foreign<Vec<u32>>,
        #[trace(with = "Listing")]
        _listing: Foreign<Vec<u8>>,
        text: String,
        #[trace(skip)]
        _skipped: Vec<u8>,
    }

    let mut adapted = Adapted {
        _silent: Foreign(vec![0; 10_000], 1),
        _counting: Foreign(vec![0; 1_000], 1),
        _listing: Foreign(vec![0; 300], 1),
        text: String::with_capacity(20),
        _skipped: vec![0; 100_000],
    };
    assert_eq!(adapted.owned_bytes(), 4_320);

    #[derive(Trace)]
    struct Only(#[trace(with = "Counting")] Foreign<Vec<u8>>);
    assert_eq!(Only(Foreign(vec![0; 70], 1)).owned_bytes(), 70);
}
