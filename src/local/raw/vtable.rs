//! What the collector can do with a value whose type it does not know.
//!
//! A header points to the vtable of the type that was given to `Gc::new`, forever: a handle may be
//! unsized or seen as another type of the same value later, the block stays what it was. A vtable
//! is a promoted constant, so there is no registry and nothing to initialise.

use std::alloc::Layout;

use super::audit;
use super::block::{Block, BlockPtr};
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
    /// Disposes the value, then frees the memory. In an audited build, keeps the memory.
    ///
    /// If the value's own code panics, the caller frees the memory: no code for that is compiled
    /// for each type.
    pub(crate) discard: unsafe fn(BlockPtr),
    /// Drops the value and keeps the memory.
    pub(crate) drop: unsafe fn(BlockPtr),
    /// Frees the memory of a block whose value is gone.
    pub(crate) free: unsafe fn(BlockPtr),
    /// Calls the finalizer; does nothing if the type has none.
    pub(crate) finalize: unsafe fn(BlockPtr),
    pub(crate) name: fn() -> &'static str,
    /// Returns the vtable of a block whose memory outlives its value, because a `Weak` is a raw
    /// pointer. The argument is whether the type has a finalizer.
    pub(crate) kept: fn(bool) -> &'static Vtable,
    /// The vtable that this one stands in for in such a block.
    pub(crate) original: Option<&'static Vtable>,
    /// Bytes of a whole block; 0 if it is wide.
    pub(crate) size: usize,
    /// The alignment of a block, unless it is wide.
    pub(super) align: usize,
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
        match T::finalizer() {
            Some(_) => &TypedVtable::<T, true>::VTABLE,
            None => &TypedVtable::<T, false>::VTABLE,
        }
    }

    /// The vtable for a block of this type whose memory outlives its value.
    pub(crate) fn keeping_memory(&self) -> &'static Self {
        (self.kept)(self.kind.finalizes())
    }

    /// The vtable for a block of the type of `original` whose memory outlives its value.
    ///
    /// The value is dropped by glue: dispose and the end of the memory are one function elsewhere.
    pub(super) const fn keeping(original: &'static Self) -> Self {
        Self {
            discard: Side::end_value_of_kept,
            free: Side::end_kept,
            original: Some(original),
            kind: original.kind.with(TypeFacts::DROPS),
            ..*original
        }
    }

    /// The layout of a block that is not wide.
    #[inline]
    fn layout(&self) -> Layout {
        // SAFETY: by *layout* these are the size and the alignment of a type.
        unsafe { Layout::from_size_align_unchecked(self.size, self.align) }
    }

    #[inline]
    pub(crate) fn is_leaf(&self) -> bool {
        self.kind.is_leaf()
    }

    /// Whether a block of the type needs nothing but its value destroyed in the end, unless
    /// something is attached to it.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        !self.kind.finalizes() && !self.kind.is_wide()
    }
}

/// The vtable of `T`, which has a finalizer or not: that is known when the program runs, and all
/// else before.
struct TypedVtable<T, const FINALIZES: bool>(std::marker::PhantomData<T>);

impl<T: Trace, const FINALIZES: bool> TypedVtable<T, FINALIZES> {
    const VTABLE: Vtable = Vtable {
        trace: erased::trace::<_, T>,
        discard: Erased::<T>::discard,
        drop: erased::drop::<_, T>,
        free,
        finalize: erased::finalize::<_, T>,
        name: std::any::type_name::<T>,
        kept: Erased::<T>::kept,
        original: None,
        size: size_of::<Block<T>>(),
        align: align_of::<Block<T>>(),
        value_offset: std::mem::offset_of!(Block<T>, value),
        measure: None,
        kind: TypeFacts::of(<Of<T>>::FACTS).with(if FINALIZES { TypeFacts::FINALIZES } else { 0 }),
    };
    const KEPT: Vtable = Vtable::keeping(&Self::VTABLE);
}

/// The erased functions of `T`. They are compiled for each type, so what needs no type is
/// elsewhere.
struct Erased<T>(std::marker::PhantomData<T>);

impl<T: Trace> Erased<T> {
    /// # Safety
    ///
    /// `block` was allocated for a `T`, its value is whole and its targets are dead; neither is
    /// used again.
    unsafe fn discard(block: BlockPtr) {
        let memory = block.start();
        // SAFETY: by *vtable* the value is whole and not used again.
        let value = unsafe { &mut (*(memory.as_ptr() as *mut Block<T>)).value };
        // SAFETY: by *vtable* the blocks that the value leads to are dead.
        unsafe { value.dispose(&Disposer::local()) };
        if !audit::AUDITED {
            // SAFETY: by *layout*; by *vtable* the memory is not used again.
            unsafe { memory::free_block(memory, const { Layout::new::<Block<T>>() }) }
        }
    }

    fn kept(finalizes: bool) -> &'static Vtable {
        if finalizes { &TypedVtable::<T, true>::KEPT } else { &TypedVtable::<T, false>::KEPT }
    }
}

/// [`Vtable::free`] for the blocks that are not wide.
///
/// # Safety
///
/// The value of `block` is gone, and the memory is not used again.
unsafe fn free(block: BlockPtr) {
    // SAFETY: by *layout*; by *vtable* the memory is not used again.
    unsafe { memory::free_block(block.start(), block.header().vtable().layout()) }
}
