//! Pointers that own their target alone: an owned `Cow`, and `Pin` of any pointer. `Box` is with
//! the [collections](super::collections), as a container of one element.
//!
//! A box is traced for sized targets and slices. `Box<dyn Tr>` cannot have an impl for every `Tr`,
//! and a blanket one for all unsized types would forbid the impls that users write for their own
//! traits.

use std::borrow::Cow;
use std::pin::Pin;
use std::ptr;

use super::{Depth, Disposer, Promise, Shape, Trace, Tracer};

// SAFETY: an owned value belongs to the `Cow` alone; a borrowed one is shared and not reported.
unsafe impl<B: ToOwned<Owned: Trace> + ?Sized + 'static> Trace for Cow<'static, B> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Cow::Owned(owned) = self {
            Trace::trace(owned, tracer);
        }
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        if let Cow::Owned(owned) = self {
            // SAFETY: by *given up*, as the caller promises for the value, and so for its part; a
            // reference needs no drop.
            unsafe { Trace::dispose(owned, disposer) }
        }
    }

    #[inline]
    fn owned_bytes(&mut self) -> usize {
        if let Cow::Owned(owned) = self { Trace::owned_bytes(owned) } else { 0 }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        B::Owned::shape::<D>()
    }
}

parts! {
    // A pin has the layout of its pointer.
    Pin<P>, [P], through (
        // SAFETY: the borrow is only seen by `trace`, which moves nothing.
        |pin: &Self| unsafe { &*ptr::from_ref(pin).cast::<P>() },
        // SAFETY: dispose destroys the target in its place, as dropping a pin does, and no code of
        // the pointer moves its target to estimate the bytes.
        |pin: &mut Self| unsafe { &mut *ptr::from_mut(pin).cast::<P>() }
    ): { pointer => [pointer] };
}
