//! Iterators that give no access to what is left in them.
//!
//! Most own no handle: they borrow, or run over text, numbers and the operating system's lists. An
//! adapter or an iterator by value may own handles, but a shared reference to it leads to none of
//! them. So all are leaves: a handle that is left in one counts as an external one until the
//! iterator gives it out or is dropped. `vec::IntoIter` and `array::IntoIter` are traced.

use std::collections::{
    binary_heap, btree_map, btree_set, hash_map, hash_set, linked_list, vec_deque,
};
use std::sync::mpsc;
use std::{ascii, char, env, io, iter, net, option, path, result, slice, str};

use super::{Depth, Disposer, Promise, Shape, Trace, Tracer};
use crate::policy::bytes::array_bytes;

/// Writes leaves with the same parameters.
macro_rules! leaves {
    ($parameters:tt $($ty:ty,)+) => { $(leaf!(generic: $parameters $ty);)+ };
}

// Text, paths and what the operating system lists.
leaf!(types:
    str::Bytes<'static>, str::CharIndices<'static>, str::Chars<'static>, str::EncodeUtf16<'static>,
    str::EscapeDebug<'static>, str::EscapeDefault<'static>, str::EscapeUnicode<'static>, str::Lines<'static>,
    str::SplitAsciiWhitespace<'static>, str::SplitWhitespace<'static>, str::Utf8Chunks<'static>,
    std::string::Drain<'static>,
    char::EscapeDebug, char::EscapeDefault, char::EscapeUnicode, char::ToLowercase, char::ToUppercase,
    ascii::EscapeDefault, slice::EscapeAscii<'static>,
    path::Ancestors<'static>, path::Components<'static>, path::Iter<'static>,
    env::Args, env::ArgsOs, env::SplitPaths<'static>, env::Vars, env::VarsOs,
    net::Incoming<'static>,
);
#[cfg(unix)]
leaf!(types: std::os::unix::net::Incoming<'static>,);
leaves!([I: Iterator<Item = u16> + 'static] char::DecodeUtf16<I>,);

/// Writes the leaves that find a pattern, whose trait cannot be named.
macro_rules! patterns {
    ($($pattern:ty),+) => {
        $(leaf!(types:
            str::MatchIndices<'static, $pattern>, str::Matches<'static, $pattern>,
            str::RMatchIndices<'static, $pattern>, str::RMatches<'static, $pattern>,
            str::RSplit<'static, $pattern>, str::RSplitN<'static, $pattern>, str::RSplitTerminator<'static, $pattern>,
            str::Split<'static, $pattern>, str::SplitInclusive<'static, $pattern>, str::SplitN<'static, $pattern>,
            str::SplitTerminator<'static, $pattern>,
        );)+
    };
}
patterns!(char, &'static str, fn(char) -> bool);

// Borrowed elements.
leaves!([T: 'static]
    slice::Chunks<'static, T>, slice::ChunksExact<'static, T>, slice::ChunksExactMut<'static, T>,
    slice::ChunksMut<'static, T>, slice::Iter<'static, T>, slice::IterMut<'static, T>, slice::RChunks<'static, T>,
    slice::RChunksExact<'static, T>, slice::RChunksExactMut<'static, T>, slice::RChunksMut<'static, T>,
    slice::Windows<'static, T>,
    option::Iter<'static, T>, option::IterMut<'static, T>, result::Iter<'static, T>, result::IterMut<'static, T>,
    vec_deque::Iter<'static, T>, vec_deque::IterMut<'static, T>, linked_list::Iter<'static, T>,
    linked_list::IterMut<'static, T>, binary_heap::Iter<'static, T>, btree_set::Iter<'static, T>,
    btree_set::Range<'static, T>, hash_set::Iter<'static, T>,
    mpsc::Iter<'static, T>, mpsc::TryIter<'static, T>,
);
leaves!([K: 'static, V: 'static]
    btree_map::Iter<'static, K, V>, btree_map::IterMut<'static, K, V>, btree_map::Keys<'static, K, V>,
    btree_map::Range<'static, K, V>, btree_map::RangeMut<'static, K, V>, btree_map::Values<'static, K, V>,
    btree_map::ValuesMut<'static, K, V>,
    hash_map::Iter<'static, K, V>, hash_map::IterMut<'static, K, V>, hash_map::Keys<'static, K, V>,
    hash_map::Values<'static, K, V>, hash_map::ValuesMut<'static, K, V>,
);

// Elements by value.
leaves!([T: 'static]
    option::IntoIter<T>, result::IntoIter<T>, mpsc::IntoIter<T>,
    iter::Empty<T>, iter::Once<T>, iter::Repeat<T>, iter::RepeatN<T>,
);

/// Writes leaves that own the memory of the elements which are left in them.
macro_rules! owners {
    ($parameters:tt $element:ty: $($ty:ty,)+) => {
        $(leaf!(generic_buffer: $parameters $ty: |elements: &Self| array_bytes::<$element>(elements.len()));)+
    };
}
owners!([T: 'static] T:
    vec_deque::IntoIter<T>, linked_list::IntoIter<T>, binary_heap::IntoIter<T>, btree_set::IntoIter<T>,
    hash_set::IntoIter<T>,
);
owners!([K: 'static, V: 'static] (K, V):
    btree_map::IntoIter<K, V>, btree_map::IntoKeys<K, V>, btree_map::IntoValues<K, V>,
    hash_map::IntoIter<K, V>, hash_map::IntoKeys<K, V>, hash_map::IntoValues<K, V>,
);

// Functions that make elements.
leaves!([F: 'static] iter::FromFn<F>, iter::OnceWith<F>, iter::RepeatWith<F>,);
leaves!([T: 'static, F: 'static] iter::Successors<T, F>,);

// Adapters.
leaves!([I: 'static]
    iter::Cloned<I>, iter::Copied<I>, iter::Cycle<I>, iter::Enumerate<I>, iter::Fuse<I>, iter::Rev<I>, iter::Skip<I>,
    iter::StepBy<I>, iter::Take<I>,
);
leaves!([I: 'static, J: 'static] iter::Chain<I, J>, iter::Zip<I, J>,);
leaves!([I: 'static, F: 'static]
    iter::Filter<I, F>, iter::FilterMap<I, F>, iter::Inspect<I, F>, iter::Map<I, F>, iter::MapWhile<I, F>,
    iter::SkipWhile<I, F>, iter::TakeWhile<I, F>,
);
leaves!([I: 'static, S: 'static, F: 'static] iter::Scan<I, S, F>,);
leaves!([I: Iterator<Item: 'static> + 'static] iter::Peekable<I>,);
leaves!([I: Iterator<Item: IntoIterator<IntoIter: 'static>> + 'static] iter::Flatten<I>,);
leaves!([I: 'static, U: IntoIterator<IntoIter: 'static> + 'static, F: 'static] iter::FlatMap<I, U, F>,);

// Readers, whose buffers give no access either.
leaves!([R: 'static] io::Bytes<R>, io::Lines<R>, io::Split<R>,);
