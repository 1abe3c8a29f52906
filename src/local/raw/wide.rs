//! The wide blocks of the local heap; [`raw::wide`](crate::raw::wide) says what a wide block is.

use std::alloc::Layout;
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::audit;
use super::block::{Block, BlockPtr};
use super::header::Header;
use super::vtable::{TypeVtables, Vtable};
use crate::raw::erased::ValueFunctions;
use crate::raw::facts::TypeFacts;
use crate::raw::heaps::Local;
use crate::raw::wide::{Word, allocate, compose, drop, free, measure, trace, value};
use crate::trace::{Disposer, Promise, Trace};

/// Allocates a block of the local heap without a value, with one handle that the caller owns.
///
/// # Panics
///
/// If the value would be larger than the address space.
pub(crate) fn allocate_block<T: ?Sized>(
    word: Word,
    value: Layout,
    vtable: &'static Vtable,
) -> NonNull<Block<T>> {
    compose(allocate(word, value, Header::new(vtable)), word)
}

impl Vtable {
    /// The vtable of wide blocks of `T`, of which `P` is true.
    #[inline]
    pub(crate) fn wide<T: Trace + ?Sized, P: Promise>() -> &'static Self {
        &WideVtable::<T, P>::VTABLE
    }
}

/// The vtable of wide blocks of `T`, of which `P` is true.
struct WideVtable<T: ?Sized, P>(PhantomData<(P, *const T)>);

impl<T: Trace + ?Sized, P: Promise> WideVtable<T, P> {
    const VTABLE: Vtable = Vtable {
        trace: trace::<_, T>,
        discard: Wide::<T>::discard,
        free: free::<_, T>,
        name: std::any::type_name::<T>,
        value: ValueFunctions::wide(drop::<Local, T>),
        kept: || &Self::KEPT,
        original: None,
        size: 0,
        align: 1,
        measure: Some(measure::<_, T>),
        kind: TypeFacts::of(P::FACTS).with(TypeFacts::WIDE),
    };
    const KEPT: TypeVtables = Vtable::keeping(&Self::VTABLE).both();
}

/// The erased functions of wide blocks of `T`.
struct Wide<T: ?Sized>(PhantomData<T>);

impl<T: Trace + ?Sized> Wide<T> {
    /// # Safety
    ///
    /// As for [`value`], which is whole and its targets are dead; neither it nor the block is used
    /// again.
    unsafe fn discard(block: BlockPtr) {
        // SAFETY: by *vtable* the value is whole and not used again.
        let value = unsafe { &mut *value::<_, T>(block) };
        // SAFETY: by *vtable* the blocks that the value leads to are dead.
        unsafe { value.dispose(&Disposer::local()) };
        if !audit::AUDITED {
            // SAFETY: by *vtable*: the block is not used again, and the value is destroyed by now.
            unsafe { free::<_, T>(block) }
        }
    }
}
