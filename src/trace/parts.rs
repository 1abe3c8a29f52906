//! Types that hold a fixed number of parts in place: options, results, ranges, tuples, thin
//! wrappers.
//!
//! Each is given as its variants and the parts of each, and a macro writes the three functions:
//! trace asks the parts that are there, dispose disposes them in order (the guards of a tuple are
//! dropped one after the other even when one panics), and the shape is what holds for all parts.

use std::cmp::Reverse;
use std::io::{Chain, Cursor, Take};
use std::num::{Saturating, Wrapping};
use std::ops::{Bound, ControlFlow, Range, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive};
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{SendError, TrySendError};
use std::sync::{PoisonError, TryLockError};
use std::task::Poll;

use super::{Depth, Disposer, Promise, Shape, Trace, Tracer};
use crate::closure::Closure;

/// Writes the impl of a type: the type, the types of its parts, and for each pattern the parts in
/// it. The parts are found `through` functions that lend them where the type has no public fields.
/// A pattern is `unread` if the value may get a part later without a lock. Parameters of the type
/// that are no parts follow a `+`.
macro_rules! parts {
    (@lent $this:ident) => { $this };
    (@lent $this:ident $lend:expr) => { ($lend)($this) };
    (@trace $tracer:ident unread) => { $tracer.note_unread_cell() };
    (@trace $tracer:ident [$($part:ident),*]) => {{ $(Trace::trace($part, $tracer);)* }};
    (@dispose $disposer:ident unread) => { () };
    (@dispose $disposer:ident []) => { () };
    // A single part needs no guard.
    (@dispose $disposer:ident [$part:ident]) => { Trace::dispose($part, $disposer) };
    (@dispose $disposer:ident [$($part:ident),*]) => { drop(($($disposer.part($part),)*)) };
    (@bytes unread) => { 0 };
    (@bytes [$($part:ident),*]) => { 0_usize$(.saturating_add(Trace::owned_bytes($part)))* };
    ($(
        $ty:ty, [$first:ident $(, $more:ident)*] $(+ [$($parameters:tt)*])?
        $(, through ($shared:expr, $exclusive:expr))?: { $($pattern:pat => $parts:tt),+ };
    )+) => {
        $(
            // SAFETY: the parts belong to this value alone and are all that it owns; each is traced
            // once.
            unsafe impl<$first: Trace $(, $more: Trace)* $(, $($parameters)*)?> Trace for $ty {
                #[inline]
                fn trace(&self, tracer: &mut Tracer<'_>) {
                    match parts!(@lent self $($shared)?) {
                        $($pattern => parts!(@trace tracer $parts),)+
                    }
                }

                #[inline]
                unsafe fn dispose(&mut self, disposer: &Disposer) {
                    let this = parts!(@lent self $($exclusive)?);
                    // SAFETY: by *given up*, as the caller promises for the value, and so for each
                    // of its parts.
                    unsafe {
                        match this {
                            $($pattern => parts!(@dispose disposer $parts),)+
                        }
                    }
                }

                #[inline]
                fn owned_bytes(&mut self) -> usize {
                    match parts!(@lent self $($exclusive)?) {
                        $($pattern => parts!(@bytes $parts),)+
                    }
                }

                #[inline]
                fn shape<D: Depth>() -> Shape<impl Promise> {
                    $first::shape::<D>()$(.and($more::shape::<D>()))*
                }
            }
        )+
    };
}

parts! {
    Option<T>, [T]: { None => [], Some(part) => [part] };
    Result<T, E>, [T, E]: { Ok(part) => [part], Err(part) => [part] };
    Bound<T>, [T]: { Bound::Included(part) => [part], Bound::Excluded(part) => [part], Bound::Unbounded => [] };
    Poll<T>, [T]: { Poll::Ready(part) => [part], Poll::Pending => [] };
    ControlFlow<B, C>, [B, C]: { ControlFlow::Break(part) => [part], ControlFlow::Continue(part) => [part] };

    Reverse<T>, [T]: { Reverse(part) => [part] };
    Saturating<T>, [T]: { Saturating(part) => [part] };
    Wrapping<T>, [T]: { Wrapping(part) => [part] };

    AssertUnwindSafe<T>, [T]: { AssertUnwindSafe(part) => [part] };
    SendError<T>, [T]: { SendError(part) => [part] };
    TrySendError<T>, [T]: { TrySendError::Full(part) => [part], TrySendError::Disconnected(part) => [part] };

    Range<T>, [T]: { Range { start, end } => [start, end] };
    RangeFrom<T>, [T]: { RangeFrom { start } => [start] };
    RangeTo<T>, [T]: { RangeTo { end } => [end] };
    RangeToInclusive<T>, [T]: { RangeToInclusive { end } => [end] };

    (A,), [A]: { (a,) => [a] };
    (A, B), [A, B]: { (a, b) => [a, b] };
    (A, B, C), [A, B, C]: { (a, b, c) => [a, b, c] };
    (A, B, C, E), [A, B, C, E]: { (a, b, c, e) => [a, b, c, e] };
    (A, B, C, E, F), [A, B, C, E, F]: { (a, b, c, e, f) => [a, b, c, e, f] };
    (A, B, C, E, F, G), [A, B, C, E, F, G]: { (a, b, c, e, f, g) => [a, b, c, e, f, g] };
    (A, B, C, E, F, G, H), [A, B, C, E, F, G, H]: { (a, b, c, e, f, g, h) => [a, b, c, e, f, g, h] };
    (A, B, C, E, F, G, H, I), [A, B, C, E, F, G, H, I]: { (a, b, c, e, f, g, h, i) => [a, b, c, e, f, g, h, i] };
    (A, B, C, E, F, G, H, I, J), [A, B, C, E, F, G, H, I, J]: {
        (a, b, c, e, f, g, h, i, j) => [a, b, c, e, f, g, h, i, j]
    };
    (A, B, C, E, F, G, H, I, J, K), [A, B, C, E, F, G, H, I, J, K]: {
        (a, b, c, e, f, g, h, i, j, k) => [a, b, c, e, f, g, h, i, j, k]
    };
    (A, B, C, E, F, G, H, I, J, K, L), [A, B, C, E, F, G, H, I, J, K, L]: {
        (a, b, c, e, f, g, h, i, j, k, l) => [a, b, c, e, f, g, h, i, j, k, l]
    };
    (A, B, C, E, F, G, H, I, J, K, L, M), [A, B, C, E, F, G, H, I, J, K, L, M]: {
        (a, b, c, e, f, g, h, i, j, k, l, m) => [a, b, c, e, f, g, h, i, j, k, l, m]
    };
    (A, B, C, E, F, G, H, I, J, K, L, M, N), [A, B, C, E, F, G, H, I, J, K, L, M, N]: {
        (a, b, c, e, f, g, h, i, j, k, l, m, n) => [a, b, c, e, f, g, h, i, j, k, l, m, n]
    };
    (A, B, C, E, F, G, H, I, J, K, L, M, N, O), [A, B, C, E, F, G, H, I, J, K, L, M, N, O]: {
        (a, b, c, e, f, g, h, i, j, k, l, m, n, o) => [a, b, c, e, f, g, h, i, j, k, l, m, n, o]
    };
    (A, B, C, E, F, G, H, I, J, K, L, M, N, O, P), [A, B, C, E, F, G, H, I, J, K, L, M, N, O, P]: {
        (a, b, c, e, f, g, h, i, j, k, l, m, n, o, p) => [a, b, c, e, f, g, h, i, j, k, l, m, n, o, p]
    };
    (A, B, C, E, F, G, H, I, J, K, L, M, N, O, P, Q), [A, B, C, E, F, G, H, I, J, K, L, M, N, O, P, Q]: {
        (a, b, c, e, f, g, h, i, j, k, l, m, n, o, p, q) => [a, b, c, e, f, g, h, i, j, k, l, m, n, o, p, q]
    };

    Closure<Captures, F>, [Captures] + [F: Copy + 'static]: { Closure { captures, .. } => [captures] };
    TryLockError<T>, [T]: { TryLockError::Poisoned(part) => [part], TryLockError::WouldBlock => [] };

    PoisonError<T>, [T], through (Self::get_ref, Self::get_mut): { part => [part] };
    Cursor<T>, [T], through (Self::get_ref, Self::get_mut): { part => [part] };
    Take<T>, [T], through (Self::get_ref, Self::get_mut): { part => [part] };
    Chain<T, U>, [T, U], through (Self::get_ref, Self::get_mut): { (first, second) => [first, second] };
}

// SAFETY: both ends belong to this value alone and are all that it owns; each is traced once.
unsafe impl<T: Trace> Trace for RangeInclusive<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        Trace::trace(self.start(), tracer);
        Trace::trace(self.end(), tracer);
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // The ends have no mutable access, so they are moved out.
        // SAFETY: by *given up*, as the caller promises for the range, and so for its ends.
        unsafe { disposer.moved(self, |range, disposer| disposer.value(range.into_inner())) }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>()
    }
}
