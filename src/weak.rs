//! `Weak`: a handle that does not keep its value alive.
//!
//! It points to a side record, not to the block, so the block is freed when its value dies, and asking a `Weak` never
//! touches freed memory. The pointer is typed as if it led to the block, because it carries the metadata of an unsized
//! target; only its address part is that of the record.

use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::gc::Gc;
use crate::raw::Block;
use crate::raw::block::with_address;
use crate::raw::side::Side;

/// A handle that does not keep the value alive, from [`Gc::downgrade`]; like [`std::rc::Weak`].
///
/// A value is gone from the moment its destruction starts, whether the last [`Gc`] was dropped or a collection found it
/// unreachable; before that, while its finalizer runs, it can still be upgraded. Unlike with `Rc`, a `Weak` does not
/// keep the memory of the value either, only a record of 32 bytes that all `Weak` handles of a value share.
pub struct Weak<T: ?Sized> {
    /// The address of the side record, or [`NOTHING`], with the metadata of a handle.
    side: NonNull<Block<T>>,
    _target: PhantomData<Block<T>>,
}

/// The address in a `Weak` that was made from nothing; no record is there.
const NOTHING: usize = usize::MAX;

impl<T> Weak<T> {
    /// A `Weak` that leads nowhere. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let nowhere: recyc::Weak<i64> = recyc::Weak::new();
    /// assert!(nowhere.upgrade().is_none());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        let nothing = std::ptr::without_provenance_mut(NOTHING);
        // SAFETY: the address is not null.
        Self { side: unsafe { NonNull::new_unchecked(nothing) }, _target: PhantomData }
    }

    /// The address of the value. It may be gone: check with [`upgrade`](Weak::upgrade).
    #[must_use]
    pub fn as_ptr(&self) -> *const T {
        match self.record() {
            Some(side) => side.block().as_ptr().wrapping_add(std::mem::offset_of!(Block<T>, value)).cast(),
            None => std::ptr::without_provenance(NOTHING),
        }
    }
}

impl<T: ?Sized> Weak<T> {
    /// Takes over a share of the record, for a target with the metadata of `like`.
    pub(crate) fn from_side(side: NonNull<Side>, like: NonNull<Block<T>>) -> Self {
        Self { side: with_address(like, side.cast()), _target: PhantomData }
    }

    #[inline]
    fn record_ptr(&self) -> Option<NonNull<Side>> {
        let side = self.side.cast::<Side>();
        (side.addr().get() != NOTHING).then_some(side)
    }

    #[inline]
    fn record(&self) -> Option<&Side> {
        // SAFETY: by *share* the record is alive while this handle exists.
        self.record_ptr().map(|side| unsafe { side.as_ref() })
    }

    /// A handle to the value, or `None` if it is gone.
    ///
    /// Inside the destruction of a dead cycle, upgrading a `Weak` to *any* member gives `None`; that is the safe way to ask
    /// whether a neighbour is still there. Takes constant time and never starts a collection.
    #[inline]
    #[must_use = "this makes a new handle"]
    pub fn upgrade(&self) -> Option<Gc<T>> {
        let block = self.record()?.upgradable()?;
        block.header().increment();
        Some(Gc::from_block(with_address(self.side, block.as_non_null())))
    }

    /// How many [`Gc`] handles to the value there are; 0 if it is gone.
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.record().and_then(Side::upgradable).map_or(0, |block| block.header().count() as usize)
    }

    /// How many `Weak` handles to the value there are; 0 if it is gone, as in `Rc`.
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.record().filter(|side| side.upgradable().is_some()).map_or(0, |side| side.weak_count(true))
    }

    /// Whether both handles are to the same value, or both were made from nothing.
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.side.as_ptr(), other.side.as_ptr())
    }
}

impl<T: ?Sized> Clone for Weak<T> {
    #[inline]
    fn clone(&self) -> Self {
        if let Some(side) = self.record() {
            side.increment();
        }
        Self { side: self.side, _target: PhantomData }
    }
}

impl<T: ?Sized> Drop for Weak<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(side) = self.record_ptr() {
            // SAFETY: by *share* this handle owns one share of the record, and it ends here.
            unsafe { Side::decrement(side) }
        }
    }
}

impl<T> Default for Weak<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized> fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(Weak)")
    }
}

impl<T: ?Sized> Unpin for Weak<T> {}
impl<T: ?Sized + std::panic::RefUnwindSafe> std::panic::UnwindSafe for Weak<T> {}
impl<T: ?Sized + std::panic::RefUnwindSafe> std::panic::RefUnwindSafe for Weak<T> {}
