//! Pointers that own their target alone: `Box`, an owned `Cow`, `Pin` of any of them.
//!
//! A box is traced for sized targets and slices. `Box<dyn Tr>` cannot have an impl for every `Tr`, and a blanket one for
//! all unsized types would forbid the impls that users write for their own traits.
//!
//! Dispose destroys the target in place and then frees the allocation as the box of a `ManuallyDrop`, which has the layout
//! of its content; so a pinned target never moves, and a panic in it does not leak the allocation.

use std::borrow::Cow;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::ptr;

use super::collections::is_leaf;
use super::{Depth, Disposer, Promise, Shape, Trace, Tracer};

/// Disposes the target of a box and frees the box, also when the target panics.
///
/// # Safety
///
/// As for [`Trace::dispose`] on the target; the box itself is not used again, not even dropped.
#[inline]
unsafe fn dispose_box<T: Trace + ?Sized>(owner: &mut Box<T>, disposer: &Disposer) {
    // SAFETY: the caller gives up the box, so this copy is the only owner.
    let target = Box::into_raw(unsafe { ptr::read(owner) });
    // SAFETY: the pointer is from a box just now, and `ManuallyDrop<T>` has the layout of `T`.
    let mut target = unsafe { Box::from_raw(target as *mut ManuallyDrop<T>) };
    // SAFETY: the caller gives up the target too, and the new box does not drop it.
    unsafe { Trace::dispose(&mut **target, disposer) }
}

// SAFETY: a box owns its target alone, so each handle in it is owned and reported once.
unsafe impl<T: Trace> Trace for Box<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.note_bytes(size_of_val(&**self));
        // SAFETY: `self` is a part of the value that is being traced, as `Trace` demands.
        unsafe { tracer.nested::<T, _, _>(self, |owner, tracer| Trace::trace(&**owner, tracer)) };
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        if is_leaf::<T>() {
            // SAFETY: the caller gives up the box; leaves may be dropped.
            unsafe { ptr::drop_in_place(self) }
        } else {
            // SAFETY: the caller gives up the box, and `nested` calls the function once.
            unsafe { disposer.nested::<T, _, _>(self, |owner, disposer| dispose_box(owner, disposer)) }
        }
    }

    #[inline]
    fn owned_bytes(&mut self) -> usize {
        size_of::<T>()
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>()
    }
}

// SAFETY: a box owns its elements alone, so each handle in them is owned and reported once.
unsafe impl<T: Trace> Trace for Box<[T]> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.note_bytes(size_of_val(&**self));
        // SAFETY: `self` is a part of the value that is being traced, as `Trace` demands.
        unsafe { tracer.nested::<T, _, _>(self, |owner, tracer| Trace::trace(&**owner, tracer)) };
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        if is_leaf::<T>() {
            // SAFETY: the caller gives up the box; leaves may be dropped.
            unsafe { ptr::drop_in_place(self) }
        } else {
            // SAFETY: the caller gives up the box, and `nested` calls the function once.
            unsafe { disposer.nested::<T, _, _>(self, |owner, disposer| dispose_box(owner, disposer)) }
        }
    }

    #[inline]
    fn owned_bytes(&mut self) -> usize {
        size_of_val(&**self)
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>()
    }
}

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
            // SAFETY: the caller gives up the value, and so its part; a reference needs no drop.
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

// SAFETY: a pin owns its pointer alone, and reports what the pointer reports.
unsafe impl<P: Trace> Trace for Pin<P> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // SAFETY: a pin has the layout of its pointer; a shared borrow that only `trace` sees moves nothing.
        let pointer = unsafe { &*ptr::from_ref(self).cast::<P>() };
        Trace::trace(pointer, tracer);
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: a pin has the layout of its pointer; dispose destroys the target in place, as dropping a pin does.
        let pointer = unsafe { &mut *ptr::from_mut(self).cast::<P>() };
        // SAFETY: the caller gives up the pin, and so its pointer.
        unsafe { Trace::dispose(pointer, disposer) }
    }

    #[inline]
    fn owned_bytes(&mut self) -> usize {
        // SAFETY: a pin has the layout of its pointer, and no code of the pointer moves its target
        // by this.
        Trace::owned_bytes(unsafe { &mut *ptr::from_mut(self).cast::<P>() })
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        P::shape::<D>()
    }
}
