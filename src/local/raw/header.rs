//! The 16 bytes before every value.
//!
//! Clones and drops touch nothing but the header, so its encoding serves them: a clone adds 2 to
//! one word, a drop subtracts 2 and tests the sign. Every drop with more to do makes the result
//! negative.
//!
//! Each of the three words is a type with a table of its states: [`Count`], [`State`] and [`Meta`].

mod count;
mod meta;
mod state;

use std::cell::Cell;
use std::fmt;

pub(crate) use meta::Tags;
pub(crate) use state::{ALL_RETAINED, NOWHERE};

use super::audit;
use super::side::Side;
use super::vtable::Vtable;
use count::Count;
use meta::Meta;
use state::State;

/// The part of a block that stands before its value.
#[repr(C)] // a dead block keeps the link of the to-free list in its first word
pub(crate) struct Header {
    state: Cell<State>,
    count: Cell<Count>,
    meta: Cell<Meta>,
}

const _: () = assert!(size_of::<Header>() == 8 + size_of::<usize>());
const _: () = assert!(align_of::<Header>() >= align_of::<usize>());

impl Header {
    /// A block with one handle. The block of a leaf is quiet forever.
    #[inline]
    pub(crate) fn new(vtable: &'static Vtable) -> Self {
        audit::forbids("creates", vtable.name);
        let count = if vtable.is_leaf() { Count::QUIET } else { Count::NEW };
        Self {
            state: Cell::new(State::IDLE),
            count: Cell::new(count),
            meta: Cell::new(Meta::new(vtable)),
        }
    }

    /// Makes the header that of a block with one handle again, for the finalizer of a block that
    /// has no handle.
    pub(crate) fn reset(&self) {
        self.state.set(State::IDLE);
        self.count.set(if self.vtable().is_leaf() { Count::QUIET } else { Count::NEW });
    }

    // The count.

    /// Adds a handle. Aborts on overflow, as `Rc` does: a count that wraps is a use after free.
    #[inline(always)]
    pub(crate) fn increment(&self) {
        audit::forbids("clones", || (self.vtable().name)());
        let (count, has_overflowed) = self.count.get().incremented();
        self.count.set(count);
        if has_overflowed {
            std::process::abort();
        }
    }

    /// Removes a handle. Returns whether that has more to do, see
    /// [`becomes_candidate`](Self::becomes_candidate).
    #[inline(always)]
    pub(crate) fn decrement(&self) -> bool {
        if audit::forbids("drops", || (self.vtable().name)()) {
            return false; // a captured block must not be freed: the handle leaks
        }
        let count = self.count.get().decremented();
        self.count.set(count);
        count.has_more_to_do()
    }

    /// After a [`decrement`](Self::decrement) that returned `true`: whether handles remain. The
    /// block was armed then; it is quiet now and must be registered as a candidate.
    #[cfg_attr(debug_assertions, inline)]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn becomes_candidate(&self) -> bool {
        match self.count.get().quieted_candidate() {
            Some(count) => {
                self.count.set(count);
                true
            }
            None => false,
        }
    }

    /// The number of handles.
    #[inline]
    pub(crate) fn count(&self) -> u32 {
        self.count.get().handles()
    }

    /// Whether the next drop that is not the last one registers the block.
    #[inline]
    pub(crate) fn is_armed(&self) -> bool {
        self.count.get().is_armed()
    }

    /// Lets the next drop that is not the last one register the block. Does nothing to a leaf
    /// block.
    #[inline]
    pub(crate) fn arm(&self) {
        if !self.is_armed() && !self.vtable().is_leaf() {
            self.count.set(self.count.get().armed());
        }
    }

    /// The reverse of [`arm`](Self::arm). Aborts if the count has no room.
    #[inline]
    pub(crate) fn quiet(&self) {
        if self.is_armed() {
            let Some(count) = self.count.get().quieted() else { std::process::abort() };
            self.count.set(count);
        }
    }

    /// Removes a handle and nothing else. The count may reach zero.
    #[inline]
    pub(crate) fn decrement_raw(&self) {
        self.count.set(self.count.get().decremented());
    }

    /// Removes `handles` handles, if others remain.
    #[inline]
    pub(crate) fn decrement_many(&self, handles: u32) {
        debug_assert!(handles < self.count(), "a survivor lost its last handle to the dead");
        if handles < self.count() {
            self.count.set(self.count.get().decremented_by(handles));
        }
    }

    /// Adds a count to a dead block whose handles are about to be dropped by glue. None of those
    /// drops registers the block or ends at zero.
    pub(crate) fn add_keepalive(&self) {
        self.quiet();
        self.increment();
    }

    /// Adds a count that is never released, which leaks the block. Used when a `Trace` reported it
    /// too often.
    pub(crate) fn leak_count(&self) {
        self.quiet();
        self.count.set(self.count.get().leaked());
    }

    // The tags.

    #[inline]
    pub(crate) fn age(&self) -> u8 {
        self.meta.get().age()
    }

    /// Returns the tags and the vtable of a block that a collection traces. If `is_first`, the
    /// collection traces it for the first time, and it is one collection older.
    #[inline]
    pub(crate) fn traced(&self, is_first: bool) -> (Tags, &'static Vtable) {
        let mut meta = self.meta.get();
        if is_first {
            if let Some(older) = meta.older() {
                meta = older;
                self.meta.set(meta);
            }
        }
        // SAFETY: by *meta*, for this is the word of this block.
        (meta.to_join(), unsafe { meta.vtable() })
    }

    /// Makes the block as young as a new one.
    pub(crate) fn reset_age(&self) {
        self.meta.set(self.meta.get().newborn());
    }

    /// Whether a block that loses a handle goes to the young buffer at once: it is younger than
    /// `old_age`, and not in the old or the frozen set.
    #[inline]
    pub(crate) fn registers_as_young(&self, old_age: u8) -> bool {
        self.meta.get().is_young_and_free(old_age)
    }

    /// Whether the block is in the old or the frozen set.
    #[inline]
    pub(crate) fn is_in_old(&self) -> bool {
        self.meta.get().is_in_old()
    }

    #[inline]
    pub(crate) fn set_in_old(&self, is_in_old: bool) {
        self.meta.set(self.meta.get().with_in_old(is_in_old));
    }

    /// Whether the finalizer was called, or there is none.
    #[inline]
    pub(crate) fn is_finalized(&self) -> bool {
        self.meta.get().is_plain() || !self.vtable().kind.finalizes()
    }

    /// Records that the finalizer was called. For types with a finalizer only: those are never
    /// wide.
    pub(crate) fn set_finalized(&self) {
        debug_assert!(self.vtable().kind.finalizes());
        self.meta.set(self.meta.get().with_plain(true));
    }

    /// Whether the end of the block is the end of its value alone: there is no side record, no
    /// place in the old set, no finalizer to call, and nothing in front of the header.
    #[inline]
    pub(crate) fn ends_plainly(&self) -> bool {
        self.meta.get().ends_plainly()
    }

    // The vtable and the side record.

    /// The vtable of the type that was given to `Gc::new`, or the one that stands in for it while
    /// the memory is kept.
    #[inline]
    pub(crate) fn vtable(&self) -> &'static Vtable {
        // SAFETY: by *meta*, for this is the word of this block.
        unsafe { self.meta.get().vtable() }
    }

    /// The side record, if there is one.
    #[inline]
    pub(crate) fn side(&self) -> Option<*const Side> {
        self.meta.get().side()
    }

    /// Puts a side record between the header and the vtable.
    pub(crate) fn set_side(&self, side: *const Side) {
        self.meta.set(self.meta.get().with_side(side));
    }

    /// Makes a block that was allocated without a value one of the type of `vtable`.
    ///
    /// Does nothing to a block that another handle of the old type has retyped already. That block
    /// may be a candidate, which must stay quiet (*young*, *old*), and its finalizer may have been
    /// called.
    pub(crate) fn retype(&self, vtable: &'static Vtable) {
        if !self.vtable().kind.may_be_uninit() {
            return;
        }
        match self.side() {
            // SAFETY: by *side* the record is alive.
            Some(side) => unsafe { &*side }.set_vtable(vtable),
            None => self.set_vtable(vtable),
        }
        self.meta.set(self.meta.get().with_plain(vtable.is_plain()));
        // The collection that found a block dead frees it, so no drop may register that block.
        if !self.is_captured() {
            self.arm();
        }
    }

    /// Lets the header lead to `vtable` without a side record.
    pub(crate) fn set_vtable(&self, vtable: &'static Vtable) {
        self.meta.set(self.meta.get().with_vtable(vtable));
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("type", &(self.vtable().name)())
            .field("count", &self.count.get())
            .field("state", &self.state.get())
            .field("meta", &self.meta.get())
            .finish()
    }
}
