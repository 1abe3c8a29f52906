//! Locks that stay locked while a collection looks at several values.
//!
//! Each kind of lock has its own type of guard, so the guards are stored without their types,
//! beside the functions that drop them. They are dropped in the reverse of the order in which they
//! were taken: a lock may be inside a value that another lock guards, and a thread that takes the
//! outer lock may replace the inner one.

use std::mem::{MaybeUninit, align_of, size_of};
use std::ptr;

use crate::raw::fallible::{shrink, try_box};
use crate::raw::sizes::size;

/// The guards that a tracer holds.
#[derive(Default)]
pub(crate) struct Guards {
    list: Vec<Erased>,
    /// There was no memory for some guard.
    pub(crate) refused: bool,
}

/// The guards of the usual locks are a pointer, and perhaps another or a flag.
type Place = [usize; 2];

#[derive(Clone, Copy)]
struct Erased {
    place: MaybeUninit<Place>,
    drop: unsafe fn(*mut Place),
}

impl Guards {
    pub(crate) const fn new() -> Self {
        Self { list: Vec::new(), refused: false }
    }

    /// Keeps a guard; gives it back if there is no memory.
    ///
    /// # Safety
    ///
    /// The value from which the guard borrows lives, and is not moved, until
    /// [`release`](Self::release).
    #[inline]
    pub(crate) unsafe fn keep<G>(&mut self, guard: G) -> Result<(), G> {
        if self.list.len() == self.list.capacity() && self.list.try_reserve(1).is_err() {
            self.refused = true;
            return Err(guard);
        }
        let mut place = MaybeUninit::<Place>::uninit();
        let drop = if size_of::<G>() <= size_of::<Place>() && align_of::<G>() <= align_of::<Place>()
        {
            // SAFETY: by *guards* the place is that of a `G`, whose size and alignment fit.
            unsafe { place.as_mut_ptr().cast::<G>().write(guard) };
            drop_in_place::<G>
        } else {
            let guard: *mut G =
                Box::into_raw(try_box(guard).inspect_err(|_| self.refused = true)?).cast();
            // SAFETY: by *guards* the place is that of a thin pointer, which fits.
            unsafe { place.as_mut_ptr().cast::<*mut G>().write(guard) };
            drop_box::<G>
        };
        self.list.push(Erased { place, drop });
        Ok(())
    }

    /// Releases all locks, the last one first.
    pub(crate) fn release(&mut self) {
        while let Some(mut guard) = self.list.pop() {
            // SAFETY: by *guards* the place holds what `drop` takes, and it is not in the list any
            // more.
            unsafe { (guard.drop)(guard.place.as_mut_ptr()) };
        }
    }

    /// Gives back the memory of a long list, when no lock is kept.
    pub(crate) fn shrink(&mut self) {
        debug_assert!(self.list.is_empty(), "locks are kept beyond a collection");
        shrink(&mut self.list, size(1 << 14, 8));
    }
}

impl Drop for Guards {
    fn drop(&mut self) {
        self.release();
    }
}

/// # Safety
///
/// The place holds a `G`, which is not used again.
unsafe fn drop_in_place<G>(place: *mut Place) {
    // SAFETY: by *guards*, as the caller promises.
    unsafe { place.cast::<G>().drop_in_place() }
}

/// # Safety
///
/// The place holds a pointer from a box of one `G`, which is not used again.
unsafe fn drop_box<G>(place: *mut Place) {
    // SAFETY: by *guards*, as the caller promises.
    let pointer = unsafe { place.cast::<*mut G>().read() };
    // SAFETY: by *guards* the pointer came from a box of one `G`, which is not used again.
    drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(pointer, 1)) });
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Notes its number when it is dropped; `SIZE` words large.
    struct Noting<'a, const SIZE: usize>(&'a RefCell<Vec<u8>>, u8, [usize; SIZE]);

    impl<const SIZE: usize> Drop for Noting<'_, SIZE> {
        fn drop(&mut self) {
            self.0.borrow_mut().push(self.1);
        }
    }

    #[test]
    fn guards_of_any_size_go_in_reverse_order() {
        let order = RefCell::new(Vec::new());
        let mut guards = Guards::new();
        // SAFETY: `order` outlives the guards.
        unsafe {
            assert!(guards.keep(Noting(&order, 1, [0; 1])).is_ok());
            assert!(guards.keep(Noting(&order, 2, [0; 9])).is_ok());
            assert!(guards.keep(Noting(&order, 3, [0; 0])).is_ok());
        }
        assert!(order.borrow().is_empty());
        guards.release();
        assert_eq!(*order.borrow(), [3, 2, 1]);
    }
}
