//! Upgrades of blocks that a collection reads, and how a verification notices them.
//!
//! An upgrade makes a handle without another handle. If it comes after the readings of a
//! verification, they do not show it. So an upgrade of a frozen block *arrives* in one number that
//! is common to all blocks, before it changes the word, and *departs* afterwards. A verification
//! reads the number between its two rounds of reading, and fails if an upgrade is present, which
//! means that it has arrived and not departed. The verification is **sealed** by a compare-exchange
//! from the number that it has read. If an upgrade has arrived in between, the exchange fails and
//! the blocks live. While the number is sealed, no upgrade arrives.
//!
//! So an upgrade does not wait for a collection that reads the value. It waits while the dead of a
//! window are marked, and once for a group of bounded size that upgrades have disturbed.

use super::header::Header;
use super::primitive::Ordering::{Acquire, Relaxed, Release};
use super::primitive::{AtomicU64, global, pause};
use super::rules;
use super::word::Word;

global! {
    static UPGRADES: AtomicU64 = AtomicU64::new(0);
}

/// No upgrade arrives.
pub(super) const SEALED: u64 = 1;
/// Every block that is frozen is dead.
pub(super) const ALL_DEAD: u64 = 2;
/// One upgrade that has arrived and not departed. There is room for four million threads.
const PRESENT: u64 = 4;
pub(super) const ALL_PRESENT: u64 = ARRIVAL - PRESENT;
/// One arrival, or one seal. Their number comes round after 10^12.
const ARRIVAL: u64 = 1 << 24;

/// The largest group of which one attempt may be closed to upgrades. An upgrade waits at most while
/// this number of blocks are locked for tracing, traced, read twice and released.
pub(crate) const CLOSED: usize = 1 << 16;

/// How often a verification that closes waits for upgrades that are present. An upgrade is present
/// for a few instructions, unless its thread is suspended.
const TURNS: u32 = 128;

impl Header {
    /// Makes a handle from a `Weak`. Returns `false` if the value is gone.
    ///
    /// If a collection reads the value, the upgrade arrives first. It waits while a verification is
    /// sealed that may leave the block alive. Returning `false` instead would be wrong, as another
    /// thread may have a handle.
    pub(crate) fn try_increment(&self) -> bool {
        self.try_increment_of(0)
    }

    /// Makes a handle for a collection that is going to call the finalizer. Returns `false` if the
    /// value is gone, or if the block was withdrawn: then a thread has had the only handle since
    /// the decision, and may have `&mut` to the value or have changed it.
    pub(crate) fn try_increment_candidate(&self) -> bool {
        // A withdrawn block is a candidate again by a drop, which releases what was written.
        self.try_increment_of(Word::finalizable())
    }

    #[inline]
    fn try_increment_of(&self, flags: u64) -> bool {
        let mut turn = 0;
        let mut word = self.word();
        loop {
            if word.is_gone() || word.0 & flags != flags {
                return false;
            }
            if word.needs_arrival() {
                if let Some(has_handle) = self.try_increment_frozen(flags, turn) {
                    return has_handle;
                }
                turn += 1;
                word = self.word();
                continue;
            }
            match self.upgrade_from(word) {
                Ok(()) => return true,
                Err(now) => word = now,
            }
        }
    }

    /// Makes a handle while a collection reads the value. Returns `None` after a wait; then the
    /// caller has to read the word again.
    #[cold]
    #[inline(never)]
    fn try_increment_frozen(&self, flags: u64, turn: u32) -> Option<bool> {
        let Some(arrived) = arrive() else {
            if is_dead(self) {
                return Some(false);
            }
            pause(turn);
            return None;
        };
        let mut word = self.word();
        let has_handle = loop {
            if word.is_gone() || word.0 & flags != flags {
                break false;
            }
            match self.upgrade_from(word) {
                Ok(()) => break true,
                Err(now) => word = now,
            }
        };
        drop(arrived);
        Some(has_handle)
    }

    /// Adds the handle of an upgrade, if nothing has changed.
    #[inline(always)]
    fn upgrade_from(&self, word: Word) -> Result<(), Word> {
        if word.0 & Word::TOO_MANY != 0 {
            std::process::abort();
        }
        let new = if word.is_worn() { word.0 + 1 } else { word.0 + Word::new_handle() };
        // Acquire: the value must be seen as it was made. Pairs with the Release of `publish` for
        // `new_cyclic`, and with those of `thaw` and of earlier drops.
        self.replace(word, new | Word::UPGRADED, Acquire)
    }
}

/// An upgrade that has arrived. Departs when it is dropped.
struct Arrived(());

/// Announces an upgrade of a frozen block. Returns `None` while a verification is sealed.
fn arrive() -> Option<Arrived> {
    // Relaxed: a guess, which the exchange confirms.
    let mut state = UPGRADES.load(Relaxed);
    loop {
        if state & SEALED != 0 {
            return None;
        }
        let new = state.wrapping_add(ARRIVAL | PRESENT);
        // Acquire: the upgrade sees the words as the verification that was sealed before has left
        // them. Pairs with the Release in `Seal::open`.
        match UPGRADES.compare_exchange_weak(state, new, Acquire, Relaxed) {
            Ok(_) => return Some(Arrived(())),
            Err(now) => state = now,
        }
    }
}

impl Drop for Arrived {
    fn drop(&mut self) {
        UPGRADES.fetch_sub(PRESENT, rules::departing());
    }
}

/// Whether a block is dead although `DEAD` is not set yet: it is frozen while a verification is
/// sealed in which every frozen block is dead.
#[cold]
fn is_dead(header: &Header) -> bool {
    // Acquire: what was thawed before the seal is not read as frozen below. Pairs with the Release
    // of `Seal::close`.
    let before = UPGRADES.load(Acquire);
    // Acquire, in there: if a later collection has frozen the block, the number that is read below
    // shows that the seal was opened. Pairs with `freeze`.
    rules::marks_all_dead(before)
        && header.settled_word().is_frozen()
        && UPGRADES.load(Relaxed) == before
}

/// The number that a verification has read between its two rounds, with no upgrade present.
#[derive(Clone, Copy)]
pub(crate) struct Quiet(u64);

/// Reads the number for a verification. Returns `None` if an upgrade is present.
pub(crate) fn read() -> Option<Quiet> {
    // Acquire: the words that are read from here on have the handles of the upgrades that have
    // departed. Pairs with the Release in the drop of `Arrived`.
    let state = UPGRADES.load(Acquire);
    rules::is_quiet(state).then_some(Quiet(state))
}

/// The number of arrivals and seals so far, for a comparison with a later one.
pub(crate) fn arrivals() -> u64 {
    // Relaxed: a guess. It decides whether a disturbed group is verified again in this collection.
    UPGRADES.load(Relaxed) / ARRIVAL
}

/// Forgets the upgrades that are present, in a child process: the threads that make them are not in
/// it, so they never depart.
pub(crate) fn forget_other_threads() {
    // Relaxed: there is no other thread.
    UPGRADES.fetch_and(!ALL_PRESENT, Relaxed);
}

/// Keeps upgrades from arriving, under the collector's lock. Opened when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Seal {
    is_closed: bool,
}

impl Seal {
    /// Has upgrades of frozen blocks wait from now on. Waits a number of turns for upgrades that
    /// are present, and not until they depart: the system may have suspended such a thread. In that
    /// case the verification fails.
    pub(crate) fn close_early(&mut self) {
        self.is_closed = true;
        // Relaxed: publishes nothing. The verification reads the number again.
        UPGRADES.fetch_or(SEALED, Relaxed);
        for turn in 0..TURNS {
            if UPGRADES.load(Relaxed) & ALL_PRESENT == 0 {
                break;
            }
            pause(turn);
        }
    }

    /// Seals a verification if no upgrade has arrived since `quiet` was read. `all_dead` is whether
    /// every block that is frozen now is dead by this verification. Returns whether it is sealed.
    pub(crate) fn close(&mut self, quiet: Quiet, all_dead: bool) -> bool {
        let sealed = quiet.0 | SEALED | if all_dead { ALL_DEAD } else { 0 };
        let is_sealed = rules::seal(&UPGRADES, quiet.0, sealed);
        self.is_closed |= is_sealed;
        is_sealed
    }

    /// Lets upgrades arrive again.
    pub(crate) fn open(&mut self) {
        if std::mem::take(&mut self.is_closed) {
            // Release: an upgrade that arrives sees what the verification has written. Pairs with
            // the Acquire in `arrive`. The number changes, so that `is_dead` notices.
            UPGRADES.fetch_add(ARRIVAL, Relaxed);
            UPGRADES.fetch_and(!(SEALED | ALL_DEAD), Release);
        }
    }
}

impl Drop for Seal {
    fn drop(&mut self) {
        self.open();
    }
}
