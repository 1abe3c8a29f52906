//! The handles as parts of values, in either heap.

use super::{Gc, Weak};
use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

// SAFETY: a handle owns itself and is reported once. Disposing it does nothing where it was reported to somebody, so it
// touches no target there; a local collection takes no notice of the report, so there it is dropped.
//
// There is no bound on `T`, as in the local heap: the header of the target knows how to trace it.
unsafe impl<T: ?Sized + 'static> Trace for Gc<T> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.sync_edge(Gc::erased(self));
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        if disposer.drops_sync() {
            // SAFETY: as the caller promises, the handle is not used again.
            unsafe { std::ptr::drop_in_place(self) }
        }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}

// SAFETY: a `Weak` owns no count of its target, so there is nothing to report, and disposing it is dropping it: that
// touches the header only, which its pin keeps.
unsafe impl<T: ?Sized + 'static> Trace for Weak<T> {
    #[inline(always)]
    fn trace(&self, _: &mut Tracer<'_>) {}

    #[inline]
    unsafe fn dispose(&mut self, _: &Disposer) {
        // SAFETY: as the caller promises, the handle is not used again.
        unsafe { std::ptr::drop_in_place(self) }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::LEAF
    }
}
