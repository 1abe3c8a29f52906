//! Cells: values that change behind a shared reference.
//!
//! A collection starts inside the program, so it may come while a cell is in use. Which cells can
//! be read then:
//!
//! - `Cell` always: no code of the user runs while it changes, and what it holds is only reached by
//!   copying or moving.
//! - `RefCell` unless it is mutably borrowed. An unreadable cell reports nothing. If the borrow is
//!   honest the handle it came through keeps the value alive anyway; if its guard was leaked, what
//!   the cell holds counts as held from outside.
//! - `OnceCell` always: it changes once, after the code that makes the value has returned.
//!
//! Dispose destroys what trace did not report, so it makes the same check: the content of an
//! unreadable cell is really dropped. The answer cannot change between the two, as nothing can
//! reach a dead value.
//!
//! `UnsafeCell` has no impl, as nothing in its type records when it may be read.

use std::cell::{Cell, OnceCell, RefCell};

use super::{Depth, Disposer, Promise, Shape, Trace, Tracer};

parts! {
    Cell<T>, [T], through (
        // SAFETY: the value is whole whenever other code runs than that of the cell. The reference
        // lives only while `trace` of the value runs, which by contract changes no cell.
        |cell: &Self| unsafe { &*cell.as_ptr() },
        Self::get_mut
    ): { value => [value] };

    OnceCell<T>, [T], through (Self::get, Self::get_mut): { Some(value) => [value], None => [] };
}

// SAFETY: the cell owns its value alone and it is traced once or, when it cannot be read, not at
// all; dispose decides by the same flag.
unsafe impl<T: Trace> Trace for RefCell<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // The flag is read and not written: that keeps the cache line of a survivor clean. SAFETY:
        // the reference lives only while `trace` of the value runs, which by contract borrows
        // nothing mutably.
        if let Ok(value) = unsafe { self.try_borrow_unguarded() } {
            Trace::trace(value, tracer);
        }
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: by *given up*, as the caller promises for the cell, which is its value and a
        // flag. If it is not readable, `trace` has reported nothing of it, and it may be dropped.
        // The reference of the pattern ends there.
        unsafe {
            // `is_ok` would be compiled for each type.
            match self.try_borrow_unguarded() {
                Ok(_) => Trace::dispose(self.get_mut(), disposer),
                Err(_) => std::ptr::drop_in_place(self),
            }
        }
    }

    #[inline]
    fn owned_bytes(&mut self) -> usize {
        Trace::owned_bytes(self.get_mut())
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>()
    }
}
