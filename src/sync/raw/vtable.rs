//! What the collector can do with a value whose type it does not know; the twin of the local vtable.
//!
//! The local one cannot serve both heaps: its functions know where the value stands behind a header, and a dead value
//! ends differently here, because its memory may have other holders.

use super::block::{Block, BlockPtr};
use super::header::PIN;
use crate::trace::{Disposer, Full, Trace, Tracer};

/// The functions and facts of one type.
pub(crate) struct Vtable {
    pub(crate) trace: unsafe fn(BlockPtr, &mut Tracer<'_>),
    /// Disposes the value, then gives up so many pins, even if the value's own code panics.
    pub(crate) discard: unsafe fn(BlockPtr, u32),
    /// Drops the value, then gives up the pin of the handles, even if the value's own code panics.
    pub(crate) destroy: unsafe fn(BlockPtr),
    /// Drops the value and keeps the memory.
    pub(crate) drop: unsafe fn(BlockPtr),
    /// Frees the memory of a block whose value is gone.
    pub(crate) free: unsafe fn(BlockPtr),
    /// Calls the finalizer; does nothing if the type has none.
    pub(crate) finalize: unsafe fn(BlockPtr),
    /// Bytes of a whole block.
    pub(crate) size: usize,
    pub(crate) kind: Kind,
}

/// Facts about a type, as bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Kind(u8);

impl Kind {
    const LEAF: u8 = 1;
    const DROPS: u8 = 2;
    const FINALIZES: u8 = 4;
    const TRIVIAL: u8 = 8;

    /// Owns no handles, or is declared to be on no cycle: never a candidate.
    #[inline]
    pub(crate) fn is_leaf(self) -> bool {
        self.0 & Self::LEAF != 0
    }

    /// Cannot be disposed: its dead values are dropped by ordinary glue.
    #[inline]
    pub(crate) fn drops(self) -> bool {
        self.0 & Self::DROPS != 0
    }

    /// Has a finalizer.
    #[inline]
    pub(crate) fn finalizes(self) -> bool {
        self.0 & Self::FINALIZES != 0
    }

    /// Has nothing to drop: the end of its memory is all.
    #[inline]
    pub(crate) fn is_trivial(self) -> bool {
        self.0 & Self::TRIVIAL != 0
    }
}

impl Vtable {
    /// The vtable of `T`.
    #[inline]
    pub(crate) fn of<T: Trace>() -> &'static Self {
        // Trait functions cannot run in a constant, so there is a constant for each answer; the choice folds away.
        let shape = T::shape::<Full>();
        let finalizes = T::finalizer().is_some();
        match (shape.leaf || shape.acyclic, shape.disposes, finalizes) {
            (true, true, false) => &Erased::<T, { Kind::LEAF }>::VTABLE,
            (true, false, false) => &Erased::<T, { Kind::LEAF | Kind::DROPS }>::VTABLE,
            (true, false, true) => &Erased::<T, { Kind::LEAF | Kind::FINALIZES | Kind::DROPS }>::VTABLE,
            (true, true, true) => &Erased::<T, { Kind::LEAF | Kind::FINALIZES }>::VTABLE,
            (false, true, false) => &Erased::<T, 0>::VTABLE,
            (false, true, true) => &Erased::<T, { Kind::FINALIZES }>::VTABLE,
            (false, false, false) => &Erased::<T, { Kind::DROPS }>::VTABLE,
            (false, false, true) => &Erased::<T, { Kind::DROPS | Kind::FINALIZES }>::VTABLE,
        }
    }
}

/// The erased functions of `T`.
struct Erased<T, const KIND: u8>(std::marker::PhantomData<T>);

impl<T: Trace, const KIND: u8> Erased<T, KIND> {
    const VTABLE: Vtable = Vtable {
        trace: Self::trace,
        discard: Self::discard,
        destroy: Self::destroy,
        drop: Self::drop,
        free: Self::free,
        finalize: Self::finalize,
        size: size_of::<Block<T>>(),
        kind: Kind(if std::mem::needs_drop::<T>() { KIND } else { KIND | Kind::TRIVIAL }),
    };

    /// # Safety
    ///
    /// `block` was allocated for a `T` whose value is whole and not under `&mut`.
    unsafe fn trace(block: BlockPtr, tracer: &mut Tracer<'_>) {
        // SAFETY: as the caller promises; only the value is borrowed, not the header.
        unsafe { &*block.value::<T>() }.trace(tracer);
    }

    /// # Safety
    ///
    /// `block` was allocated for a `T`, its value is whole and its targets are dead, the caller owns the pins; none of
    /// them is used again.
    unsafe fn discard(block: BlockPtr, pins: u32) {
        let _memory = UnpinOnDrop(block, pins);
        // SAFETY: as the caller promises; the memory outlives the call, the guard gives it up after.
        let value = unsafe { &mut *block.value::<T>() };
        // SAFETY: as the caller promises.
        unsafe { value.dispose(&Disposer::sync()) }
    }

    /// # Safety
    ///
    /// `block` was allocated for a `T`, its value is whole, and the caller owns the pin of its handles; neither is
    /// used again.
    unsafe fn destroy(block: BlockPtr) {
        let _memory = UnpinOnDrop(block, PIN);
        // SAFETY: as the caller promises; the memory outlives the call, the guard gives it up after.
        unsafe { block.value::<T>().drop_in_place() }
    }

    /// # Safety
    ///
    /// `block` was allocated for a `T`, its value is whole and not used again.
    unsafe fn drop(block: BlockPtr) {
        // SAFETY: as the caller promises.
        unsafe { block.value::<T>().drop_in_place() }
    }

    /// # Safety
    ///
    /// `block` was allocated for a `T`, its value is gone, and the memory is not used again.
    unsafe fn free(block: BlockPtr) {
        // SAFETY: as the caller promises; `typed` has the pointer that the allocation gave.
        drop(unsafe { Box::from_raw(block.typed::<std::mem::ManuallyDrop<T>>()) });
    }

    /// # Safety
    ///
    /// `block` was allocated for a `T` whose value is whole and kept so by a handle for the whole call.
    unsafe fn finalize(block: BlockPtr) {
        if let Some(finalize) = T::finalizer() {
            // SAFETY: as the caller promises; only the value is borrowed, not the header.
            finalize(unsafe { &*block.value::<T>() });
        }
    }
}

/// Gives up pins at the end of the scope in which a value is destroyed.
struct UnpinOnDrop(BlockPtr, u32);

impl Drop for UnpinOnDrop {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: whoever made the guard gave up the pins, and the value is destroyed by now.
        unsafe { self.0.unpin(self.1) }
    }
}
