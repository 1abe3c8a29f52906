//! The functions by which the collector uses a value without its type; the counterpart of the local
//! vtable.
//!
//! The local vtable cannot serve both heaps. Its functions depend on the offset of the value behind
//! the header, and a dead value ends differently here, because its memory may have other pins.
//! Functions that use only the value are shared.

use std::alloc::Layout;
use std::marker::PhantomData;

use super::block::{Block, BlockPtr};
use super::header::{Header, PIN};
use crate::raw::erased::{self, Typed, ValueFunctions};
pub(crate) use crate::raw::facts::TypeFacts;
use crate::raw::heaps::Shared;
use crate::raw::memory::BlockMemory;
use crate::raw::wide::{self, Measure};
use crate::trace::{Disposer, Of, Promise, Trace, Tracer};

/// The functions and facts of one type.
#[derive(Clone, Copy)]
pub(crate) struct Vtable {
    pub(crate) trace: unsafe fn(BlockPtr, &mut Tracer<'_>),
    /// Disposes the value, then releases the given number of pins, even if the value's own code
    /// panics.
    pub(crate) discard: unsafe fn(BlockPtr, u32, &Disposer),
    /// Drops the value, then gives up the pin of the handles, even if the value's own code panics.
    pub(crate) destroy: unsafe fn(BlockPtr),
    /// Frees the memory of a block whose value is gone.
    pub(crate) free: unsafe fn(BlockPtr),
    /// The name of the type.
    pub(crate) name: fn() -> &'static str,
    /// The functions that need the value alone.
    pub(crate) value: ValueFunctions,
    /// Bytes of a whole block; 0 if it is wide.
    pub(crate) size: usize,
    /// The alignment of a block, unless it is wide.
    pub(crate) align: usize,
    /// The size and the value offset of one block, if it is wide.
    pub(crate) measure: Option<unsafe fn(BlockPtr) -> Measure>,
    pub(crate) kind: TypeFacts,
}

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
    fn choose(vtables: &'static [Self; 2]) -> &'static Self {
        &vtables[usize::from(vtables[0].value.has_finalizer())]
    }

    /// The vtable of wide blocks of `T`, of which `P` is true.
    #[inline]
    pub(crate) fn wide<T: Trace + ?Sized, P: Promise>() -> &'static Self {
        &WideVtable::<T, P>::VTABLE
    }
}

impl Typed for Header {
    #[inline]
    fn functions(&self) -> &'static ValueFunctions {
        &self.vtable().value
    }
}

/// The vtables of `T`, without a finalizer and with one. Which of the two applies is determined at
/// run time, and all other facts at compile time.
struct TypedVtable<T>(PhantomData<T>);

impl<T: Trace> TypedVtable<T> {
    const VTABLES: [Vtable; 2] = {
        let vtable = Vtable {
            trace: if erased::SHARED {
                erased::trace::<Shared>
            } else {
                erased::trace_typed::<_, T>
            },
            discard: if erased::SHARED { discard } else { Erased::<T>::discard },
            destroy: if erased::SHARED { destroy } else { Erased::<T>::destroy },
            free: if erased::SHARED { free } else { Erased::<T>::free },
            name: std::any::type_name::<T>,
            value: ValueFunctions::of::<T>(std::mem::offset_of!(Block<T>, value)),
            size: size_of::<Block<T>>(),
            align: align_of::<Block<T>>(),
            measure: None,
            kind: TypeFacts::of(<Of<T>>::FACTS).with(if std::mem::needs_drop::<T>() {
                0
            } else {
                TypeFacts::TRIVIAL
            }),
        };
        [vtable, Vtable { kind: vtable.kind.with(TypeFacts::FINALIZES), ..vtable }]
    };
}

/// [`Vtable::discard`] of the vtables that are [`erased::SHARED`].
///
/// # Safety
///
/// As for [`Erased::discard`].
unsafe fn discard(block: BlockPtr, pins: u32, disposer: &Disposer) {
    let _memory = UnpinOnDrop(block, pins, free);
    // SAFETY: by *vtable* the value is whole and not used again, and the blocks that it leads to
    // are dead; the guard gives up the memory after the call.
    unsafe { erased::dispose(block, disposer) }
}

/// [`Vtable::destroy`] of the vtables that are [`erased::SHARED`].
///
/// # Safety
///
/// As for [`Erased::destroy`].
unsafe fn destroy(block: BlockPtr) {
    let _memory = UnpinOnDrop(block, PIN, free);
    // SAFETY: by *vtable* the value is whole and not used again; the guard gives up the memory
    // after the call.
    unsafe { erased::drop(block) }
}

/// [`Vtable::free`] of the vtables that are [`erased::SHARED`].
///
/// # Safety
///
/// As for [`Erased::free`].
unsafe fn free(block: BlockPtr) {
    let vtable = block.header().vtable();
    // SAFETY: by *layout* these are the size and the alignment of a type.
    let layout = unsafe { Layout::from_size_align_unchecked(vtable.size, vtable.align) };
    // SAFETY: by *layout*; by *vtable* the memory is not used again.
    unsafe { Shared::free(block.start(), layout) }
}

/// The functions of vtables that are not [`erased::SHARED`].
struct Erased<T>(PhantomData<T>);

impl<T: Trace> Erased<T> {
    /// # Safety
    ///
    /// `block` was allocated for a `T`, its value is whole and its targets are dead, the caller
    /// owns the pins; none of them is used again.
    unsafe fn discard(block: BlockPtr, pins: u32, disposer: &Disposer) {
        let _memory = UnpinOnDrop(block, pins, Self::free);
        // SAFETY: by *vtable* the value is whole and not used again; the guard gives up the memory
        // after the call.
        let value = unsafe { &mut *block.place::<T>() };
        // SAFETY: by *vtable* the blocks that the value leads to are dead.
        unsafe { value.dispose(disposer) }
    }

    /// # Safety
    ///
    /// `block` was allocated for a `T`, its value is whole, and the caller owns the pin of its
    /// handles; neither is used again.
    unsafe fn destroy(block: BlockPtr) {
        let _memory = UnpinOnDrop(block, PIN, Self::free);
        // SAFETY: by *vtable* the value is whole and not used again; the guard gives up the memory
        // after the call.
        unsafe { std::ptr::drop_in_place(block.place::<T>()) }
    }

    /// # Safety
    ///
    /// `block` was allocated for a `T`, its value is gone, and the memory is not used again.
    unsafe fn free(block: BlockPtr) {
        // SAFETY: by *layout*; by *vtable* the memory is not used again.
        unsafe { Shared::free(block.start(), const { Layout::new::<Block<T>>() }) };
    }
}

/// The vtable of wide blocks of `T`, of which `P` is true.
struct WideVtable<T: ?Sized, P>(PhantomData<(P, *const T)>);

impl<T: Trace + ?Sized, P: Promise> WideVtable<T, P> {
    const VTABLE: Vtable = Vtable {
        trace: wide::trace::<_, T>,
        discard: Wide::<T>::discard,
        destroy: Wide::<T>::destroy,
        free: wide::free::<_, T>,
        name: std::any::type_name::<T>,
        value: ValueFunctions::wide(wide::drop::<Shared, T>),
        size: 0,
        align: 1,
        measure: Some(wide::measure::<_, T>),
        kind: TypeFacts::of(P::FACTS).with(TypeFacts::WIDE),
    };
}

/// The erased functions of wide blocks of `T`.
struct Wide<T: ?Sized>(PhantomData<T>);

impl<T: Trace + ?Sized> Wide<T> {
    /// # Safety
    ///
    /// `block` was allocated by [`wide::allocate`] for a `T`; the rest as for [`Erased::discard`].
    unsafe fn discard(block: BlockPtr, pins: u32, disposer: &Disposer) {
        let _memory = UnpinOnDrop(block, pins, wide::free::<_, T>);
        // SAFETY: by *vtable* the value is whole and not used again; the guard gives up the memory
        // after the call.
        let value = unsafe { &mut *wide::value::<_, T>(block) };
        // SAFETY: by *vtable* the blocks that the value leads to are dead.
        unsafe { value.dispose(disposer) }
    }

    /// # Safety
    ///
    /// `block` was allocated by [`wide::allocate`] for a `T`; the rest as for [`Erased::destroy`].
    unsafe fn destroy(block: BlockPtr) {
        let _memory = UnpinOnDrop(block, PIN, wide::free::<_, T>);
        // SAFETY: by *vtable* the value is whole and not used again; the guard gives up the memory
        // after the call.
        unsafe { wide::drop::<_, T>(block) }
    }
}

/// Releases pins at the end of the scope in which a value is destroyed. It has the function that
/// frees the block, so that the vtable is not read for it.
struct UnpinOnDrop(BlockPtr, u32, unsafe fn(BlockPtr));

impl Drop for UnpinOnDrop {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: by *pins* the maker of the guard gave them up; by *vtable* it knows the type, and
        // the value is destroyed by now.
        unsafe { self.0.end_and(self.1, |block| (self.2)(block)) }
    }
}
