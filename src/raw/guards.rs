//! Locks that stay locked while a collection looks at several values.
//!
//! Each kind of lock has its own type of guard, so the guards are stored without their types. Guards
//! of one type that follow each other are a **run**, which has the function that drops them. They
//! are dropped in the reverse of the order in which they were taken: a lock may be inside a value
//! that another lock guards, and a thread that takes the outer lock may replace the inner one.

use std::mem::{MaybeUninit, align_of, size_of};
use std::ptr::{self, fn_addr_eq};

use crate::raw::fallible::{push_unchecked, shrink, try_box};
use crate::raw::sizes::size;

/// The guards that a tracer holds.
#[derive(Default)]
pub(crate) struct Guards {
    places: Places,
    /// Each run ends where the next one starts, and the last one with the list of places.
    runs: Vec<Run>,
    /// The function of the last run.
    last: Option<DropFrom>,
    /// There was no memory for some guard.
    pub(crate) refused: bool,
}

/// The guards of the usual locks are a pointer, and perhaps another or a flag.
type Place = [usize; 2];

type Places = Vec<MaybeUninit<Place>>;

/// Drops the guards from this place to the end of the list, and removes them, the last one first.
type DropFrom = unsafe fn(&mut Places, usize);

/// Guards of one type that follow each other.
#[derive(Clone, Copy)]
struct Run {
    drop_from: DropFrom,
    start: usize,
}

impl Guards {
    pub(crate) const fn new() -> Self {
        Self { places: Vec::new(), runs: Vec::new(), last: None, refused: false }
    }

    /// Keeps a guard; gives it back if there is no memory.
    ///
    /// # Safety
    ///
    /// The value from which the guard borrows lives, and is not moved, until
    /// [`release`](Self::release).
    #[inline]
    pub(crate) unsafe fn keep<G>(&mut self, guard: G) -> Result<(), G> {
        if const { size_of::<G>() <= size_of::<Place>() && align_of::<G>() <= align_of::<Place>() }
        {
            let mut place = MaybeUninit::<Place>::uninit();
            if !self.has_room(drop_in_place::<G>) {
                return Err(guard);
            }
            // SAFETY: by *guards* the place is that of a `G`, whose size and alignment fit.
            unsafe { place.as_mut_ptr().cast::<G>().write(guard) };
            // SAFETY: by *room* there was room just now.
            unsafe { push_unchecked(&mut self.places, place) };
            Ok(())
        } else {
            self.keep_boxed(guard)
        }
    }

    #[inline(never)]
    fn keep_boxed<G>(&mut self, guard: G) -> Result<(), G> {
        let guard = try_box(guard).inspect_err(|_| self.refused = true)?;
        if !self.has_room(drop_boxes::<G>) {
            return Err(guard.into_iter().next().expect("a box of one"));
        }
        let mut place = MaybeUninit::<Place>::uninit();
        let guard: *mut G = Box::into_raw(guard).cast();
        // SAFETY: by *guards* the place is that of a thin pointer, which fits.
        unsafe { place.as_mut_ptr().cast::<*mut G>().write(guard) };
        self.places.push(place);
        Ok(())
    }

    /// Makes room for one guard that this function drops, at the end of a run of such guards.
    /// Returns `false` if there is no memory.
    #[inline(always)]
    fn has_room(&mut self, drop_from: DropFrom) -> bool {
        let continues_run = self.last.is_some_and(|last| fn_addr_eq(last, drop_from));
        self.places.len() < self.places.capacity() && continues_run || self.make_room(drop_from)
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self, drop_from: DropFrom) -> bool {
        if self.places.try_reserve(1).is_err() || self.runs.try_reserve(1).is_err() {
            self.refused = true;
            return false;
        }
        if self.last.is_none_or(|last| !fn_addr_eq(last, drop_from)) {
            self.runs.push(Run { drop_from, start: self.places.len() });
            self.last = Some(drop_from);
        }
        true
    }

    /// Releases all locks, the last one first.
    pub(crate) fn release(&mut self) {
        self.last = None;
        while let Some(run) = self.runs.last() {
            // SAFETY: by *guards* the places from `start` on hold what `drop_from` takes.
            unsafe { (run.drop_from)(&mut self.places, run.start) };
            self.runs.pop();
        }
    }

    /// Gives back the memory of a long list, when no lock is kept.
    pub(crate) fn shrink(&mut self) {
        debug_assert!(self.places.is_empty(), "locks are kept beyond a collection");
        shrink(&mut self.places, size(1 << 14, 8));
        shrink(&mut self.runs, size(1 << 14, 8));
    }
}

impl Drop for Guards {
    fn drop(&mut self) {
        self.release();
    }
}

/// # Safety
///
/// The places from `start` on hold guards of the type `G`.
unsafe fn drop_in_place<G>(places: &mut Places, start: usize) {
    while places.len() > start {
        let Some(mut place) = places.pop() else { return };
        // SAFETY: by *guards*, as the caller promises. The guard is not in the list any more.
        unsafe { place.as_mut_ptr().cast::<G>().drop_in_place() }
    }
}

/// # Safety
///
/// The places from `start` on hold pointers from boxes of one `G` each.
unsafe fn drop_boxes<G>(places: &mut Places, start: usize) {
    while places.len() > start {
        let Some(place) = places.pop() else { return };
        // SAFETY: by *guards*, as the caller promises.
        let pointer = unsafe { place.as_ptr().cast::<*mut G>().read() };
        // SAFETY: by *guards* the pointer came from a box of one `G`, which is in no place any more.
        drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(pointer, 1)) });
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// Notes its number when it is dropped; `SIZE` words large.
    struct Noting<'a, const SIZE: usize>(&'a RefCell<Vec<u8>>, u8, [usize; SIZE]);

    impl<const SIZE: usize> Drop for Noting<'_, SIZE> {
        fn drop(&mut self) {
            self.0.borrow_mut().push(self.1);
        }
    }

    /// Each guard is dropped as the type that it has, wherever a run was interrupted. A panic of one
    /// keeps none of the others from being dropped.
    #[test]
    fn runs_of_guards_go_in_reverse_order_and_after_a_panic() {
        struct Unlocking<'a> {
            noting: Noting<'a, 0>,
            panics: bool,
        }

        impl Drop for Unlocking<'_> {
            fn drop(&mut self) {
                let Noting(order, number, _) = self.noting;
                order.borrow_mut().push(number + 100);
                assert!(!self.panics, "unlocking panics");
            }
        }

        let order = RefCell::new(Vec::new());
        let small = |number| Noting::<'_, 0>(&order, number, []);
        let large = |number| Noting::<'_, 9>(&order, number, [0; 9]);
        let unlocking = |number, panics| Unlocking { noting: small(number), panics };
        let mut guards = Guards::new();
        // SAFETY: `order` outlives the guards.
        unsafe {
            (1..3).for_each(|number| assert!(guards.keep(small(number)).is_ok()));
            (3..5).for_each(|number| assert!(guards.keep(large(number)).is_ok()));
            assert!(guards.keep(unlocking(5, false)).is_ok());
            assert!(guards.keep(unlocking(6, true)).is_ok());
            assert!(guards.keep(small(7)).is_ok());
        }
        let released = catch_unwind(AssertUnwindSafe(|| guards.release()));
        assert!(released.is_err());
        assert_eq!(std::mem::take(&mut *order.borrow_mut()), [7, 106, 6]);
        // SAFETY: `order` outlives the guards.
        assert!(unsafe { guards.keep(small(8)) }.is_ok());
        drop(guards);
        assert_eq!(*order.borrow(), [8, 105, 5, 4, 3, 2, 1]);
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
