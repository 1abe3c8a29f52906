//! The 16 bytes before every value, and what their bits mean.
//!
//! The header is what the hot path touches, so its encoding is chosen for that: a clone adds 2 to one word, a drop
//! subtracts 2 and asks for the sign. Everything that is not the plain case makes the result negative.

mod captured;

use std::cell::Cell;

pub(crate) use captured::ALL_HELD;

use super::audit;
use super::side::Side;
use super::vtable::Vtable;

/// The part of a block that stands before its value.
///
/// # `rc`: the count, armed or quiet
///
/// With `c` handles: `2(c - 1)` when quiet, `2(c - 1) + 1 - 2^30` when armed. So a drop that ends below zero is one that
/// has more to do: the last one, or the first one since the block was armed, which registers it as a candidate.
/// An armed count that grows past `2^29` crosses zero and merely loses that registration; bit 0 still tells the two
/// apart, so the count itself is right up to the overflow that aborts.
///
/// # `aux`: one word, two meanings
///
/// | bit 31 `VISITED` | bit 30 `LIVE` | the rest                                                                |
/// |------------------|---------------|-------------------------------------------------------------------------|
/// | no               | no            | idle: my index in the young buffer or the old set, right if and only if that entry is me |
/// | yes              | (part of the rest) | captured: how many of my handles no captured block has reported yet |
/// | yes              | no            | decided: dead so far; the rest is my place in the list of captured blocks |
/// | yes              | yes           | decided: lives; the rest is how many of my handles are not owned by the dead |
///
/// # `meta`: the vtable of the value's type, or the side record that holds it, and five tags
///
/// | tag         | meaning                                                                                     |
/// |-------------|---------------------------------------------------------------------------------------------|
/// | age (2 bits)| collections that captured the block and found it alive                                      |
/// | `IN_OLD`    | the block is in the old or the frozen set                                                   |
/// | `PLAIN`     | no finalizer waits to be called, and the block is not wide                                  |
/// | `SIDE`      | the pointer leads to a side record: there are or were `Weak` handles                         |
#[repr(C)] // a dead block keeps the link of the to-free list in its first word
pub(crate) struct Header {
    aux: Cell<u32>,
    rc: Cell<i32>,
    meta: Cell<*const ()>,
}

const _: () = assert!(size_of::<Header>() == 8 + size_of::<usize>());
const _: () = assert!(align_of::<Header>() >= align_of::<usize>());

/// Bit 0 of an armed `rc`, and what arming adds besides.
const ARMED: i32 = 1;
const BIAS: i32 = -(1 << 30);
const ONE: i32 = 2;

const VISITED: u32 = 1 << 31;
const LIVE: u32 = 1 << 30;

/// The idle `aux` of a block that is in no list of candidates; none is that long.
pub(crate) const NOWHERE: u32 = LIVE - 1;

const AGE: usize = 0b11;
const IN_OLD: usize = 1 << 2;
const PLAIN: usize = 1 << 3;
const SIDE: usize = 1 << 4;
const TAGS: usize = 0b1_1111;

impl Header {
    /// A block with one handle; `leaf` blocks are quiet for ever.
    #[inline]
    pub(crate) fn new(vtable: &'static Vtable) -> Self {
        audit::forbids("creates", vtable.name);
        let rc = if vtable.is_leaf() { 0 } else { BIAS + ARMED };
        let plain = if vtable.is_plain() { PLAIN } else { 0 };
        let meta = (&raw const *vtable).cast::<()>().map_addr(|addr| addr | plain);
        Self { aux: Cell::new(NOWHERE), rc: Cell::new(rc), meta: Cell::new(meta) }
    }

    /// Makes the header that of a new block again, for a value that gets one more life (its finalizer).
    pub(crate) fn reset(&self) {
        self.aux.set(NOWHERE);
        self.rc.set(if self.vtable().is_leaf() { 0 } else { BIAS + ARMED });
    }

    // The count.

    /// One handle more. Aborts on overflow, as `Rc` does: a count that wraps is a use after free.
    #[inline(always)]
    pub(crate) fn increment(&self) {
        audit::forbids("clones", || (self.vtable().name)());
        let (rc, overflow) = self.rc.get().overflowing_add(ONE);
        self.rc.set(rc);
        if overflow {
            std::process::abort();
        }
    }

    /// One handle less; true if that was not the plain case, see
    /// [`becomes_candidate`](Self::becomes_candidate).
    #[inline(always)]
    pub(crate) fn decrement(&self) -> bool {
        if audit::forbids("drops", || (self.vtable().name)()) {
            return false; // what is captured must not be freed: the handle leaks
        }
        let rc = self.rc.get().wrapping_sub(ONE);
        self.rc.set(rc);
        rc < 0
    }

    /// After a [`decrement`](Self::decrement) that returned true: whether handles remain. The block was armed then; it is
    /// quiet now and must be registered as a candidate.
    #[inline(always)]
    pub(crate) fn becomes_candidate(&self) -> bool {
        let rc = self.rc.get();
        let remains = rc & ARMED != 0 && rc >= BIAS;
        if remains {
            self.rc.set(rc - BIAS - ARMED);
        }
        remains
    }

    /// How many handles there are.
    #[inline]
    pub(crate) fn count(&self) -> u32 {
        let rc = i64::from(self.rc.get());
        let count = ((rc + ((rc & 1) << 30)) >> 1) + 1;
        count as u32
    }

    /// Whether the next drop that is not the last one registers the block.
    #[inline]
    pub(crate) fn is_armed(&self) -> bool {
        self.rc.get() & ARMED != 0
    }

    /// Lets the next drop that is not the last one register the block. Does nothing to a leaf block.
    #[inline]
    pub(crate) fn arm(&self) {
        if !self.is_armed() && !self.vtable().is_leaf() {
            self.rc.set(self.rc.get() + BIAS + ARMED);
        }
    }

    /// The reverse of [`arm`](Self::arm).
    #[inline]
    pub(crate) fn quiet(&self) {
        if self.is_armed() {
            // An armed word has room for half as many handles again.
            let Some(rc) = self.rc.get().checked_sub(BIAS + ARMED) else { std::process::abort() };
            self.rc.set(rc);
        }
    }

    /// Takes back a count without asking what that means. The count may reach zero.
    #[inline]
    pub(crate) fn decrement_raw(&self) {
        self.rc.set(self.rc.get().wrapping_sub(ONE));
    }

    /// Takes back several, if others remain.
    #[inline]
    pub(crate) fn decrement_many(&self, handles: u32) {
        debug_assert!(handles < self.count(), "a survivor lost its last handle to the dead");
        if handles < self.count() {
            self.rc.set(self.rc.get().wrapping_sub(ONE.wrapping_mul(handles as i32)));
        }
    }

    /// One count more, and no drop registers: for dead blocks whose handles are about to be dropped by ordinary glue.
    pub(crate) fn add_keepalive(&self) {
        self.quiet();
        self.increment();
    }

    /// More counts than anybody gives up: the block lives for ever.
    pub(crate) fn leak_count(&self) {
        self.quiet();
        self.rc.set(self.rc.get().saturating_add(ONE << 28));
    }

    // The tags.

    #[inline]
    fn tag(&self, tag: usize) -> bool {
        self.meta.get().addr() & tag != 0
    }

    #[inline]
    fn set_tag(&self, tag: usize, on: bool) {
        self.meta.set(self.meta.get().map_addr(|addr| if on { addr | tag } else { addr & !tag }));
    }

    #[inline]
    pub(crate) fn age(&self) -> u8 {
        (self.meta.get().addr() & AGE) as u8
    }

    /// What a collection asks of a block that it traces. If it does so for the first time the block is one year older, up
    /// to 3.
    #[inline]
    pub(crate) fn look(&self, first: bool) -> (Tags, &'static Vtable) {
        let mut meta = self.meta.get();
        if first && meta.addr() & AGE != AGE {
            meta = meta.map_addr(|addr| addr + 1);
            self.meta.set(meta);
        }
        // SAFETY: this is what `meta` holds.
        (Tags(meta.addr()), unsafe { Self::vtable_in(meta) })
    }

    /// Takes back that a collection has made a block older that it found dead.
    pub(crate) fn get_younger(&self) {
        if self.age() > 0 {
            self.meta.set(self.meta.get().map_addr(|addr| addr - 1));
        }
    }

    /// Whether a block that loses a handle goes to the young buffer at once: it is younger than `old_age`, and not in the
    /// old or the frozen set.
    #[inline]
    pub(crate) fn registers_as_young(&self, old_age: u8) -> bool {
        const { assert!(IN_OLD > AGE) };
        self.meta.get().addr() & (AGE | IN_OLD) < usize::from(old_age)
    }

    #[inline]
    pub(crate) fn is_in_old(&self) -> bool {
        self.tag(IN_OLD)
    }

    #[inline]
    pub(crate) fn set_in_old(&self, on: bool) {
        self.set_tag(IN_OLD, on);
    }

    /// Whether the finalizer was called, or there is none.
    #[inline]
    pub(crate) fn is_finalized(&self) -> bool {
        self.tag(PLAIN) || !self.vtable().kind.finalizes()
    }

    /// For types with a finalizer only: those are never wide.
    pub(crate) fn set_finalized(&self) {
        debug_assert!(self.vtable().kind.finalizes());
        self.set_tag(PLAIN, true);
    }

    #[inline]
    pub(crate) fn has_side(&self) -> bool {
        self.tag(SIDE)
    }

    /// Whether nothing but the value needs to be seen to when the block dies: there is no side record, no place in the old
    /// set, no finalizer to call, and nothing in front of the header.
    #[inline]
    pub(crate) fn ends_plainly(&self) -> bool {
        self.meta.get().addr() & (SIDE | IN_OLD | PLAIN) == PLAIN
    }

    // What the tags ride on.

    /// The vtable of the type that was given to `Gc::new`, or the one that stands in for it while the memory is kept.
    #[inline]
    pub(crate) fn vtable(&self) -> &'static Vtable {
        // SAFETY: this is what `meta` holds.
        unsafe { Self::vtable_in(self.meta.get()) }
    }

    /// # Safety
    ///
    /// `meta` is that of a block which is not freed.
    #[inline]
    unsafe fn vtable_in(meta: *const ()) -> &'static Vtable {
        let pointer = meta.map_addr(|addr| addr & !TAGS);
        if meta.addr() & SIDE != 0 {
            // SAFETY: by *side* the record is alive while the tag is set.
            unsafe { (*pointer.cast::<Side>()).vtable() }
        } else {
            // SAFETY: without the tag the pointer was made from a `&'static Vtable`, here or in `set_vtable`.
            unsafe { &*pointer.cast::<Vtable>() }
        }
    }

    /// The side record, if there is one.
    #[inline]
    pub(crate) fn side(&self) -> Option<*const Side> {
        self.has_side().then(|| self.meta.get().map_addr(|addr| addr & !TAGS).cast())
    }

    /// Puts a side record between the header and the vtable.
    pub(crate) fn set_side(&self, side: *const Side) {
        debug_assert!(!self.has_side());
        let tags = self.meta.get().addr() & TAGS;
        self.meta.set(side.cast::<()>().map_addr(|addr| addr | tags | SIDE));
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
        self.set_tag(PLAIN, vtable.is_plain());
        // The collection that found a block dead frees it, so no drop may register that block.
        if !self.is_visited() {
            self.arm();
        }
    }

    /// Lets `meta` lead to `vtable` directly; the other tags stay.
    pub(crate) fn set_vtable(&self, vtable: &'static Vtable) {
        let tags = self.meta.get().addr() & (TAGS & !SIDE);
        self.meta.set((&raw const *vtable).cast::<()>().map_addr(|addr| addr | tags));
    }
}

/// The tags of one block, or of several together.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tags(usize);

impl Tags {
    #[inline]
    pub(crate) fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether there is anything that must be undone before a block is freed: a side record, a place in the old set.
    pub(crate) fn attached(self) -> bool {
        self.0 & (SIDE | IN_OLD) != 0
    }
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut f = f.debug_struct("Header");
        f.field("type", &(self.vtable().name)())
            .field("count", &self.count())
            .field("armed", &self.is_armed())
            .field("age", &self.age());
        f.field("in_old", &self.is_in_old()).field("finalized", &self.is_finalized()).field("side", &self.has_side());
        match self.aux.get() {
            NOWHERE => f.field("aux", &"idle").finish(),
            aux if aux & VISITED == 0 => f.field("list_index", &aux).finish(),
            aux => f.field("captured", &(aux & !VISITED)).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every place in a list, and none, is told from the captured state.
    #[test]
    fn a_block_at_rest_or_in_a_list_is_neither_visited_nor_decided() {
        let header = Header::new(Vtable::of::<crate::Gc<u8>>());
        let at_rest = || assert!(![header.is_visited(), header.is_dead(), header.is_live()].contains(&true));
        at_rest();
        for place in [0, 1, NOWHERE / 2, NOWHERE - 1] {
            header.set_list_index(place);
            at_rest();
            assert_eq!((header.list_index(), header.may_be_listed()), (place, true));
            header.visit(place);
            assert_eq!((header.is_visited(), header.is_live(), header.unexplained()), (true, false, place));
            header.rest();
            at_rest();
            assert!(!header.may_be_listed());
        }
    }

    /// More handles than there is memory for in a test, but not in a program.
    #[test]
    fn a_dead_block_outlives_the_drop_of_all_its_handles_however_many() {
        for count in [0, 1, 2, 3, (1 << 28) + 1, (1 << 28) + 9, (1 << 29) + 1, (1 << 30) - 2, (1 << 30) - 1] {
            for armed in [false, true] {
                let header = Header::new(Vtable::of::<crate::Gc<u8>>());
                let quiet = ONE * (count - 1);
                header.rc.set(if armed { quiet + BIAS + ARMED } else { quiet });
                assert_eq!((header.count(), header.is_armed()), (count as u32, armed));
                header.add_keepalive();
                // So many drops, in one go.
                header.rc.set(header.rc.get() - ONE * count);
                assert!(
                    header.rc.get() >= 0 && !header.is_armed(),
                    "a block with {count} handles was ended by its dead"
                );
                assert_eq!(header.count(), 1);
            }
        }
    }
}
