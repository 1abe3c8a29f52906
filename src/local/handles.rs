//! The handles themselves.

use crate::local::gc::Gc;
use crate::local::weak::Weak;
use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

// SAFETY: a handle owns itself and is reported once. Disposing it does nothing, so it touches no target.
//
// There is no bound on `T`: with one, recursive generic nodes would not compile, and neither would `Gc<dyn Any>`. The
// header of the target knows how to trace it.
unsafe impl<T: ?Sized + 'static> Trace for Gc<T> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.edge(Gc::erased(self), std::ptr::from_ref(self).addr());
    }

    #[inline(always)]
    unsafe fn dispose(&mut self, _: &Disposer) {}

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}

// SAFETY: a `Weak` owns no count of its target, so there is nothing to report, and disposing it is dropping it: that
// touches the side record only.
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
