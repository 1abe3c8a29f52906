//! The heaps that a handle can lead to.

use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use super::raw::ShareRef;
use crate::policy::bytes;
use crate::raw::block::{Block, BlockPtr};
use crate::raw::heaps::Headed;
use crate::raw::wide::Word;
use crate::trace::{Disposer, Promise, Trace, Tracer};

/// One of the two heaps: [`Local`](crate::handle::Local) or [`Shared`](crate::handle::Shared).
///
/// A type parameter of the handles, for code that serves both heaps. Cannot be implemented
/// elsewhere.
#[allow(private_bounds, reason = "seals the trait")]
pub trait Heap: HeapOps {}

/// A type whose values can be in the heap `H`: any type for [`Local`](crate::handle::Local), and
/// `Send + Sync` types for [`Shared`](crate::handle::Shared).
///
/// Implemented for all such types. Cannot be implemented elsewhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be in the heap `{H}`",
    label = "not both `Send` and `Sync`",
    note = "the heap of `recyc::sync::Gc` takes values that threads can share: what changes in them is in a `Mutex`, an \
            `RwLock` or an atomic",
    note = "the heap of `recyc::Gc` takes these values too"
)]
#[allow(private_bounds, reason = "seals the trait")]
pub trait LivesIn<H: Heap>: Admitted<H> {}

/// A type whose values the heap `H` admits.
///
/// Implemented for the same types as [`LivesIn`]. That blanket impl alone would leave room for
/// others where the compiler knows that a type is not `Send`. This trait cannot be named elsewhere.
pub(crate) trait Admitted<H> {}

/// A pointer to a block of the heap `H` with a `T` in it.
pub(crate) type BlockOf<H, T> = NonNull<Block<<H as Headed>::Header, T>>;

/// A pointer to a block of the heap `H`.
pub(crate) type ErasedOf<H> = BlockPtr<H>;

/// What the handles need of a heap.
///
/// The functions that take a block rely on a count of it that the caller owns (*count*). Those that
/// take a [`ShareRef`] rely on the share that it borrows.
pub(crate) trait HeapOps: Headed {
    /// Counts a block that is about to be allocated, and collects if it is time.
    fn count_allocation();

    /// Takes back that a block was counted which does not come to be.
    fn uncount_allocation();

    /// Counts the bytes of a large block, see [`bytes`](crate::policy::bytes); 0 for all others.
    fn count_bytes(bytes: usize);

    /// Counts a block that is about to be allocated for a value that has this size and owns this
    /// many bytes elsewhere, and collects if it is time.
    #[cfg_attr(debug_assertions, inline)]
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn count_value(size: usize, owned_bytes: usize) {
        Self::count_allocation();
        Self::count_bytes(bytes::of_size(size.saturating_add(owned_bytes)));
    }

    /// Allocates the block of a `T` that the caller writes next, with one handle, which the caller
    /// owns.
    ///
    /// The value is no argument, so that the code which drops it when there is a panic is compiled
    /// once for each type.
    fn allocate<T: Trace>() -> NonNull<u8>;

    /// [`count_value`](Self::count_value) for a `T` that owns this many bytes elsewhere, and
    /// [`allocate`](Self::allocate).
    fn allocate_counted<T: Trace>(owned_bytes: usize) -> NonNull<u8>;

    /// Allocates the block of a value that is still to be written.
    fn allocate_uninit<T: Trace>() -> BlockOf<Self, MaybeUninit<T>>;

    /// Allocates the wide block of a value that is still to be written, of which `P` is true.
    ///
    /// # Panics
    ///
    /// If the value would be larger than the address space.
    fn allocate_wide<T: Trace + ?Sized, P: Promise>(word: Word, value: Layout) -> BlockOf<Self, T>;

    /// A pin or share of a block without a value, for a `Weak`.
    fn downgrade_uninit(block: ErasedOf<Self>) -> NonNull<u8>;

    /// Makes the block that of a value: its first handle exists, and a `Weak` can be upgraded.
    ///
    /// # Safety
    ///
    /// The block never had a handle, and its value was written. The caller owns the count that
    /// comes to be.
    unsafe fn publish(block: ErasedOf<Self>);

    /// Frees a block that never got a value, and takes back that it was counted.
    ///
    /// # Safety
    ///
    /// No handle was made, and the block is not used again.
    unsafe fn free_uninit(block: ErasedOf<Self>);

    /// Adds a count.
    fn increment(block: ErasedOf<Self>);

    /// Gives up the count of the handle at the address `place`.
    ///
    /// # Safety
    ///
    /// The handle owns a count of the block, and is not used again.
    unsafe fn drop_handle<T: ?Sized>(block: BlockOf<Self, T>, place: *const ());

    /// The number of handles.
    fn strong_count(block: ErasedOf<Self>) -> usize;

    /// The number of `Weak` handles.
    fn weak_count(block: ErasedOf<Self>) -> usize;

    /// Reports the handle at the address `place` to a collection.
    fn report(tracer: &mut Tracer<'_>, block: ErasedOf<Self>, place: *const ());

    /// Whether a dead value may hold a handle of this heap that the collection took no notice of.
    /// Where this is `false`, the code that drops such a handle is not compiled.
    const MAY_BE_UNREPORTED: bool;

    /// Whether disposing a handle drops it, because the collection that disposes took no notice of
    /// it.
    fn is_unreported(disposer: &Disposer) -> bool;

    /// Whether the caller's handle is the only one of any kind. If so, no collection reads the
    /// value for as long as that handle is borrowed (*unreached*).
    fn claim(block: ErasedOf<Self>) -> bool;

    /// Takes the caller's count if it is the last. Then no collection reads the value again.
    ///
    /// # Safety
    ///
    /// The caller owns one count. If this returns true, that is taken: the value is the caller's,
    /// and the block is given up by [`free_moved_out`](Self::free_moved_out).
    unsafe fn take_last(block: ErasedOf<Self>) -> bool;

    /// Takes the caller's count if it is the last, and gives it up otherwise.
    ///
    /// # Safety
    ///
    /// As for [`take_last`](Self::take_last), and the count is not used again in either case.
    unsafe fn release_or_take<T>(block: BlockOf<Self, T>) -> bool;

    /// Gives up a block from which the value was moved.
    ///
    /// # Safety
    ///
    /// The last count was taken by [`take_last`](Self::take_last), and the block is not used again.
    unsafe fn free_moved_out(block: ErasedOf<Self>);

    /// Notes that the value of `to` was finalized, if that of `from` was. A wrong note has the
    /// effect that a finalizer is not called.
    fn inherit_finalized(to: ErasedOf<Self>, from: ErasedOf<Self>);

    /// Gives the block of a `MaybeUninit<T>` the type `T`.
    ///
    /// # Safety
    ///
    /// The value of the block is a `MaybeUninit<T>` that holds a `T`.
    unsafe fn retype<T: Trace>(block: ErasedOf<Self>);

    /// Gives the wide block of a `[MaybeUninit<T>]` the type `[T]`.
    ///
    /// An array that was unsized has no length in its block, so such a block keeps its type:
    /// nothing in it is traced, and the elements may be leaked.
    ///
    /// # Safety
    ///
    /// The value of the block is a `[MaybeUninit<T>]` whose elements all hold a `T`.
    unsafe fn retype_slice<T: Trace>(block: ErasedOf<Self>);

    /// Where the `Weak` handles of a block lead to, and one share of that, which the caller owns.
    fn downgrade(block: ErasedOf<Self>) -> NonNull<u8>;

    /// Adds a share, which the caller owns.
    fn share(share: ShareRef<'_, Self>);

    /// Gives up a share.
    ///
    /// # Safety
    ///
    /// The caller owns it and does not use it again.
    unsafe fn unshare(share: ShareRef<'_, Self>);

    /// Adds a count to the block, if its value exists, and returns where the block is. The caller
    /// owns the count.
    fn upgrade(share: ShareRef<'_, Self>) -> Option<NonNull<u8>>;

    /// The number of handles, and of `Weak` handles; zero each if the value is gone.
    fn counts_of_weak(share: ShareRef<'_, Self>) -> (usize, usize);

    /// Where the value is or was.
    ///
    /// # Safety
    ///
    /// `target` is that of the share, with the metadata of the value.
    unsafe fn value_of_weak<T: ?Sized>(
        share: ShareRef<'_, Self>,
        target: BlockOf<Self, T>,
    ) -> *const T;

    /// Keeps the address of the value from other values until the last share is gone.
    fn reserve_address(share: ShareRef<'_, Self>);

    /// Turns a share into one that the address of the value stands for. False if the value is gone
    /// and has no such address.
    ///
    /// # Safety
    ///
    /// The caller owns the share. If this returns true, the share is taken.
    unsafe fn into_raw(share: ShareRef<'_, Self>) -> bool;

    /// Turns a share that the address of the value stands for back into an ordinary one.
    ///
    /// # Safety
    ///
    /// [`into_raw`](Self::into_raw) returned true for this block, and each such share is turned
    /// back once.
    unsafe fn from_raw(block: ErasedOf<Self>) -> NonNull<u8>;
}
