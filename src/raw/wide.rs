//! Wide blocks: slices, strings, and trait objects that came out of a box.
//!
//! A vtable serves all blocks of a type, so what differs between them, the length or the vtable of a trait object, is in
//! the block: one word in front of the header. `[word][header][value]`, padded in front so that header and value stay
//! where they are in any other block. So a handle cannot see whether its slice was made as one or is an array seen as a
//! slice.
//!
//! It need not: a wide block never has the tag `PLAIN`, so it always ends by its own vtable, which knows where the
//! allocation starts.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, transmute_copy};
use std::ptr::NonNull;

use super::block::{Block, BlockPtr};
use super::header::Header;
use super::tracer::Tracer;
use super::vtable::{Kind, Vtable};
use crate::trace::{Disposer, Shape, Trace};

/// What a wide pointer has besides its address.
pub(crate) type Word = *const ();

/// How large one wide block is.
pub(crate) struct Measure {
    /// Bytes of the whole allocation.
    pub(crate) size: usize,
    /// Bytes from the header to the value.
    pub(crate) value_offset: usize,
}

/// The layout of the allocation around a value, and the bytes before the header.
fn around(value: Layout) -> Option<(Layout, usize)> {
    let block = Layout::new::<Header>().extend(value).ok()?.0.pad_to_align();
    let before = block.align(); // not less than a word, as the header has one
    let whole = Layout::from_size_align(block.size().checked_add(before)?, block.align()).ok()?;
    Some((whole, before))
}

/// Allocates a block without a value, with one handle that the caller owns.
///
/// # Panics
///
/// If the value would be larger than the address space.
pub(crate) fn allocate<T: ?Sized>(word: Word, value: Layout, vtable: &'static Vtable) -> NonNull<Block<T>> {
    let (whole, before) = around(value).expect("capacity overflow");
    // SAFETY: the header is in it, so the size is not zero.
    let Some(start) = NonNull::new(unsafe { alloc(whole) }) else { handle_alloc_error(whole) };
    // SAFETY: by `around` the block begins so far inside the allocation.
    let block = unsafe { start.add(before) };
    // SAFETY: the allocation has room for a header there, aligned.
    unsafe { block.cast::<Header>().write(Header::new(vtable)) };
    // SAFETY: by `around` there is at least a word before the header.
    unsafe { block.cast::<Word>().sub(1).write(word) };
    compose(block, word)
}

/// The word of a wide pointer.
pub(crate) fn word_of<T: ?Sized>(pointer: *const T) -> Word {
    const { assert!(size_of::<*const T>() == 2 * size_of::<Word>(), "not a wide pointer") };
    // SAFETY: a wide pointer is its address and one word more, which is a length or a pointer.
    let [address, word] = unsafe { transmute_copy::<*const T, [Word; 2]>(&pointer) };
    debug_assert_eq!(address.addr(), pointer.addr());
    word
}

/// The word of a slice pointer.
pub(crate) fn word_of_length(length: usize) -> Word {
    std::ptr::without_provenance(length)
}

fn compose<T: ?Sized>(address: NonNull<u8>, word: Word) -> NonNull<Block<T>> {
    const { assert!(size_of::<NonNull<Block<T>>>() == 2 * size_of::<Word>(), "not a wide pointer") };
    let parts: [Word; 2] = [address.as_ptr().cast_const().cast(), word];
    // SAFETY: a wide pointer is its address and one word more; the word came from a pointer to a `T`.
    let block: NonNull<Block<T>> = unsafe { transmute_copy(&parts) };
    debug_assert_eq!(block.cast::<u8>(), address);
    block
}

impl Vtable {
    /// The vtable of wide blocks of `T`, of which `shape` is true.
    #[inline]
    pub(crate) fn wide<T: Trace + ?Sized>(shape: Shape) -> &'static Self {
        match (shape.leaf || shape.acyclic, shape.disposes) {
            (true, true) => &Wide::<T, { Kind::LEAF }>::VTABLE,
            (true, false) => &Wide::<T, { Kind::LEAF | Kind::DROPS }>::VTABLE,
            (false, true) => &Wide::<T, 0>::VTABLE,
            (false, false) => &Wide::<T, { Kind::DROPS }>::VTABLE,
        }
    }
}

/// The erased functions of wide blocks of `T`.
struct Wide<T: ?Sized, const KIND: u8>(PhantomData<T>);

impl<T: Trace + ?Sized, const KIND: u8> Wide<T, KIND> {
    const VTABLE: Vtable = Vtable {
        trace: Self::trace,
        discard: Self::discard,
        destroy: Self::destroy,
        drop: Self::drop,
        free: Self::free,
        finalize: Self::finalize,
        name: std::any::type_name::<T>,
        kept: || &Self::KEPT,
        original: None,
        size: 0,
        value_offset: 0,
        measure: Some(Self::measure),
        kind: Kind::new(KIND | Kind::WIDE),
    };
    const KEPT: Vtable = Vtable::keeping(&Self::VTABLE);

    /// # Safety
    ///
    /// `block` was allocated by [`allocate`] for a `T`.
    unsafe fn typed(block: BlockPtr) -> NonNull<Block<T>> {
        // SAFETY: as the caller promises, the word is there, and nobody writes it again.
        compose(block.as_non_null(), unsafe { block.as_non_null().cast::<Word>().sub(1).read() })
    }

    /// # Safety
    ///
    /// As for [`typed`](Self::typed).
    unsafe fn value(block: BlockPtr) -> *mut T {
        // SAFETY: as the caller promises.
        let block = unsafe { Self::typed(block) };
        // SAFETY: the place is inside the block.
        unsafe { &raw mut (*block.as_ptr()).value }
    }

    /// The layout of a value, which may be gone.
    ///
    /// # Safety
    ///
    /// As for [`typed`](Self::typed).
    unsafe fn layout(block: BlockPtr) -> Layout {
        // SAFETY: as the caller promises.
        let value = unsafe { Self::value(block) } as *const ManuallyDrop<T>;
        // SAFETY: the memory is there; that the value was dropped is what `ManuallyDrop` allows.
        Layout::for_value(unsafe { &*value })
    }

    /// # Safety
    ///
    /// As for [`typed`](Self::typed); the value may be gone.
    unsafe fn measure(block: BlockPtr) -> Measure {
        // SAFETY: as the caller promises.
        let value = unsafe { Self::layout(block) };
        let size = around(value).map_or(0, |(whole, _)| whole.size());
        Measure { size, value_offset: size_of::<Header>().next_multiple_of(value.align()) }
    }

    /// # Safety
    ///
    /// As for [`typed`](Self::typed), and the value is whole and not under `&mut`.
    unsafe fn trace(block: BlockPtr, tracer: &mut Tracer<'_>) {
        // SAFETY: as the caller promises; only the value is borrowed, not the header.
        unsafe { &*Self::value(block) }.trace(tracer);
    }

    /// # Safety
    ///
    /// As for [`typed`](Self::typed); the value is whole and its targets are dead; neither is used again.
    unsafe fn discard(block: BlockPtr) {
        let _memory = FreeOnDrop(block, Self::free);
        // SAFETY: as the caller promises; the memory outlives the call, the guard frees it after.
        let value = unsafe { &mut *Self::value(block) };
        // SAFETY: as the caller promises.
        unsafe { value.dispose(&Disposer::local()) }
    }

    /// # Safety
    ///
    /// As for [`typed`](Self::typed); the value is whole, and the block is not used again.
    unsafe fn destroy(block: BlockPtr) {
        let _memory = FreeOnDrop(block, Self::free);
        // SAFETY: as the caller promises; the memory outlives the call, the guard frees it after.
        unsafe { Self::drop(block) }
    }

    /// # Safety
    ///
    /// As for [`typed`](Self::typed); the value is whole and not used again.
    unsafe fn drop(block: BlockPtr) {
        // SAFETY: as the caller promises.
        unsafe { Self::value(block).drop_in_place() }
    }

    /// # Safety
    ///
    /// As for [`typed`](Self::typed); the value is gone, and the memory is not used again.
    unsafe fn free(block: BlockPtr) {
        // SAFETY: as the caller promises.
        let value = unsafe { Self::layout(block) };
        let Some((whole, before)) = around(value) else { unreachable!("the block was allocated") };
        // SAFETY: by `around` the allocation starts so far before the block, and the pointer has its provenance.
        unsafe { dealloc(block.as_non_null().sub(before).as_ptr(), whole) }
    }

    /// Wide blocks have no finalizer: nobody can ask an unsized type for one.
    ///
    /// # Safety
    ///
    /// None.
    unsafe fn finalize(_: BlockPtr) {}
}

/// Frees a block at the end of the scope in which its value is destroyed.
struct FreeOnDrop(BlockPtr, unsafe fn(BlockPtr));

impl Drop for FreeOnDrop {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: whoever made the guard gave up the block, and the value is destroyed by now.
        unsafe { (self.1)(self.0) }
    }
}
