//! What the collector can do with a value whose type it does not know.
//!
//! A header points to the vtable of the type that was given to `Gc::new`, forever: a handle may be
//! unsized or seen as another type of the same value later, the block stays what it was. A vtable
//! is a promoted constant, so there is no registry and nothing to initialise.

use std::alloc::Layout;

use super::audit;
use super::block::{Block, BlockPtr};
use super::heap::this_heap;
use super::side::Side;
use crate::local::raw::memory;
use crate::raw::erased;
use crate::raw::facts::TypeFacts;
use crate::raw::tracer::Tracer;
use crate::raw::wide::Measure;
use crate::trace::{Disposer, Of, Promise, Trace};

/// The functions and facts of one type.
#[repr(align(32))] // five tag bits of the header ride on its address
pub(crate) struct Vtable {
    pub(crate) trace: unsafe fn(BlockPtr, &mut Tracer<'_>),
    /// Disposes the value, then frees the memory, even if the value's own code panics. In an
    /// audited build, keeps the memory.
    pub(crate) discard: unsafe fn(BlockPtr),
    /// Drops the value, then frees the memory, even if the value's own code panics.
    pub(crate) destroy: unsafe fn(BlockPtr),
    /// Drops the value and keeps the memory.
    pub(crate) drop: unsafe fn(BlockPtr),
    /// Frees the memory of a block whose value is gone.
    pub(crate) free: unsafe fn(BlockPtr),
    /// Calls the finalizer; does nothing if the type has none.
    pub(crate) finalize: unsafe fn(BlockPtr),
    pub(crate) name: fn() -> &'static str,
    /// The vtable of a block whose memory outlives its value, because a `Weak` is a raw pointer.
    pub(crate) kept: fn() -> &'static Vtable,
    /// The vtable that this one stands in for in such a block.
    pub(crate) original: Option<&'static Vtable>,
    /// Bytes of a whole block; 0 if it is wide.
    pub(crate) size: usize,
    /// Bytes from the header to the value, unless the block is wide.
    pub(crate) value_offset: usize,
    /// The same two of one block that is wide.
    pub(crate) measure: Option<unsafe fn(BlockPtr) -> Measure>,
    pub(crate) kind: TypeFacts,
}

impl Vtable {
    /// The vtable of `T`.
    #[inline]
    pub(crate) fn of<T: Trace>() -> &'static Self {
        if T::finalizer().is_some() { &TypedVtable::<T, true>::VTABLE } else { &TypedVtable::<T, false>::VTABLE }
    }

    /// The vtable for a block of the type of `original` whose memory outlives its value.
    ///
    /// The value is dropped by glue: dispose and the end of the memory are one function elsewhere.
    pub(super) const fn keeping(original: &'static Self) -> Self {
        Self {
            discard: Side::end_value_of_kept,
            destroy: Side::end_value_of_kept,
            free: Side::end_kept,
            original: Some(original),
            kind: original.kind.with(TypeFacts::DROPS),
            ..*original
        }
    }

    #[inline]
    pub(crate) fn is_leaf(&self) -> bool {
        self.kind.is_leaf()
    }

    /// Whether a block of the type needs nothing but its value destroyed in the end, unless something is attached to it.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        !self.kind.finalizes() && !self.kind.is_wide()
    }
}

/// The vtable of `T`, which has a finalizer or not: that is known when the program runs, and all else before.
struct TypedVtable<T, const FINALIZES: bool>(std::marker::PhantomData<T>);

impl<T: Trace, const FINALIZES: bool> TypedVtable<T, FINALIZES> {
    const VTABLE: Vtable = Vtable {
        trace: erased::trace::<_, T>,
        discard: Erased::<T>::discard,
        destroy: Erased::<T>::destroy,
        drop: erased::drop::<_, T>,
        free: Erased::<T>::free,
        finalize: erased::finalize::<_, T>,
        name: std::any::type_name::<T>,
        kept: Self::kept,
        original: None,
        size: size_of::<Block<T>>(),
        value_offset: std::mem::offset_of!(Block<T>, value),
        measure: None,
        kind: TypeFacts::of(<Of<T>>::FACTS).with(if FINALIZES { TypeFacts::FINALIZES } else { 0 }),
    };
    const KEPT: Vtable = Vtable::keeping(&Self::VTABLE);

    fn kept() -> &'static Vtable {
        &Self::KEPT
    }
}

/// The erased functions of `T`.
struct Erased<T>(std::marker::PhantomData<T>);

impl<T: Trace> Erased<T> {
    /// # Safety
    ///
    /// `block` was allocated for a `T`, its value is whole and its targets are dead; neither is used again.
    unsafe fn discard(block: BlockPtr) {
        let _memory = (!audit::AUDITED).then(|| FreeOnDrop::<T>(block, std::marker::PhantomData));
        // SAFETY: by *vtable* the value is whole and not used again; the guard frees the memory
        // after the call.
        let value = unsafe { &mut *block.place::<T>() };
        // SAFETY: by *vtable* the blocks that the value leads to are dead.
        unsafe { value.dispose(&Disposer::local()) }
    }

    /// # Safety
    ///
    /// `block` was allocated for a `T`, its value is whole, and neither is used again.
    unsafe fn destroy(block: BlockPtr) {
        let _memory = FreeOnDrop::<T>(block, std::marker::PhantomData);
        // SAFETY: by *vtable* the value is whole and not used again; the guard frees the memory
        // after the call.
        unsafe { std::ptr::drop_in_place(block.place::<T>()) }
    }

    /// # Safety
    ///
    /// `block` was allocated for a `T`, its value is gone, and the memory is not used again.
    unsafe fn free(block: BlockPtr) {
        // SAFETY: by *layout*; by *vtable* the memory is not used again.
        unsafe { memory::free(this_heap(), block.start(), Layout::new::<Block<T>>()) };
    }
}

/// Frees a block at the end of the scope in which its value is destroyed.
struct FreeOnDrop<T: Trace>(BlockPtr, std::marker::PhantomData<T>);

impl<T: Trace> Drop for FreeOnDrop<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: by *vtable*: the block is not used again, and the value is destroyed by now.
        unsafe { Erased::<T>::free(self.0) }
    }
}
