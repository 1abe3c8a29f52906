//! `once_cell`: as the cells of the standard library that came of it.

use once_cell::{sync, unsync};

use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

macro_rules! cells {
    ($($ty:ty, $empty:expr;)+) => {
        $(
            // SAFETY: the cell owns its value alone and it is asked once if it is there.
            unsafe impl<T: Trace> Trace for $ty {
                #[inline]
                fn trace(&self, tracer: &mut Tracer<'_>) {
                    match self.get() {
                        Some(value) => Trace::trace(value, tracer),
                        None => $empty(tracer),
                    }
                }

                #[inline]
                unsafe fn dispose(&mut self, disposer: &Disposer) {
                    if let Some(value) = self.get_mut() {
                        // SAFETY: the caller gives up the cell; what is left of it is a flag.
                        unsafe { Trace::dispose(value, disposer) }
                    }
                }

                #[inline]
                fn owned_bytes(&mut self) -> usize {
                    self.get_mut().map_or(0, Trace::owned_bytes)
                }

                #[inline]
                fn shape<D: Depth>() -> Shape<impl Promise> {
                    T::shape::<D>()
                }
            }
        )+
    };
}

cells! {
    unsync::OnceCell<T>, |_: &mut Tracer<'_>| ();
    sync::OnceCell<T>, Tracer::note_unread_cell; // another thread may fill it
}

// What makes the value is a closure, and may have captured anything.
leaf!(generic: [T: 'static, F: 'static] unsync::Lazy<T, F>);
leaf!(generic: [T: 'static, F: 'static] sync::Lazy<T, F>);
