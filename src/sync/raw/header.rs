//! The 24 bytes before every shared value, and the few ways in which they change.
//!
//! Each function is one step of the protocol. Its comment names what the ordering publishes or
//! acquires, and the operation that it pairs with. Steps that involve more than one block are in
//! `release`, which drops handles, and in the collector. `docs/sync.md` has a table of all
//! orderings.

mod broken;
mod pins;

use std::cell::Cell;
use std::ptr::from_ref;
use std::sync::atomic::AtomicPtr;

use super::primitive::Ordering::{AcqRel, Acquire, Relaxed, Release};
use super::primitive::{AtomicU32, AtomicU64, Ordering, pause};
use super::rules::{giving_up, thawing, waiting};
use super::vtable::Vtable;
use super::watch::Watch;
use super::word::Word;

/// The part of a block that stands before its value.
///
/// - **word**: count, flags and version, see [`Word`].
/// - **aux**: two bits of age, thirty of the block's place in the running collection, which are
///   zero in a block that is not captured, unless it is dead (*turn*).
/// - **pins**: the counts that keep the memory (*pins*): [`PIN`] for all handles together, for each
///   `Weak` and for an entry in a candidate list; [`HELD`] for the collection that has captured the
///   block, of which there is one at most.
#[repr(C)] // what every drop touches comes first
pub(crate) struct Header {
    word: AtomicU64,
    aux: Cell<u32>,
    pins: AtomicU32,
    /// Changes when a value is written late, which several threads may do at the same time. The
    /// word that is changed after it orders the two, so it is not shown to the model checker.
    vtable: AtomicPtr<Vtable>,
    pub(super) watch: Watch,
}

/// One pin.
pub(crate) const PIN: u32 = 2;
/// The pin of a collection.
pub(crate) const HELD: u32 = 1;
/// The number of pins from which on a new pin aborts.
const TOO_MANY_PINS: u32 = 1 << 31;

const AGE: u32 = 30;
const PLACE: u32 = (1 << AGE) - 1;
/// The highest place in a collection.
pub(crate) const MAX_PLACE: usize = PLACE as usize - 1;

impl Header {
    /// The header of a new block with `count` handles, one or none.
    #[inline]
    pub(crate) fn new(vtable: &'static Vtable, count: u64) -> Self {
        let mut word = count;
        if vtable.kind.is_leaf() {
            word |= Word::LEAF | Word::BUFFERED | Word::CANDIDATE;
        }
        if !vtable.kind.finalizes() {
            word |= Word::FINALIZED;
        }
        Self {
            word: AtomicU64::new(word),
            aux: Cell::new(0),
            pins: AtomicU32::new(PIN),
            vtable: AtomicPtr::new(from_ref(vtable).cast_mut()),
            watch: Watch::new(),
        }
    }

    #[inline(always)]
    pub(crate) fn vtable(&self) -> &'static Vtable {
        // Relaxed: a thread that reads that the block is no leaf any more has acquired the word, or
        // has synchronized with the thread that changed both.
        // SAFETY: by *vtable* only vtables are stored there, which are never freed.
        unsafe { &*self.vtable.load(std::sync::atomic::Ordering::Relaxed) }
    }

    /// The vtable of a block that may be a leaf, whose type may change at this time.
    pub(crate) fn acquire_vtable(&self) -> &'static Vtable {
        // Acquire: the value of the type must be seen whole. Pairs with `retype`.
        // SAFETY: only vtables are put there, and they are never freed.
        unsafe { &*self.vtable.load(std::sync::atomic::Ordering::Acquire) }
    }

    /// Changes the type of the block to that of its value, which was written after the block was
    /// made. Returns `true` if the block is a candidate from now on: the caller has to make its
    /// entry, whose pin is counted already.
    ///
    /// A thread that has just read that the block is a leaf drops its handle without registering
    /// the block. So the block is registered here, while it is live. What that drop has read was
    /// true when it was read.
    pub(crate) fn retype(&self, vtable: &'static Vtable) -> bool {
        // Relaxed: a guess, which the exchange below confirms.
        let mut before = self.vtable.load(std::sync::atomic::Ordering::Relaxed);
        loop {
            // Compares facts, not addresses: a vtable is a promoted constant, of which there may be
            // several copies.
            // SAFETY: by *vtable* only vtables are stored there, which are never freed.
            if !unsafe { &*before }.kind.may_be_uninit() {
                // Another handle of the old type has retyped the block, or is about to finish that.
                // The finalizer must not be due a second time.
                return false;
            }
            let (new, relaxed) =
                (from_ref(vtable).cast_mut(), std::sync::atomic::Ordering::Relaxed);
            // Release: the value must be seen by a sample, which traces leaves. Pairs with
            // `acquire_vtable`.
            match self.vtable.compare_exchange_weak(
                before,
                new,
                std::sync::atomic::Ordering::Release,
                relaxed,
            ) {
                Ok(_) => break,
                Err(now) => before = now,
            }
        }
        let becomes_node = !vtable.kind.is_leaf();
        let mut flags = if vtable.kind.finalizes() { Word::FINALIZED } else { 0 };
        if becomes_node {
            flags |= Word::LEAF;
            self.pin();
        }
        // Release: a thread that reads that the block is no leaf must see the vtable and the value.
        // Pairs with `freeze`, and with `wait_thawed` of the last drop.
        let registers = Word(self.word.fetch_and(!flags, Release)).is_leaf() && becomes_node;
        if becomes_node && !registers {
            self.unpin(PIN);
        }
        registers
    }

    /// Reads the word. Relaxed: a guess that a compare-exchange confirms, or a number to show.
    #[inline(always)]
    pub(crate) fn word(&self) -> Word {
        Word(self.word.load(Relaxed))
    }

    /// Reads the word. Acquire: all that was done through the handles that were dropped before this
    /// load has happened before. Pairs with `giving_up`.
    #[inline]
    pub(crate) fn settled_word(&self) -> Word {
        Word(self.word.load(Acquire))
    }

    /// Replaces `word` if it still stands there. The failure needs no ordering: the returned word
    /// is a guess again.
    #[inline]
    pub(super) fn replace(&self, word: Word, new: u64, success: Ordering) -> Result<(), Word> {
        self.word.compare_exchange_weak(word.0, new, success, Relaxed).map(drop).map_err(Word)
    }

    // Handles that come.

    /// One handle more. Aborts on overflow, as `Arc` does.
    #[inline(always)]
    pub(crate) fn increment(&self) {
        // Relaxed: the caller has a handle, so the value is whole and visible here; a commit that
        // must know of this one learns of it by the drop of the handle that it was made from.
        let old = self.word.fetch_add(Word::new_handle(), Relaxed);
        if old & (Word::VERSION_SATURATED | Word::TOO_MANY) != 0 {
            self.overflow(Word(old));
        }
    }

    /// The count or the version has run out of values. When it is half-way to a value that looks
    /// unused the version is put back to "worn, and nothing else". Each thread that adds to it
    /// beyond that point comes here before it adds again, so it gets no further than there are
    /// threads; and in between, which is millions of clones, nothing is written here.
    #[cold]
    fn overflow(&self, old: Word) {
        if old.0 & Word::TOO_MANY != 0 {
            std::process::abort();
        }
        let mut word = self.word();
        while word.is_half_round() {
            // Relaxed: as in `increment`.
            match self.replace(word, word.0 & !Word::VERSION | Word::VERSION_SATURATED, Relaxed) {
                Ok(()) => break,
                Err(now) => word = now,
            }
        }
    }

    /// The first handle to a value that was made after its block.
    pub(crate) fn publish(&self) {
        // Release: a thread that upgrades a `Weak` must see the value. Pairs with `try_increment`.
        // No other thread has written to the word, as there was no handle.
        self.word.fetch_add(Word::new_handle(), Release);
    }

    // Handles that go.

    /// One handle less, whatever else the word holds. Returns `true` if the handle was the last.
    #[inline(always)]
    pub(crate) fn decrement(&self) -> bool {
        Word(self.word.fetch_sub(1, giving_up())).count() == 1
    }

    /// One handle less, if nothing has changed.
    #[inline]
    pub(crate) fn decrement_from(&self, word: Word) -> Result<(), Word> {
        self.replace(word, word.0 - 1, giving_up())
    }

    /// One handle less, and a candidate from now on, if nothing has changed.
    #[inline]
    pub(crate) fn register_from(&self, word: Word) -> Result<(), Word> {
        self.replace(word, (word.0 - 1) | Word::BUFFERED | Word::CANDIDATE, giving_up())
    }

    /// Waits until no collection reads the value, after the last handle is gone.
    #[inline]
    pub(crate) fn wait_thawed(&self) {
        let mut turn = 0;
        while Word(self.word.load(waiting())).delays_last_drop() {
            pause(turn);
            turn += 1;
        }
    }

    /// Forgets that a block has an entry, for which there was no memory.
    pub(crate) fn forget_entry(&self) {
        self.word.fetch_and(!Word::BUFFERED, AcqRel);
    }

    // Finalizers.

    /// Takes the right to call the finalizer, if nothing has changed since the caller's handle was
    /// the only one.
    pub(crate) fn claim_finalizer_from(&self, word: Word) -> Result<(), Word> {
        // Acquire: the finalizer must see all uses of the value. Pairs with `giving_up`.
        self.replace(word, word.0 | Word::FINALIZED, Acquire)
    }

    /// Takes the right to call the finalizer. Returns `false` if it was taken before.
    pub(crate) fn claim_finalizer(&self) -> bool {
        // Acquire: as above.
        !Word(self.word.fetch_or(Word::FINALIZED, Acquire)).is_finalized()
    }

    // Unique handles.

    /// Takes the block out of collections, if the caller's handle is the only one. Waits for one
    /// that reads the value.
    ///
    /// Also clears the record of upgrades: if [`Word::is_upgraded`] returns `true` later, an
    /// upgrade was made since.
    pub(crate) fn deregister(&self) -> bool {
        let mut turn = 0;
        let mut word = self.word();
        loop {
            if !word.has_one_handle() {
                return false;
            }
            if word.delays_mut() {
                pause(turn);
                turn += 1;
                word = self.word();
                continue;
            }
            // Acquire: the value is about to be changed, after all uses through other handles.
            // Pairs with `giving_up` and with `thaw`.
            match self.replace(word, word.withdrawn(), Acquire) {
                Ok(()) => return true,
                Err(now) => word = now,
            }
        }
    }

    /// After [`deregister`](Self::deregister): whether there is no `Weak` either, and none was
    /// upgraded in between.
    pub(crate) fn is_alone(&self) -> bool {
        // Acquire: a `Weak` that is gone by now may have been upgraded before; that upgrade must be
        // seen in the word below. Pairs with the Release of `unpin`.
        let pins = self.pins.load(Acquire) / PIN;
        // Acquire: as in `deregister`, for the handle that came and went since.
        let word = self.settled_word();
        word.count() == 1 && !word.shows_upgrade() && pins == 1 + word.entries()
    }

    // Collections.

    /// Forbids that the value is destroyed or put under `&mut`; the word as it was, or `None` if
    /// the block is not to be entered.
    ///
    /// The version starts again, so that it cannot come round to the same value before the
    /// collection has read it twice.
    pub(crate) fn freeze(&self) -> Option<Word> {
        let mut word = self.word();
        loop {
            if !word.is_candidate() || word.has_no_handle() || word.is_dead() {
                return None;
            }
            // Acquire: the value must be seen whole; pairs with `giving_up`. Release: an upgrade
            // that reads the flag must see that the seals of earlier groups were opened; pairs with
            // the Acquire load of `upgrades::is_dead`. A read-modify-write sees the latest word, so
            // each upgrade either is in the count by now or meets the flag.
            match self.replace(word, word.frozen(), AcqRel) {
                Ok(()) => return Some(word),
                Err(now) => word = now,
            }
        }
    }

    /// Ends the reading of the value by a collection. Threads that wait for that go on.
    pub(crate) fn thaw(&self) {
        self.word.fetch_and(!Word::FROZEN, thawing());
    }

    /// Marks a frozen block dead. All its handles are in blocks that are marked dead with it, so no
    /// other thread changes its count or version. A late [`forget_entry`](Self::forget_entry) of
    /// another thread may clear `BUFFERED` between the load and the store here, and the cleared bit
    /// may be lost. That is harmless, as `BUFFERED` has no effect on a dead block.
    pub(crate) fn mark_dead(&self) {
        // Release: a thread that reads `DEAD` also sees what the collection has written; no reader
        // needs that so far. A store instead of a read-modify-write: the verification is sealed, so
        // no upgrade is under way, and no thread outside of the collection has a handle.
        self.word.store((self.word().0 | Word::DEAD) & !Word::FROZEN, Release);
    }

    /// Gives a dead block one count that is never released, so that no drop of a handle among the
    /// dead is the last, and the flags with which such a drop does nothing but count.
    pub(crate) fn saturate(&self) {
        let flags = Word::BUFFERED | Word::CANDIDATE | Word::FINALIZED | Word::DEAD;
        // Relaxed: all handles are in dead blocks, which belong to this thread. So no other thread
        // changes the count or the version, or reads these flags. A late `forget_entry` may be lost
        // or may clear `BUFFERED`, as in `mark_dead`. The count is the number of handles, so one
        // more is above what can be dropped.
        self.word.store(flags | (u64::from(self.word().count()) + 1), Relaxed);
    }

    /// Lets a collection enter the block. The caller reads a handle to it from a frozen value.
    #[inline]
    pub(crate) fn allow(&self) {
        if !self.word().is_candidate() {
            // Relaxed: the flag says nothing about the value.
            self.word.fetch_or(Word::CANDIDATE, Relaxed);
        }
    }

    // What the collector remembers.

    /// The place of the block in the running collection. For a dead block, its place in the
    /// collection that marked it dead.
    #[inline]
    pub(crate) fn place(&self) -> Option<usize> {
        (self.aux.get() & PLACE).checked_sub(1).map(|place| place as usize)
    }

    #[inline]
    pub(crate) fn set_place(&self, place: Option<usize>) {
        let place = place.map_or(0, |place| place + 1);
        debug_assert!(place <= PLACE as usize);
        self.aux.set(self.aux.get() & !PLACE | place as u32);
    }

    #[inline]
    pub(crate) fn age(&self) -> u8 {
        (self.aux.get() >> AGE) as u8
    }

    /// Adds one to the age, up to 3.
    #[inline]
    pub(crate) fn grow_older(&self) {
        if self.age() < 3 {
            self.aux.set(self.aux.get() + (1 << AGE));
        }
    }
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Header")
            .field("word", &self.word())
            .field("pins", &self.pins.load(Relaxed))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
