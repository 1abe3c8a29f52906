//! Types that hold a fixed number of parts in place: options, results, ranges, tuples, thin wrappers.
//!
//! Each is given as its variants and the parts of each, and a macro writes the three functions: trace asks the parts
//! that are there, dispose disposes them in order (the guards of a tuple are dropped one after the other even when one
//! panics), and the shape is what holds for all parts.

use std::cmp::Reverse;
use std::num::{Saturating, Wrapping};
use std::ops::{Bound, ControlFlow, Range, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive};
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{SendError, TrySendError};
use std::sync::{PoisonError, TryLockError};
use std::task::Poll;

use super::{Depth, Disposer, Promise, Shape, Trace, Tracer};
use crate::closure::Closure;

macro_rules! parts {
    (@dispose $disposer:ident []) => {{}};
    // A single part needs no guard.
    (@dispose $disposer:ident [$part:ident]) => {{
        // SAFETY: the caller gives up the value, and so its part.
        unsafe { Trace::dispose($part, $disposer) }
    }};
    (@dispose $disposer:ident [$($part:ident),*]) => {{
        // SAFETY: the caller gives up the value, and so each of its parts.
        let _guards = unsafe { ($($disposer.part($part),)*) };
    }};
    ($($ty:ty, [$first:ident $(, $more:ident)*]: { $($pattern:pat => [$($part:ident),*]),+ };)+) => {
        $(
            // SAFETY: the parts belong to this value alone and are all that it owns; each is traced
            // once.
            unsafe impl<$first: Trace $(, $more: Trace)*> Trace for $ty {
                #[inline]
                fn trace(&self, tracer: &mut Tracer<'_>) {
                    match self {
                        $($pattern => { $(Trace::trace($part, tracer);)* })+
                    }
                }

                #[inline]
                unsafe fn dispose(&mut self, disposer: &Disposer) {
                    match self {
                        $($pattern => parts!(@dispose disposer [$($part),*]),)+
                    }
                }

                #[inline]
                fn owned_bytes(&mut self) -> usize {
                    match self {
                        $($pattern => 0_usize$(.saturating_add(Trace::owned_bytes($part)))*,)+
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
}

// SAFETY: the value belongs to the error alone and is traced once, in the words of `PoisonError`.
unsafe impl<T: Trace> Trace for TryLockError<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Self::Poisoned(error) = self {
            Trace::trace(error, tracer);
        }
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        if let Self::Poisoned(error) = self {
            // SAFETY: the caller gives up the error, and so its value.
            unsafe { Trace::dispose(error, disposer) }
        }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        <PoisonError<T>>::shape::<D>()
    }
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
        // SAFETY: the caller gives up the value, and the copy is not dropped as one.
        let (start, end) = unsafe { std::ptr::read(self) }.into_inner();
        let mut ends = std::mem::ManuallyDrop::new((start, end));
        // SAFETY: the ends were moved here and are not dropped after.
        unsafe { Trace::dispose(&mut *ends, disposer) }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>()
    }
}

// SAFETY: the captures belong to the closure alone, and each handle in them is reported once; a function has none.
unsafe impl<Captures: Trace, Args: 'static, Out: 'static> Trace for Closure<Captures, Args, Out> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        Trace::trace(&self.captures, tracer);
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: the caller gives up the closure, which is its captures and a function.
        unsafe { Trace::dispose(&mut self.captures, disposer) }
    }

    #[inline]
    fn owned_bytes(&mut self) -> usize {
        Trace::owned_bytes(&mut self.captures)
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        Captures::shape::<D>()
    }
}
