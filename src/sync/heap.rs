//! The heap that threads share, as its handles use it.
//!
//! Not `forbid(unsafe_code)` because the functions of the floor that end a block are called here,
//! by what the owners of counts and shares promise (*count*, *share*).

use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use super::collector::{pacing, sweep_if_free};
use super::fork;
use super::raw::block::allocate;
use super::raw::header::PIN;
use super::raw::hooks::Hooks;
use super::raw::release::{free_moved_out, release, release_or_take, take_last};
use super::raw::thread::{self, local};
use super::raw::vtable::Vtable;
use super::raw::{Block, BlockPtr, Header, candidates};
use crate::handle::{Admitted, Heap, HeapOps, LivesIn, ShareRef};
use crate::raw::heaps::Shared;
use crate::raw::wide::{self, Word};
use crate::trace::{Disposer, Of, Promise, Trace, Tracer};

impl Heap for Shared {}

impl<T: Send + Sync + ?Sized> LivesIn<Shared> for T {}
impl<T: Send + Sync + ?Sized> Admitted<Shared> for T {}

/// Where a shared `Weak` leads to: its block, of which it has a pin.
#[inline(always)]
fn pinned(share: ShareRef<'_, Shared>) -> BlockPtr {
    // SAFETY: by *share* the block is not freed while the share is borrowed, and no caller keeps
    // the result longer.
    unsafe { BlockPtr::new(share.target().cast::<Block<()>>()) }
}

impl Hooks for Shared {
    fn buffer_grew(length: usize) {
        pacing::buffer_grew(length);
    }

    fn tell(made: usize) {
        pacing::tell(made);
    }

    fn sweep_if_free(is_due: impl FnOnce() -> bool) {
        sweep_if_free(is_due);
    }

    #[inline]
    fn prepare_fork() {
        fork::register();
    }
}

impl HeapOps for Shared {
    #[inline(always)]
    fn count_allocation() {
        if local(thread::Local::count_allocation) == Some(false) {
            pacing::budget_spent();
        }
    }

    fn uncount_allocation() {
        local(thread::Local::freed);
    }

    #[inline(always)]
    fn count_bytes(bytes: usize) {
        if bytes > 0 {
            pacing::large_block(bytes);
        }
    }

    #[inline(always)]
    fn allocate<T: Trace>() -> NonNull<u8> {
        allocate(const { Layout::new::<Block<T>>() }, Vtable::of::<T>(), 1)
    }

    #[inline(always)]
    fn allocate_counted<T: Trace>(owned_bytes: usize) -> NonNull<u8> {
        let layout = const { Layout::new::<Block<T>>() };
        count_and_allocate(size_of::<T>(), owned_bytes, layout, Vtable::of::<T>())
    }

    #[inline(always)]
    fn allocate_uninit<T: Trace>() -> NonNull<Block<MaybeUninit<T>>> {
        allocate(const { Layout::new::<Block<T>>() }, Vtable::of::<T>(), 0).cast()
    }

    fn allocate_wide<T: Trace + ?Sized, P: Promise>(
        word: Word,
        value: Layout,
    ) -> NonNull<Block<T>> {
        wide::compose(wide::allocate(word, value, Header::new(Vtable::wide::<T, P>(), 0)), word)
    }

    fn downgrade_uninit(block: BlockPtr) -> NonNull<u8> {
        Self::downgrade(block)
    }

    #[inline]
    unsafe fn publish(block: BlockPtr) {
        block.header().publish();
    }

    unsafe fn free_uninit(block: BlockPtr) {
        local(thread::Local::freed);
        // SAFETY: by *unwritten* no handle was made and there is no value. So by *pins* the pin of
        // the handles is the caller's.
        unsafe { block.unpin(PIN) };
    }

    #[inline(always)]
    fn increment(block: BlockPtr) {
        block.header().increment();
    }

    #[inline(always)]
    unsafe fn drop_handle<T: ?Sized>(block: NonNull<Block<T>>, _: *const ()) {
        // SAFETY: by *count*, as the caller promises.
        unsafe { release(BlockPtr::new(block)) }
    }

    #[inline(always)]
    fn strong_count(block: BlockPtr) -> usize {
        block.header().word().count() as usize
    }

    #[inline(always)]
    fn weak_count(block: BlockPtr) -> usize {
        block.header().weak_count()
    }

    #[inline(always)]
    fn report(tracer: &mut Tracer<'_>, block: BlockPtr, _: *const ()) {
        tracer.sync_edge(block);
    }

    const MAY_BE_UNREPORTED: bool = true;

    #[inline(always)]
    fn is_unreported(disposer: &Disposer) -> bool {
        disposer.drops_sync()
    }

    #[inline(always)]
    fn claim(block: BlockPtr) -> bool {
        block.header().deregister() && block.header().is_alone()
    }

    #[inline(always)]
    unsafe fn take_last(block: BlockPtr) -> bool {
        // SAFETY: by *count*, as the caller promises.
        unsafe { take_last(block) }
    }

    #[inline(always)]
    unsafe fn release_or_take<T>(block: NonNull<Block<T>>) -> bool {
        // SAFETY: by *count*, as the caller promises.
        unsafe { release_or_take(BlockPtr::new(block)) }
    }

    #[inline(always)]
    unsafe fn free_moved_out(block: BlockPtr) {
        // SAFETY: by *last*, as the caller promises.
        unsafe { free_moved_out(block) }
    }

    fn inherit_finalized(to: BlockPtr, from: BlockPtr) {
        if from.header().word().is_finalized() {
            to.header().claim_finalizer();
        }
    }

    unsafe fn retype<T: Trace>(block: BlockPtr) {
        retype(block, Vtable::of::<T>());
    }

    unsafe fn retype_slice<T: Trace>(block: BlockPtr) {
        if block.header().vtable().kind.is_wide() {
            retype(block, Vtable::wide::<[T], Of<T>>());
        }
    }

    #[inline]
    fn downgrade(block: BlockPtr) -> NonNull<u8> {
        block.header().pin();
        block.start()
    }

    #[inline(always)]
    fn share(share: ShareRef<'_, Self>) {
        pinned(share).header().pin();
    }

    #[inline(always)]
    unsafe fn unshare(share: ShareRef<'_, Self>) {
        // SAFETY: as the caller promises, the share is a pin (*pins*).
        unsafe { pinned(share).unpin(PIN) }
    }

    #[inline(always)]
    fn upgrade(share: ShareRef<'_, Self>) -> Option<NonNull<u8>> {
        pinned(share).header().try_increment().then_some(share.target())
    }

    fn counts_of_weak(share: ShareRef<'_, Self>) -> (usize, usize) {
        let header = pinned(share).header();
        let word = header.word();
        if word.is_gone() { (0, 0) } else { (word.count() as usize, header.weak_count()) }
    }

    unsafe fn value_of_weak<T: ?Sized>(
        _: ShareRef<'_, Self>,
        target: NonNull<Block<T>>,
    ) -> *const T {
        // SAFETY: by *share* the block is there; nothing is read but the metadata of the pointer.
        unsafe { &raw const (*target.as_ptr()).value }
    }

    /// Nothing to do: by *pins* the memory is kept while there is a `Weak`.
    fn reserve_address(_: ShareRef<'_, Self>) {}

    unsafe fn into_raw(_: ShareRef<'_, Self>) -> bool {
        true
    }

    unsafe fn from_raw(block: BlockPtr) -> NonNull<u8> {
        block.start()
    }
}

/// Counts a block and allocates it with one handle. No code for that is compiled for each type in a
/// debug build.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
fn count_and_allocate(
    size: usize,
    owned_bytes: usize,
    layout: Layout,
    vtable: &'static Vtable,
) -> NonNull<u8> {
    Shared::count_value(size, owned_bytes);
    allocate(layout, vtable, 1)
}

/// Gives the block the type of a value that was written late.
fn retype(block: BlockPtr, vtable: &'static Vtable) {
    if block.header().retype(vtable) {
        candidates::push(block);
    }
}
