//! What the collector can do with a value whose type it does not know.
//!
//! A header points to the vtable of the type that was given to `Gc::new`, forever: a handle may be
//! unsized or seen as another type of the same value later, the block stays what it was. A vtable
//! is a promoted constant, so there is no registry and nothing to initialise.

use std::alloc::Layout;

use super::audit;
use super::block::{Block, BlockPtr};
use super::header::Header;
use super::side::Side;
use crate::local::raw::memory;
use crate::raw::erased::{self, Typed, ValueFunctions};
use crate::raw::facts::TypeFacts;
use crate::raw::heaps::Local;
use crate::raw::tracer::Tracer;
use crate::raw::wide::Measure;
use crate::trace::{Disposer, Of, Promise, Trace};

/// The functions and facts of one type.
#[repr(align(32))] // five tag bits of the header ride on its address
#[derive(Clone, Copy)]
pub(crate) struct Vtable {
    pub(crate) trace: unsafe fn(BlockPtr, &mut Tracer<'_>),
    /// Disposes the value, then frees the memory. In an audited build, keeps the memory.
    ///
    /// If the value's own code panics, the caller frees the memory: no code for that is compiled
    /// for each type.
    pub(crate) discard: unsafe fn(BlockPtr),
    /// Frees the memory of a block whose value is gone.
    pub(crate) free: unsafe fn(BlockPtr),
    pub(crate) name: fn() -> &'static str,
    /// The functions that need the value alone.
    pub(crate) value: ValueFunctions,
    /// Returns the vtables of blocks of this type whose memory outlives the value, because a `Weak`
    /// is a raw pointer.
    pub(super) kept: fn() -> &'static TypeVtables,
    /// The vtable that this one stands in for in such a block.
    pub(crate) original: Option<&'static Vtable>,
    /// Bytes of a whole block; 0 if it is wide.
    pub(crate) size: usize,
    /// The alignment of a block, unless it is wide.
    pub(super) align: usize,
    /// Bytes from the header to the value, and of the whole block, of one block that is wide.
    pub(crate) measure: Option<unsafe fn(BlockPtr) -> Measure>,
    pub(crate) kind: TypeFacts,
}

/// The vtables of a type without a finalizer, and with one. Whether a type has a finalizer is known
/// when the program runs, and all else before.
pub(super) type TypeVtables = [Vtable; 2];

impl Vtable {
    /// The vtable of `T`.
    #[inline(always)]
    pub(crate) fn of<T: Trace>() -> &'static Self {
        Self::choose(&TypedVtable::<T>::VTABLES)
    }

    /// The vtable that applies to a type. No code for the choice is compiled for each type in a
    /// debug build.
    #[cfg_attr(debug_assertions, inline)]
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn choose(vtables: &'static TypeVtables) -> &'static Self {
        &vtables[usize::from(vtables[0].value.has_finalizer())]
    }

    /// The vtable for a block of this type whose memory outlives its value.
    pub(crate) fn keeping_memory(&self) -> &'static Self {
        &(self.kept)()[usize::from(self.kind.finalizes())]
    }

    /// Both vtables, of that for values without a finalizer.
    pub(super) const fn both(self) -> TypeVtables {
        [self, Self { kind: self.kind.with(TypeFacts::FINALIZES), ..self }]
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

impl Typed for Header {
    #[inline]
    fn functions(&self) -> &'static ValueFunctions {
        &self.vtable().value
    }
}

/// The vtables of `T`.
struct TypedVtable<T>(std::marker::PhantomData<T>);

impl<T: Trace> TypedVtable<T> {
    const VTABLES: TypeVtables = Vtable {
        trace: if erased::SHARED { erased::trace::<Local> } else { erased::trace_typed::<_, T> },
        discard: if erased::SHARED { discard } else { Self::discard },
        free,
        name: std::any::type_name::<T>,
        value: ValueFunctions::of::<T>(std::mem::offset_of!(Block<T>, value)),
        kept: Self::kept,
        original: None,
        size: size_of::<Block<T>>(),
        align: align_of::<Block<T>>(),
        measure: None,
        kind: TypeFacts::of(<Of<T>>::FACTS),
    }
    .both();
    const KEPT: TypeVtables =
        [Vtable::keeping(&Self::VTABLES[0]), Vtable::keeping(&Self::VTABLES[1])];

    #[inline]
    fn kept() -> &'static TypeVtables {
        &Self::KEPT
    }

    /// The function [`discard`] of a vtable that is not [`erased::SHARED`].
    ///
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
}

/// [`Vtable::discard`] for the blocks that are not wide.
///
/// # Safety
///
/// The value of `block` is whole and its targets are dead; neither is used again.
unsafe fn discard(block: BlockPtr) {
    // SAFETY: by *vtable* the value is whole and not used again, and the blocks that it leads to
    // are dead.
    unsafe { erased::dispose(block, &Disposer::local()) };
    // SAFETY: by *vtable* the value is gone, and the memory is not used again.
    unsafe { free(block) }
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
