//! The heap of a thread, as its handles use it.
//!
//! Not `forbid(unsafe_code)` because the functions of the floor that end a block are called here,
//! by what the owners of counts and shares promise (*count*, *share*).

use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use crate::handle::{Admitted, Heap, HeapOps, LivesIn, ShareRef};
use crate::local::collector::pacing;
use crate::local::raw::block::allocate;
use crate::local::raw::death::free_moved_out;
use crate::local::raw::drop::{decrement, released, released_erased};
use crate::local::raw::register::deregister;
use crate::local::raw::side::Side;
use crate::local::raw::vtable::Vtable;
use crate::local::raw::wide::allocate_block;
use crate::local::raw::{Block, BlockPtr, audit, heap};
use crate::local::rules;
use crate::raw::erased::SHARED;
use crate::raw::heaps::Local;
use crate::raw::pointer::with_address;
use crate::raw::wide::Word;
use crate::trace::{Disposer, Of, Promise, Trace, Tracer};

impl Heap for Local {}

impl<T: ?Sized> LivesIn<Local> for T {}
impl<T: ?Sized> Admitted<Local> for T {}

/// Counts a block and allocates it. No code for that is compiled for each type in a debug build.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
fn count_and_allocate(
    size: usize,
    owned_bytes: usize,
    layout: Layout,
    vtable: &'static Vtable,
) -> NonNull<u8> {
    Local::count_value(size, owned_bytes);
    allocate(layout, vtable)
}

/// Where a local `Weak` leads to: the side record of its block.
#[inline(always)]
fn record(share: ShareRef<'_, Local>) -> &Side {
    // SAFETY: by *share* the record is alive while a share of it is borrowed.
    unsafe { share.target().cast().as_ref() }
}

impl HeapOps for Local {
    #[inline(always)]
    fn count_allocation() {
        if heap(|heap| heap.balance.allocated()) {
            pacing::countdown_ended();
        }
    }

    fn uncount_allocation() {
        heap(|heap| heap.balance.not_allocated());
    }

    #[inline(always)]
    fn count_bytes(bytes: usize) {
        if bytes > 0 {
            heap(|heap| heap.pacing.large_block(heap, bytes));
        }
    }

    #[inline(always)]
    fn allocate<T: Trace>() -> NonNull<u8> {
        allocate(const { Layout::new::<Block<T>>() }, Vtable::of::<T>())
    }

    #[inline(always)]
    fn allocate_counted<T: Trace>(owned_bytes: usize) -> NonNull<u8> {
        let layout = const { Layout::new::<Block<T>>() };
        count_and_allocate(size_of::<T>(), owned_bytes, layout, Vtable::of::<T>())
    }

    #[inline(always)]
    fn allocate_uninit<T: Trace>() -> NonNull<Block<MaybeUninit<T>>> {
        Self::allocate::<T>().cast()
    }

    fn allocate_wide<T: Trace + ?Sized, P: Promise>(
        word: Word,
        value: Layout,
    ) -> NonNull<Block<T>> {
        allocate_block(word, value, Vtable::wide::<T, P>())
    }

    fn downgrade_uninit(block: BlockPtr) -> NonNull<u8> {
        Side::uninit_block(block).cast()
    }

    #[inline]
    unsafe fn publish(block: BlockPtr) {
        Side::publish(block);
    }

    unsafe fn free_uninit(block: BlockPtr) {
        Side::detach(block);
        heap(|heap| heap.balance.freed(1));
        // SAFETY: by *unwritten* no handle was made and there is no value; no `Weak` leads to the
        // block any more.
        unsafe { (block.header().vtable().free)(block) };
    }

    #[inline(always)]
    fn increment(block: BlockPtr) {
        block.header().increment();
    }

    #[inline(always)]
    unsafe fn drop_handle<T: ?Sized>(block: NonNull<Block<T>>, place: *const ()) {
        // SAFETY: by *count* the block is not freed while the caller's count is there.
        let erased = unsafe { BlockPtr::new(block) };
        if audit::AUDITED && audit::promises::forbids_drop(erased, place.addr()) {
            return;
        }
        if decrement(erased) {
            // SAFETY: by *count*: as the caller promises, it owned the count that was released just
            // now.
            unsafe {
                if const { SHARED && size_of::<*const T>() == size_of::<*const ()>() } {
                    released_erased(erased)
                } else {
                    // The block of an unsized value may be of another type: places that were
                    // written late. An array can be made of such a slice again, by `try_from`. In
                    // a debug build its elements are leaked then, as `retype_slice` allows.
                    released(block)
                }
            }
        }
    }

    #[inline(always)]
    fn strong_count(block: BlockPtr) -> usize {
        block.header().count() as usize
    }

    #[inline(always)]
    fn weak_count(block: BlockPtr) -> usize {
        Side::weak_count_of(block)
    }

    #[inline(always)]
    fn report(tracer: &mut Tracer<'_>, block: BlockPtr, place: *const ()) {
        tracer.edge(block, place.addr());
    }

    const MAY_BE_UNREPORTED: bool = false;

    fn is_unreported(_: &Disposer) -> bool {
        false
    }

    #[inline(always)]
    fn claim(block: BlockPtr) -> bool {
        let alone = Self::strong_count(block) == 1 && Self::weak_count(block) == 0;
        if alone {
            rules::withdraw(block);
        }
        alone
    }

    #[inline(always)]
    unsafe fn take_last(block: BlockPtr) -> bool {
        let last = Self::strong_count(block) == 1 && !audit::forbids_unwrap(block);
        if last {
            deregister(block);
        }
        last
    }

    #[inline(always)]
    unsafe fn release_or_take<T>(block: NonNull<Block<T>>) -> bool {
        // SAFETY: by *count* the block is not freed while the caller's count is there.
        let last = unsafe { Self::take_last(BlockPtr::new(block)) };
        if !last {
            // SAFETY: by *count*, as the caller promises. The handle is not in its place any more.
            unsafe { Self::drop_handle(block, std::ptr::null()) };
        }
        last
    }

    #[inline(always)]
    unsafe fn free_moved_out(block: BlockPtr) {
        // SAFETY: by *last*, as the caller promises.
        unsafe { free_moved_out(block) }
    }

    fn inherit_finalized(to: BlockPtr, from: BlockPtr) {
        if from.header().is_finalized() && !to.header().is_finalized() {
            to.header().set_finalized();
        }
    }

    unsafe fn retype<T: Trace>(block: BlockPtr) {
        block.header().retype(Vtable::of::<T>());
    }

    unsafe fn retype_slice<T: Trace>(block: BlockPtr) {
        if block.header().vtable().kind.is_wide() {
            block.header().retype(Vtable::wide::<[T], Of<T>>());
        }
    }

    #[inline]
    fn downgrade(block: BlockPtr) -> NonNull<u8> {
        Side::downgrade(block).cast()
    }

    #[inline(always)]
    fn share(share: ShareRef<'_, Self>) {
        record(share).increment();
    }

    #[inline(always)]
    unsafe fn unshare(share: ShareRef<'_, Self>) {
        // SAFETY: by *share*, as the caller promises.
        unsafe { Side::decrement(share.target().cast()) }
    }

    #[inline(always)]
    fn upgrade(share: ShareRef<'_, Self>) -> Option<NonNull<u8>> {
        let block = record(share).upgradable()?;
        block.header().increment();
        Some(block.start())
    }

    fn counts_of_weak(share: ShareRef<'_, Self>) -> (usize, usize) {
        let side = record(share);
        side.upgradable().map_or((0, 0), |block| (Self::strong_count(block), side.weak_count(true)))
    }

    unsafe fn value_of_weak<T: ?Sized>(
        share: ShareRef<'_, Self>,
        target: NonNull<Block<T>>,
    ) -> *const T {
        with_address(target, record(share).value()).as_ptr() as *const T
    }

    fn reserve_address(share: ShareRef<'_, Self>) {
        record(share).observe();
    }

    unsafe fn into_raw(share: ShareRef<'_, Self>) -> bool {
        record(share).keep()
    }

    unsafe fn from_raw(block: BlockPtr) -> NonNull<u8> {
        // SAFETY: by *kept*: `keep` returned true when the pointer was made, and by the caller's
        // promise this happens once.
        unsafe { Side::take_back_of(block) }.cast()
    }
}
