//! How many nodes were built, and what became of them.
//!
//! Every node carries a [`Guard`], a field whose destructor counts. So "freed" means that a
//! destructor ran, and nothing here relies on the figures that the collector reports. The time at
//! which a node died shows what freed it: inside `Gc::new` only an automatic collection frees
//! anything, inside [`recyc::collect`] only that collection does, and everywhere else a node dies
//! because its count fell to zero.

use std::cell::Cell;
use std::ops::{AddAssign, Sub};

thread_local! {
    // Const and without a destructor, so that guards may still count while the thread ends.
    static CENSUS: Cell<Census> = const { Cell::new(Census { built: 0, dropped: 0, automatic: 0 }) };
}

/// The nodes of this thread since it began, or the difference between two such counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Nodes made.
    pub built: u64,
    /// Nodes destroyed, by whomever.
    pub dropped: u64,
    /// The destroyed nodes that an automatic collection destroyed.
    pub automatic: u64,
}

impl Census {
    /// The counts of this moment.
    pub fn now() -> Self {
        CENSUS.get()
    }

    /// Nodes that exist now.
    pub fn alive(self) -> u64 {
        self.built - self.dropped
    }
}

impl Sub for Census {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            built: self.built - earlier.built,
            dropped: self.dropped - earlier.dropped,
            automatic: self.automatic - earlier.automatic,
        }
    }
}

impl AddAssign for Census {
    fn add_assign(&mut self, more: Self) {
        self.built += more.built;
        self.dropped += more.dropped;
        self.automatic += more.automatic;
    }
}

/// The part of a node that counts it: once when it is made, once when it is destroyed.
///
/// It owns no handle, so it is free to implement `Drop`, which the node itself is not.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Counts a node that is being made.
    pub fn counted() -> Self {
        change(|census| census.built += 1);
        Self(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        change(|census| census.dropped += 1);
    }
}

/// Runs a call of `Gc::new` and counts the nodes that die in it as freed by an automatic
/// collection.
pub fn allocating<T>(new: impl FnOnce() -> T) -> T {
    let before = Census::now().dropped;
    let made = new();
    change(|census| census.automatic += census.dropped - before);
    made
}

fn change(change: impl FnOnce(&mut Census)) {
    let mut census = CENSUS.get();
    change(&mut census);
    CENSUS.set(census);
}
