//! The functions that the vtables of both heaps share: those that use only the value.
//!
//! Where the value stands behind the header, and what becomes of the memory of a dead one, is each
//! heap's own affair.

use super::block::BlockPtr;
use super::heaps::Headed;
use super::tracer::Tracer;
use crate::policy::bytes::MANY_BYTES;
use crate::trace::{Disposer, Trace};

/// Whether the functions of a vtable are compiled once for all types, and call the functions of the
/// type by their addresses.
///
/// Otherwise the functions that are called for every value are compiled for each type, and the
/// functions of the type into them. That makes a program faster, and takes most of the time in
/// which the compiler handles a type. The builds that check the use of memory compile what a
/// release build does.
pub(crate) const SHARED: bool = cfg!(all(debug_assertions, not(any(miri, recyc_audit))));

/// The functions of a type, as functions of the address of a value.
#[derive(Clone, Copy)]
pub(crate) struct ValueFunctions {
    /// `Trace::trace`. Only a vtable that is [`SHARED`] has it.
    trace: Option<unsafe fn(*const (), &mut Tracer<'_>)>,
    /// `Trace::dispose`. Only a vtable that is [`SHARED`] has it.
    dispose: Option<unsafe fn(*mut (), &Disposer)>,
    drop: unsafe fn(*mut ()),
    finalizer: fn() -> Finalizer,
    /// Bytes from the header to the value.
    pub(crate) offset: usize,
    /// Bytes of a value.
    size: usize,
}

/// A finalizer without the type of the value.
type Finalizer = Option<unsafe fn(*const ())>;

/// A header that leads to the functions of the type of its value.
pub(crate) trait Typed {
    /// The functions of the type.
    fn functions(&self) -> &'static ValueFunctions;
}

#[expect(
    clippy::disallowed_methods,
    reason = "only a function with an erased argument can be in a table of all types"
)]
impl ValueFunctions {
    /// The functions of `T`, whose values stand `offset` bytes behind the header.
    pub(crate) const fn of<T: Trace>(offset: usize) -> Self {
        use std::mem::transmute;

        // SAFETY: a function that takes a pointer to a sized value can be called with a pointer of
        // any other sized type.
        unsafe {
            Self {
                trace: if SHARED {
                    Some(
                        transmute::<fn(&T, &mut Tracer<'_>), unsafe fn(*const (), &mut Tracer<'_>)>(
                            T::trace,
                        ),
                    )
                } else {
                    None
                },
                dispose: if SHARED {
                    Some(transmute::<unsafe fn(&mut T, &Disposer), unsafe fn(*mut (), &Disposer)>(
                        T::dispose,
                    ))
                } else {
                    None
                },
                drop: transmute::<unsafe fn(*mut T), unsafe fn(*mut ())>(
                    std::ptr::drop_in_place::<T>,
                ),
                finalizer: transmute::<fn() -> Option<fn(&T)>, fn() -> Finalizer>(T::finalizer),
                offset,
                size: size_of::<T>(),
            }
        }
    }

    /// The functions of the blocks of one type that are wide. The value is dropped by `drop`, which
    /// takes the block. There is no finalizer, as whether an unsized type has one cannot be
    /// determined.
    pub(crate) const fn wide<H>(drop: unsafe fn(BlockPtr<H>)) -> Self {
        Self {
            trace: None,
            dispose: None,
            // SAFETY: a `BlockPtr` is passed as the pointer that it is.
            drop: unsafe {
                std::mem::transmute::<unsafe fn(BlockPtr<H>), unsafe fn(*mut ())>(drop)
            },
            finalizer: || None,
            offset: 0,
            size: 0,
        }
    }

    /// Whether the type has a finalizer.
    #[inline]
    pub(crate) fn has_finalizer(&self) -> bool {
        (self.finalizer)().is_some()
    }

    /// The value of a block.
    ///
    /// # Safety
    ///
    /// The functions are those of the block.
    #[inline]
    unsafe fn value<H>(&self, block: BlockPtr<H>) -> *mut () {
        // SAFETY: by *pointer*: by *vtable* the place is inside the allocation.
        unsafe { block.start().as_ptr().add(self.offset).cast() }
    }
}

#[inline]
fn functions<H: Headed<Header: Typed>>(block: BlockPtr<H>) -> &'static ValueFunctions {
    // SAFETY: by *pointer* the block is not freed. The reference covers the header only.
    unsafe { block.header_ptr().as_ref() }.functions()
}

/// Traces the value of a block whose vtable is [`SHARED`].
///
/// # Safety
///
/// The block is not wide, its value is whole and not under `&mut`.
pub(crate) unsafe fn trace<H: Headed<Header: Typed>>(block: BlockPtr<H>, tracer: &mut Tracer<'_>) {
    let functions = functions(block);
    if functions.size >= MANY_BYTES {
        tracer.note_bytes(functions.size);
    }
    let Some(trace) = functions.trace else { unreachable!("the vtable is not shared") };
    // SAFETY: by *vtable* the value is whole and not under `&mut`.
    unsafe { trace(functions.value(block), tracer) }
}

/// Disposes the value of a block whose vtable is [`SHARED`].
///
/// # Safety
///
/// The block is not wide, its value is whole and its targets are dead; neither is used again.
pub(crate) unsafe fn dispose<H: Headed<Header: Typed>>(block: BlockPtr<H>, disposer: &Disposer) {
    let functions = functions(block);
    let Some(dispose) = functions.dispose else { unreachable!("the vtable is not shared") };
    // SAFETY: by *vtable* the value is whole and not used again, and the blocks that it leads to
    // are dead.
    unsafe { dispose(functions.value(block), disposer) }
}

/// Drops the value of a block, and keeps the memory.
///
/// # Safety
///
/// The value is whole and not used again.
#[inline]
pub(crate) unsafe fn drop<H: Headed<Header: Typed>>(block: BlockPtr<H>) {
    let functions = functions(block);
    // SAFETY: by *vtable* the value is whole and not used again.
    unsafe { (functions.drop)(functions.value(block)) }
}

/// Calls the finalizer of the value of a block, if its type has one.
///
/// # Safety
///
/// The value is whole and kept so by a handle for the whole call.
pub(crate) unsafe fn finalize<H: Headed<Header: Typed>>(block: BlockPtr<H>) {
    let functions = functions(block);
    if let Some(finalize) = (functions.finalizer)() {
        // SAFETY: by *vtable* a handle keeps the value whole; only the value is borrowed, not the
        // header.
        unsafe { finalize(functions.value(block)) }
    }
}

/// Traces the value of a block.
///
/// It is `#[inline]` so that it is compiled beside the vtable that names it.
///
/// # Safety
///
/// `block` was allocated for a `T` whose value is whole and not under `&mut`.
#[inline]
pub(crate) unsafe fn trace_typed<H: Headed, T: Trace>(block: BlockPtr<H>, tracer: &mut Tracer<'_>) {
    if const { size_of::<T>() >= MANY_BYTES } {
        tracer.note_bytes(size_of::<T>());
    }
    // SAFETY: by *vtable* the value is whole and not under `&mut`; only the value is borrowed, not
    // the header.
    unsafe { &*block.place::<T>() }.trace(tracer);
}
